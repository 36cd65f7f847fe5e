//! Owns the check that a configuration has the requested values, and the reasons where it does not. Kconfig drops an option silently
//! when its dependencies do not hold, and everything compiles all the same.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::{Diagnostic, Label, Level, Location};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model;
use crate::kconfig::model::environment::Version;
use crate::kconfig::shell::Shell;
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};

use super::fragment::Fragment;
use super::job::Job;
use super::toolchain::Toolchain;

/// An option that is not as it was asked for.
pub const LOST_OPTION: &str = "lost-option";

/// An option with the value that was asked for, and the one that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its name, without `CONFIG_`.
    pub name: String,
    /// Holds what was asked for.
    pub asked: String,
    /// Holds what it is; `n` where the configuration does not name it.
    pub got: String,
}

/// The values of a `.config` or a fragment, by name without `CONFIG_`. The last one counts.
fn values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let unset = line
            .strip_prefix("# CONFIG_")
            .and_then(|line| line.strip_suffix(" is not set"));
        if let Some(name) = unset {
            values.insert(name.to_owned(), "n".to_owned());
        } else if let Some((name, value)) = line
            .strip_prefix("CONFIG_")
            .and_then(|line| line.split_once('='))
        {
            values.insert(name.to_owned(), value.to_owned());
        }
    }
    values
}

/// Returns what of a fragment is not in a configuration.
pub fn lost(fragment: &Fragment, config: &[u8]) -> Vec<Lost> {
    let config = values(&String::from_utf8_lossy(config));
    let mut asked: Vec<(String, String)> = fragment
        .wanted
        .iter()
        .map(|(name, on)| (name.clone(), if *on { "y" } else { "n" }.to_owned()))
        .collect();
    asked.extend(values(&fragment.lines.join("\n")));
    asked
        .into_iter()
        .filter_map(|(name, asked)| {
            let got = config.get(&name).map_or("n", String::as_str).to_owned();
            (got != asked).then_some(Lost { name, asked, got })
        })
        .collect()
}

/// Why each option is not as it was asked for: the evaluator tells for this very configuration, with the answers of this
/// compiler. Commands of Kconfig run in `scratch`.
///
/// # Errors
///
/// The tree cannot be read.
pub fn explain(
    tree: &Tree,
    root: &str,
    job: &Job,
    toolchain: &Toolchain,
    scratch: &Path,
    config: &[u8],
    lost: &[Lost],
) -> Result<Vec<Diagnostic>, TreeError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let mut shell = Shell {
        variables: variables(root, job, toolchain, &version),
        permitted_in: Some(scratch.to_owned()),
        ..Shell::default()
    };
    let model = model::build(&sources, "Kconfig", &job.srcarch, &version, &mut shell);
    let evaluator = Evaluator::new(&model, "CONFIG_");
    let mut configuration = evaluator.configuration();
    configuration.load(config, false);
    let mut findings = Vec::new();
    for lost in lost {
        let headline = format!(
            "`{}` should be `{}`, but is `{}`",
            lost.name, lost.asked, lost.got
        );
        let mut place = None;
        let mut notes = Vec::new();
        match evaluator.find(&lost.name) {
            None => notes.push(format!("no Kconfig file mentions `{}`", lost.name)),
            Some(symbol) => {
                place = model
                    .definitions(symbol)
                    .next()
                    .map(|entry| model.location(model.entry(entry).place));
                let has_way = model.selects_of(symbol).next().is_some()
                    || model
                        .definitions(symbol)
                        .any(|entry| model.entry(entry).prompt.is_some());
                if !has_way {
                    notes.push(format!("nothing on {} selects it", job.srcarch));
                }
                for reason in configuration.why(symbol) {
                    notes.push(match reason.place {
                        Some(place) => format!("{}: {}", model.location(place), reason.text),
                        None => reason.text,
                    });
                }
            }
        }
        let place = place.unwrap_or_else(|| Location::file("Kconfig"));
        let mut finding =
            Diagnostic::new(LOST_OPTION, Level::Deny, headline, Label::new(place, ""))
                .with_arch(&*job.srcarch);
        finding.symbol = Some(lost.name.clone());
        finding.notes = notes;
        findings.push(finding);
    }
    Ok(findings)
}

/// The environment that kbuild gives `conf`, as far as it bears on the symbols of a feature.
fn variables(
    root: &str,
    job: &Job,
    toolchain: &Toolchain,
    version: &Version,
) -> BTreeMap<String, String> {
    let cross = &toolchain.cross_compile;
    let compiler = toolchain.compiler();
    let program = compiler.map_or("gcc", |tool| tool.program.as_str());
    let linker = toolchain
        .tools
        .get(1)
        .map_or("ld", |tool| tool.program.as_str());
    let of = |gnu: &str, llvm: &str| match &toolchain.llvm {
        Some(how) if how.ends_with('/') => format!("{how}{llvm}"),
        Some(how) if how.starts_with('-') => format!("{llvm}{how}"),
        Some(_) => llvm.to_owned(),
        None => format!("{cross}{gnu}"),
    };
    [
        ("ARCH", job.arch.clone()),
        ("SRCARCH", job.srcarch.clone()),
        (
            "HEADER_ARCH",
            crate::arch::header_arch(&job.srcarch).to_owned(),
        ),
        ("KERNELVERSION", version.text.clone()),
        ("srctree", root.to_owned()),
        ("CC", program.to_owned()),
        ("LD", linker.to_owned()),
        ("AR", of("ar", "llvm-ar")),
        ("NM", of("nm", "llvm-nm")),
        ("OBJCOPY", of("objcopy", "llvm-objcopy")),
        (
            "CC_VERSION_TEXT",
            compiler.map_or_else(String::new, |tool| tool.says.clone()),
        ),
        ("CLANG_FLAGS", String::new()),
        ("RUSTC", "rustc".to_owned()),
        ("RUSTC_VERSION_TEXT", String::new()),
        ("BINDGEN", "bindgen".to_owned()),
        ("PAHOLE", "pahole".to_owned()),
        ("PAHOLE_VERSION", "0".to_owned()),
        ("PYTHON3", "python3".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_seen() {
        let fragment = Fragment {
            lines: [
                "CONFIG_A=y",
                "CONFIG_B=y",
                "# CONFIG_C is not set",
                "CONFIG_N=\"x\"",
            ]
            .map(str::to_owned)
            .to_vec(),
            wanted: vec![("HAS".to_owned(), true), ("NOT".to_owned(), false)],
            ..Fragment::default()
        };
        let config = b"CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=\"x\"\n";
        let names: Vec<String> = lost(&fragment, config)
            .into_iter()
            .map(|lost| lost.name)
            .collect();
        assert_eq!(names, ["HAS", "B"]);
    }
}
