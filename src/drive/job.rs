//! Owns what is to be done for one architecture, and the command lines that do it.

use std::path::Path;

use rayon::prelude::*;

use crate::arch::emulator;
use crate::arch::machine::{self, HostTool};
use crate::check;
use crate::check::feature::callers::{self, Caller};
use crate::cpp::cache::Cache;
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::{OneArch, Version};
use crate::kconfig::model::{self, Model, Unread};
use crate::kconfig::sources::Sources;
use crate::tree::Tree;
use crate::tree::signature::Inputs;

use super::boot::Boot;
use super::candidates::{self, Candidate, Through};
use super::fragment::{self, Fragment};
use super::line::Line;
use super::toolchain::{Found, Toolchain, written};

/// The user's deviations from the defaults.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The target that makes the configuration, such as `defconfig`; `allnoconfig` if `None`.
    pub config: Option<String>,
    /// Lines for the fragment on top of what kfeat puts there.
    pub lines: Vec<String>,
    /// The program that runs the compilers: `ccache`, `distcc`, …
    pub wrapper: Option<String>,
    /// Whether a kernel is linked and booted for its tests where the feature is on.
    pub kunit: bool,
}

/// The work for one architecture.
#[derive(Clone, Debug)]
pub struct Job {
    /// The directory below `arch/`.
    pub srcarch: String,
    /// The value of `ARCH`.
    pub arch: String,
    /// Whether the feature is to be on.
    pub on: bool,
    /// The fragment.
    pub fragment: Fragment,
    /// The source files that may be compiled.
    pub candidates: Vec<Candidate>,
    /// The functions of headers by way of which they use the hooks, where none does so itself.
    pub through: Vec<Through>,
    /// The boot of a kernel, if one was asked for.
    pub boot: Option<Boot>,
}

/// The work for several architectures.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// One for each architecture.
    pub jobs: Vec<Job>,
    /// The architectures of whose Kconfig files one could not be read or parsed, and why. Whether they can have the feature is not known.
    pub unread: Vec<(String, Unread)>,
}

/// The model for one value of `ARCH`, whatever compilers answer.
fn model_of(sources: &Sources<'_>, srcarch: &str, arch: &str, version: &Version) -> Model {
    model::build(
        sources,
        "Kconfig",
        srcarch,
        version,
        &mut OneArch::new(srcarch, arch, version),
    )
}

/// The jobs for `asked`: directories below `arch/`, each with whether the feature is to be on. Those that were
/// not named by the user (`named`) and cannot have the feature, as far as it is known, are left out.
///
/// # Errors
///
/// The tree cannot be read.
pub fn jobs(
    tree: &Tree,
    spec: &Spec,
    asked: &[(String, bool)],
    named: bool,
    options: &Options,
) -> Result<Jobs, check::CheckError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let cache = Cache::new(tree);
    let callers = callers::search(&cache, spec)?;
    let through = candidates::through_headers(&cache, spec, &callers)?;
    let jobs: Vec<(Option<Job>, Option<Unread>)> = asked
        .par_iter()
        .map(|(srcarch, on)| {
            let machine = machine::machine(srcarch);
            let arch = machine.map_or(srcarch.as_str(), |machine| machine.arch);
            let model = model_of(&sources, srcarch, arch, &version);
            let boots = options.kunit && *on;
            let emulator = emulator::emulator(srcarch).filter(|_| boots);
            let selectors: Vec<String> = spec
                .kconfig
                .iter()
                .filter_map(|term| model.find(&term.symbol))
                .flat_map(|symbol| model.selects_of(symbol))
                .filter_map(|id| model.entry(model.property(id).entry).symbol)
                .map(|selector| model.name(selector))
                .collect();
            let candidates = |spec: &Spec, callers: &[Caller]| {
                candidates::candidates(&cache, srcarch, machine, spec, callers, &selectors)
            };
            // A source file of the architecture may use a hook itself where none of generic code does.
            let own = match &through {
                Some(_) => Some(candidates(spec, &callers)?),
                None => None,
            };
            let uses = |all: &Vec<Candidate>| all.iter().any(|candidate| candidate.sites > 0);
            let own = own.filter(uses);
            let through = through.as_ref().filter(|_| own.is_none());
            let (seen, callers) = match through {
                Some(through) => (&through.seen, &through.callers),
                None => (spec, &callers),
            };
            let mut fragment =
                fragment::fragment(tree, &model, machine, emulator, seen, callers, *on);
            let unread = model.why_incomplete();
            if !named && fragment.impossible.is_some() {
                return Ok((None, unread));
            }
            if let Some(unread) = &unread {
                fragment.impossible = None;
                fragment.undecided = Some(unread.reason.clone());
            }
            // Warnings are errors, or they would pass.
            if model.find("WERROR").is_some() {
                fragment.lines.push("CONFIG_WERROR=y".to_owned());
            }
            fragment.lines.extend(options.lines.iter().cloned());
            let candidates = match own {
                Some(own) => own,
                None => candidates(seen, callers)?,
            };
            let job = Job {
                srcarch: srcarch.clone(),
                arch: arch.to_owned(),
                on: *on,
                fragment,
                boot: boots.then(|| Boot::new(tree, emulator, &candidates)),
                candidates,
                through: through.map_or_else(Vec::new, |through| through.functions.clone()),
            };
            Ok((Some(job), unread))
        })
        .collect::<Result<_, check::CheckError>>()?;
    let mut all = Jobs::default();
    for ((srcarch, _), (job, unread)) in asked.iter().zip(jobs) {
        all.jobs.extend(job);
        all.unread
            .extend(unread.map(|unread| (srcarch.clone(), unread)));
    }
    Ok(all)
}

/// Where the tree and the objects are, as the command lines name them.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The tree's root.
    pub tree: &'a str,
    /// The directory of the job.
    pub directory: &'a str,
}

impl Job {
    /// The name of its directory: what tells it from every other job on the same tree.
    pub fn directory(
        &self,
        root: &Path,
        version: &str,
        found: &Found,
        options: &Options,
    ) -> String {
        let mut inputs = Inputs::default();
        inputs.add(root.as_os_str().as_encoded_bytes());
        inputs.add(version.as_bytes());
        if let Some(toolchain) = found.usable() {
            inputs.add(toolchain.cross_compile.as_bytes());
            inputs.add_option(toolchain.llvm.as_deref());
            inputs.add(&[u8::from(toolchain.gnu_assembler)]);
            for tool in &toolchain.tools {
                for part in [tool.name, &tool.program, &written(tool.version), &tool.says] {
                    inputs.add(part.as_bytes());
                }
            }
        }
        let Fragment {
            lines,
            wanted,
            impossible,
            undecided,
        } = &self.fragment;
        inputs.add_list(lines);
        inputs.add_list(
            &wanted
                .iter()
                .map(|(name, on)| format!("{name} {on}"))
                .collect::<Vec<_>>(),
        );
        inputs.add_option(impossible.as_deref());
        inputs.add_option(undecided.as_deref());
        let Options {
            config,
            lines,
            wrapper,
            kunit,
        } = options;
        inputs.add_option(config.as_deref());
        inputs.add_list(lines);
        inputs.add_option(wrapper.as_deref());
        inputs.add(&[u8::from(*kunit)]);
        let digest = inputs.digest();
        let with = if self.on { "" } else { "-without" };
        format!(
            "{}{with}-{}",
            self.srcarch,
            digest.get(..8).unwrap_or(&digest)
        )
    }

    /// The text of the fragment.
    pub fn fragment_text(&self) -> String {
        self.fragment
            .lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// `make` with what is the same in every call.
    fn make(&self, places: Places<'_>, toolchain: &Toolchain, options: &Options) -> Line {
        let mut words = vec![
            "make".to_owned(),
            "--no-print-directory".to_owned(),
            "-C".to_owned(),
            places.tree.to_owned(),
            format!("O={}/obj", places.directory),
            format!("ARCH={}", self.arch),
        ];
        let wrapper = options
            .wrapper
            .as_deref()
            .map(|wrapper| format!("{wrapper} "));
        let cross = &toolchain.cross_compile;
        if !cross.is_empty() {
            words.push(format!("CROSS_COMPILE={cross}"));
        }
        if let Some(llvm) = &toolchain.llvm {
            words.push(format!("LLVM={llvm}"));
        }
        if toolchain.gnu_assembler {
            words.push("LLVM_IAS=0".to_owned());
        }
        if let (Some(wrapper), Some(compiler)) = (wrapper, toolchain.compiler()) {
            let host = if toolchain.llvm.is_some() {
                compiler.program.as_str()
            } else {
                "gcc"
            };
            words.push(format!("CC={wrapper}{}", compiler.program));
            words.push(format!("HOSTCC={wrapper}{host}"));
        }
        Line {
            environment: Vec::new(),
            words,
        }
    }

    /// The lines that make the configuration.
    pub fn configure(
        &self,
        places: Places<'_>,
        toolchain: &Toolchain,
        options: &Options,
    ) -> Vec<Line> {
        let fragment = format!("{}/fragment.config", places.directory);
        let mut make = self.make(places, toolchain, options);
        let Some(target) = &options.config else {
            make.environment
                .push(("KCONFIG_ALLCONFIG".to_owned(), fragment));
            make.words.push("allnoconfig".to_owned());
            return vec![make];
        };
        let mut again = make.clone();
        make.words.push(target.clone());
        again.words.push("olddefconfig".to_owned());
        let append = Line {
            environment: Vec::new(),
            words: vec![
                "sh".to_owned(),
                "-c".to_owned(),
                "cat \"$0\" >>\"$1\"".to_owned(),
                fragment,
                format!("{}/obj/.config", places.directory),
            ],
        };
        vec![make, append, again]
    }

    /// The line that makes generated headers and the tree's tools.
    pub fn prepare(&self, places: Places<'_>, toolchain: &Toolchain, options: &Options) -> Line {
        let mut make = self.make(places, toolchain, options);
        make.words.push("prepare".to_owned());
        make
    }

    /// The lines that make targets: one for all that the top Makefile knows how to build, and one for each makefile apart.
    pub fn build(
        &self,
        places: Places<'_>,
        toolchain: &Toolchain,
        options: &Options,
        keep_going: bool,
        targets: &[(String, bool)],
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        let plain: Vec<String> = targets
            .iter()
            .filter(|(_, apart)| !apart)
            .map(|(target, _)| target.clone())
            .collect();
        if !plain.is_empty() {
            let mut make = self.make(places, toolchain, options);
            make.words.extend(keep_going.then(|| "-k".to_owned()));
            make.words.extend(plain);
            lines.push(make);
        }
        let apart = machine::machine(&self.srcarch).map_or(&[][..], |machine| machine.apart);
        for directory in apart {
            let own: Vec<&str> = targets
                .iter()
                .filter(|(target, apart)| {
                    *apart
                        && target
                            .rsplit_once('/')
                            .is_some_and(|(of, _)| of == *directory)
                })
                .map(|(target, _)| target.as_str())
                .collect();
            if own.is_empty() {
                continue;
            }
            let mut make = self.make(places, toolchain, options);
            let go = if keep_going { " -k" } else { "" };
            make.words
                .extend(["prepare".to_owned(), "run-command".to_owned()]);
            make.words.push(format!(
                "KBUILD_RUN_COMMAND=+$(MAKE){go} $(build)={directory} {}",
                own.join(" ")
            ));
            lines.push(make);
        }
        lines
    }

    /// The line that links the image that is booted, and the line that boots it; `None` where no kernel is to be booted, or none
    /// can.
    pub fn boot(
        &self,
        places: Places<'_>,
        toolchain: &Toolchain,
        options: &Options,
    ) -> Option<[Line; 2]> {
        let boot = self.boot.as_ref()?;
        let emulator = boot.emulator?;
        let mut make = self.make(places, toolchain, options);
        make.words.push(emulator.target.to_owned());
        let objtree = format!("{}/obj", places.directory);
        Some([make, boot.line(emulator, &objtree)])
    }

    /// A script that repeats the job wherever the tree and the compilers are.
    pub fn script(
        &self,
        root: &str,
        toolchain: &Toolchain,
        options: &Options,
        targets: &[(String, bool)],
    ) -> String {
        let places = Places {
            tree: "@TREE@",
            directory: "@OUT@",
        };
        let mut lines = self.configure(places, toolchain, options);
        lines.push(self.prepare(places, toolchain, options));
        lines.extend(self.build(places, toolchain, options, true, targets));
        lines.extend(self.boot(places, toolchain, options).into_iter().flatten());
        let mut script = format!(
            "#!/bin/sh\n# Repeats a build of kfeat: {} with {}.\n\
             # Usage: reproduce.sh [TREE [DIRECTORY FOR OBJECTS]]\nset -e\n\
             tree=${{1:-{}}}\nout=${{2:-$(mktemp -d)}}\nmkdir -p \"$out/obj\"\n\
             export LC_ALL=C MAKEFLAGS=\"-j$(nproc)\"\n\
             cat >\"$out/fragment.config\" <<'END'\n{}END\n",
            self.arch.replace(char::is_control, " "),
            toolchain.label().replace(char::is_control, " "),
            super::line::quote(root),
            self.fragment_text(),
        );
        for line in lines {
            let line = line
                .shell()
                .replace("@TREE@", "\"$tree\"")
                .replace("@OUT@", "\"$out\"");
            script.push_str(&line);
            script.push('\n');
        }
        script.push_str("echo \"objects are in $out/obj\"\n");
        script
    }
}

/// The reason why this machine cannot run a job, in words; `None` if it can.
pub fn obstacle(found: &Found, lacking: &[&HostTool], advice: &str) -> Option<String> {
    if found.usable().is_none() {
        return Some(advice.to_owned());
    }
    let tools: Vec<String> = lacking.iter().map(|tool| missing(tool)).collect();
    (!tools.is_empty()).then(|| tools.join("; "))
}

/// That a tool is missing, and what has it.
pub fn missing(tool: &HostTool) -> String {
    let packages = super::doctor::install(tool.debian, tool.fedora);
    format!("no `{}`; install {packages}", tool.name)
}
