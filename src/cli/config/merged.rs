//! Owns the configurations that the kernel's makefiles merge from several files: `ppc64le_defconfig`, `32r2el_defconfig`, …
//!
//! They are no files, but rules of `arch/*/Makefile`. Read are the forms that the trees have (6.1 to 7.2): a call of
//! `merge_into_defconfig`, another defconfig with fragments by way of `$(MAKE)`, another defconfig as a prerequisite, and the
//! generic configurations of mips with the fragments of boards. Nothing of a makefile is run.

use anyhow::{Context, Result, bail};

use super::part::Part;
use crate::kconfig::eval::{Evaluator, NewValues};
use crate::tree::Tree;

/// How many defconfigs one rule may lead to, one after the other.
const MAX_DEPTH: usize = 4;

/// The files that a defconfig is merged from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recipe {
    /// Paths in the tree, in the order in which they count.
    pub files: Vec<String>,
    /// The boards whose fragments follow where they fit (mips): all, or those that are named.
    pub boards: Option<Boards>,
}

/// Boards of mips.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Boards {
    All,
    Named(Vec<String>),
}

/// The recipe for a defconfig of this name, if it is a file or a rule leads to one. `boards` is what the variable `BOARDS` of the
/// environment says.
///
/// # Errors
///
/// A makefile cannot be read, or rules lead to each other.
pub(super) fn recipe(
    tree: &Tree,
    srcarch: &str,
    name: &str,
    boards: Option<&str>,
) -> Result<Option<Recipe>> {
    let path = format!("arch/{srcarch}/Makefile");
    let makefile = if tree.is_file(&path) {
        tree.read_text(&path)?
    } else {
        String::new()
    };
    let files = Files { tree, srcarch };
    let mut recipe = Recipe::default();
    let mut boards = boards.map(str::to_owned);
    let found = files.follow(&makefile, name, 0, &mut boards, &mut recipe)?;
    Ok(found.then_some(recipe))
}

/// The files of one architecture.
struct Files<'a> {
    tree: &'a Tree,
    srcarch: &'a str,
}

impl Files<'_> {
    /// Adds the files of a defconfig. Returns whether there is one.
    fn follow(
        &self,
        makefile: &str,
        name: &str,
        depth: usize,
        boards: &mut Option<String>,
        recipe: &mut Recipe,
    ) -> Result<bool> {
        if depth > MAX_DEPTH {
            bail!(
                "the rules for `{name}` in arch/{}/Makefile nest too deeply",
                self.srcarch
            );
        }
        let own = format!("arch/{}/configs/{name}", self.srcarch);
        // The generic configuration of mips is refused by make itself, for it is only a part.
        if self.tree.is_file(&own) && name != "generic_defconfig" {
            recipe.files.push(own);
            return Ok(true);
        }
        if let Some((revision, endian)) = self.generic(name) {
            let generic = format!("arch/{}/configs/generic", self.srcarch);
            recipe
                .files
                .push(format!("arch/{}/configs/generic_defconfig", self.srcarch));
            recipe.files.push(format!("{generic}/{revision}.config"));
            recipe.files.push(format!("{generic}/{endian}.config"));
            recipe.boards = Some(match boards {
                Some(named) => Boards::Named(named.split_whitespace().map(str::to_owned).collect()),
                None => Boards::All,
            });
            return Ok(true);
        }
        let lines = logical_lines(makefile);
        // ocelot_defconfig-y := 32r2el_defconfig BOARDS=ocelot
        let start = format!("{name}-y");
        for line in &lines {
            let rest = line.strip_prefix(&start).map(str::trim_start);
            let Some(rest) = rest.and_then(|rest| rest.strip_prefix(":=")) else {
                continue;
            };
            let mut words = rest.split_whitespace();
            let target = words.next().unwrap_or_default();
            if let Some(named) = words.find_map(|word| word.strip_prefix("BOARDS=")) {
                *boards = Some(named.to_owned());
            }
            return self.follow(makefile, target, depth + 1, boards, recipe);
        }
        let Some(at) = lines.iter().position(|line| {
            let rest = line.strip_prefix(name).map(str::trim_start);
            rest.is_some_and(|rest| rest.starts_with(':') && !rest.starts_with(":="))
        }) else {
            return Ok(false);
        };
        let prerequisites = lines[at].split_once(':').map_or("", |(_, rest)| rest);
        for word in prerequisites.split_whitespace() {
            if word.ends_with("defconfig") {
                return self.follow(makefile, word, depth + 1, boards, recipe);
            }
        }
        for line in lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with('\t'))
        {
            if let Some(call) = line
                .split_once("$(call merge_into_defconfig")
                .and_then(|(_, rest)| rest.split_once(','))
            {
                let arguments = call.1.trim_end().strip_suffix(')').unwrap_or(call.1);
                let (base, fragments) = arguments.split_once(',').unwrap_or((arguments, ""));
                let configs = format!("arch/{}/configs", self.srcarch);
                recipe.files.push(format!("{configs}/{}", base.trim()));
                let fragments = fragments.split_whitespace();
                recipe
                    .files
                    .extend(fragments.map(|name| format!("{configs}/{name}.config")));
                return Ok(true);
            }
            if let Some((_, rest)) = line.split_once("$(MAKE)") {
                let mut found = false;
                for word in rest.split_whitespace() {
                    if word.ends_with("defconfig") {
                        found = self.follow(makefile, word, depth + 1, boards, recipe)?;
                    } else if word.ends_with(".config") && !word.contains('=') {
                        recipe.files.push(self.fragment(word));
                    }
                }
                return Ok(found);
            }
        }
        Ok(false)
    }

    /// The fragment that `make NAME.config` takes.
    fn fragment(&self, name: &str) -> String {
        let of_arch = format!("arch/{}/configs/{name}", self.srcarch);
        if self.tree.is_file(&of_arch) {
            of_arch
        } else {
            format!("kernel/configs/{name}")
        }
    }

    /// The revision and the byte order of a generic configuration of mips, such as `micro32r2el_defconfig`.
    fn generic(&self, name: &str) -> Option<(String, &'static str)> {
        let stem = name.strip_suffix("_defconfig")?;
        let (revision, endian) = match stem.strip_suffix("el") {
            Some(revision) => (revision, "el"),
            None => (stem, "eb"),
        };
        let is_one =
            ["32r1", "32r2", "32r6", "64r1", "64r2", "64r6", "micro32r2"].contains(&revision);
        let path = format!("arch/{}/configs/generic/{revision}.config", self.srcarch);
        (is_one && self.tree.is_file(&path)).then(|| (revision.to_owned(), endian))
    }
}

/// The lines of a makefile, with those joined that a backslash continues.
fn logical_lines(makefile: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut continues = false;
    for line in makefile.lines() {
        let (text, more) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some(last) if continues => {
                last.push(' ');
                last.push_str(text.trim_start());
            }
            _ => lines.push(text.to_owned()),
        }
        continues = more;
    }
    lines
}

/// Reads the files of a recipe. Fragments of boards are those that fit what comes out without them
/// (`arch/mips/tools/generic-board-config.sh`).
///
/// # Errors
///
/// A file cannot be read, or there is no such board.
pub(super) fn read(tree: &Tree, evaluator: &Evaluator<'_>, recipe: &Recipe) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for path in &recipe.files {
        parts.push(Part::file(path.clone(), tree.read(path)?));
    }
    let Some(boards) = &recipe.boards else {
        return Ok(parts);
    };
    let text: Vec<u8> = parts.iter().flat_map(|part| &part.text).copied().collect();
    let mut reference = evaluator.configuration();
    reference.load(&text, false);
    reference.set_new(NewValues::Default);
    let reference = reference.write();
    let reference = String::from_utf8_lossy(&reference);
    let directory = "arch/mips/configs/generic";
    let names: Vec<String> = match boards {
        Boards::Named(names) => names.clone(),
        Boards::All => {
            let mut names: Vec<String> = tree
                .list(directory)?
                .into_iter()
                .filter_map(|entry| {
                    let name = entry.name.strip_prefix("board-")?.strip_suffix(".config")?;
                    Some(name.to_owned())
                })
                .collect();
            names.sort();
            names
        }
    };
    for name in names {
        let path = format!("{directory}/board-{name}.config");
        let text = tree
            .read(&path)
            .with_context(|| format!("mips has no board `{name}`"))?;
        if fits(&String::from_utf8_lossy(&text), &reference) {
            parts.push(Part::file(path, text));
        }
    }
    Ok(parts)
}

/// Whether what a fragment requires in its comments holds in a configuration.
fn fits(fragment: &str, reference: &str) -> bool {
    let mut required = fragment
        .lines()
        .filter_map(|line| line.strip_prefix("# require "));
    required.all(|required| match required.strip_suffix("=n") {
        Some(name) => !reference
            .lines()
            .any(|line| line.strip_prefix(name) == Some("=y")),
        None => reference.lines().any(|line| line == required),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POWERPC: &str = "ppc64le_defconfig:\n\t$(call merge_into_defconfig,ppc64_defconfig,le)\n\n\
        generated_configs += pseries_defconfig\npseries_defconfig: ppc64le_defconfig\n\n\
        two_defconfig:\n\t$(call merge_into_defconfig_override,base.config,\\\n\t\tone two)\n\n\
        plain_defconfig:\n\t$(call merge_into_defconfig,base.config,)\n\n\
        rv32_defconfig:\n\t$(Q)$(MAKE) -f $(srctree)/Makefile defconfig 32-bit.config\n\n\
        old_defconfig-y\t:= 32r2el_defconfig BOARDS=one\nround_defconfig: round_defconfig\n";

    fn files(name: &str, boards: Option<&str>) -> Result<Option<Recipe>> {
        let directory = tempfile::tempdir().unwrap();
        let mut tree = Tree::open_directory(directory.path()).unwrap();
        let mut write = |path: &str, text: &str| tree.overlay(path, Some(text.into())).unwrap();
        write("arch/x/Makefile", POWERPC);
        for name in ["defconfig", "32-bit.config", "generic_defconfig"] {
            write(&format!("arch/x/configs/{name}"), "");
        }
        write("arch/x/configs/generic/32r2.config", "");
        recipe(&tree, "x", name, boards)
    }

    fn paths(name: &str) -> Vec<String> {
        let recipe = files(name, None).unwrap();
        let files = recipe.map(|recipe| recipe.files).unwrap_or_default();
        files
            .iter()
            .map(|path| path.strip_prefix("arch/x/configs/").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn rules_of_makefiles_name_the_files() {
        assert_eq!(paths("defconfig"), ["defconfig"]);
        assert_eq!(paths("ppc64le_defconfig"), ["ppc64_defconfig", "le.config"]);
        assert_eq!(paths("pseries_defconfig"), ["ppc64_defconfig", "le.config"]);
        assert_eq!(
            paths("two_defconfig"),
            ["base.config", "one.config", "two.config"]
        );
        assert_eq!(paths("plain_defconfig"), ["base.config"]);
        assert_eq!(paths("rv32_defconfig"), ["defconfig", "32-bit.config"]);
        assert_eq!(paths("no_defconfig"), [""; 0]);
        assert!(files("round_defconfig", None).is_err());
    }

    #[test]
    fn boards_follow_the_generic_configurations_of_mips() {
        let expected = [
            "generic_defconfig",
            "generic/32r2.config",
            "generic/el.config",
        ];
        assert_eq!(paths("32r2el_defconfig"), expected);
        let boards = |name, given| files(name, given).unwrap().unwrap().boards;
        let named = |name: &str| Some(Boards::Named(vec![name.to_owned()]));
        assert_eq!(boards("32r2el_defconfig", None), Some(Boards::All));
        assert_eq!(boards("32r2el_defconfig", Some("two")), named("two"));
        assert_eq!(boards("old_defconfig", None), named("one"));
        assert_eq!(files("64r1_defconfig", None).unwrap(), None);
        let fragment = "# a board\n# require CONFIG_A=y\n# require CONFIG_B=n\nCONFIG_C=y\n";
        assert!(fits(fragment, "CONFIG_A=y\n# CONFIG_B is not set\n"));
        assert!(!fits(fragment, "CONFIG_A=y\nCONFIG_B=y\n"));
        assert!(!fits(fragment, "CONFIG_AA=y\n"));
    }
}
