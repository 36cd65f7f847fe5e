//! Owns which files a configuration starts from, and where they are looked for.
//!
//! Follows `conf.c: main`, `confdata.c: conf_read_simple` and `lexer.l: zconf_fopen` (7.2): what is not found where the program
//! runs is looked for below the tree.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{ConfigArgs, Target};
use super::part::Part;
use super::{environment, merged};
use crate::arch;
use crate::cli::output;
use crate::disk::{self, ReadError};
use crate::kconfig::eval::{Evaluator, NewValues};
use crate::limits::FILE_SIZE;
use crate::tree::Tree;

/// The `.config` where none is named.
const DEFAULT: &str = ".config";

/// Returns what the targets give to symbols that no file speaks of, and the file that `KCONFIG_ALLCONFIG=1` means.
pub(super) fn new_values(target: &Target) -> Option<(NewValues, &'static str)> {
    match target {
        Target::Allnoconfig => Some((NewValues::No, "allno.config")),
        Target::Allyesconfig => Some((NewValues::Yes, "allyes.config")),
        Target::Allmodconfig => Some((NewValues::Mod, "allmod.config")),
        Target::Alldefconfig => Some((NewValues::Default, "alldef.config")),
        _ => None,
    }
}

/// The parts that the target starts from; none where it starts from the defaults.
///
/// # Errors
///
/// A file that is named cannot be read.
pub(super) fn parts(
    args: &ConfigArgs,
    tree: &Tree,
    evaluator: &Evaluator<'_>,
    arch: &str,
) -> Result<Vec<Part>> {
    match &args.target {
        Target::Defconfig { name } => defconfig(tree, evaluator, arch, name.as_deref()),
        Target::Randconfig => Ok(seed(tree, "allrandom.config")?.into_iter().collect()),
        target => match new_values(target) {
            Some((_, of_target)) => Ok(seed(tree, of_target)?.into_iter().collect()),
            None => Ok(given(args, tree)?.into_iter().collect()),
        },
    }
}

/// The given `.config`. By default `.config`, else a file of `KCONFIG_DEFCONFIG_LIST`, else nothing.
fn given(args: &ConfigArgs, tree: &Tree) -> Result<Option<Part>> {
    let path = args
        .config
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT));
    if let Some(text) = read_named(tree, &path)? {
        return Ok(Some(Part::file(path.display().to_string(), text)));
    }
    // `conf` knows the variable only, and goes on without the file.
    let of_variable = std::env::var_os("KCONFIG_CONFIG").map(PathBuf::from);
    if args.config.is_some() && args.config != of_variable {
        bail!("there is no configuration `{}`", path.display());
    }
    let list = std::env::var("KCONFIG_DEFCONFIG_LIST").unwrap_or_default();
    for name in list.split_whitespace() {
        if let Some(text) = read_named(tree, Path::new(name))? {
            output::say(&format!(
                "note: there is no `{}`; starting from `{name}`",
                path.display()
            ));
            return Ok(Some(Part::file(name.to_owned(), text)));
        }
    }
    output::say(&format!(
        "note: there is no `{}`; starting from the defaults",
        path.display()
    ));
    Ok(None)
}

/// The configuration that `KCONFIG_ALLCONFIG` names, if it is set.
fn seed(tree: &Tree, of_target: &str) -> Result<Option<Part>> {
    let Ok(name) = std::env::var("KCONFIG_ALLCONFIG") else {
        return Ok(None);
    };
    let names = match name.as_str() {
        "" | "1" => vec![of_target, "all.config"],
        name => vec![name],
    };
    for name in &names {
        if let Some(text) = read_named(tree, Path::new(name))? {
            return Ok(Some(Part::file((*name).to_owned(), text)));
        }
    }
    bail!(
        "KCONFIG_ALLCONFIG is set, but there is no `{}`",
        names.join("` and no `")
    )
}

/// The text of a file, looked for where the program runs and then below the tree; `None` if it does not exist.
///
/// # Errors
///
/// There is one and it cannot be read.
pub(super) fn read_named(tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>> {
    let cannot_read = || format!("cannot read the configuration `{}`", path.display());
    match disk::read_named(path, &FILE_SIZE) {
        Ok(text) => return Ok(Some(text)),
        Err(ReadError::System(error)) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(cannot_read),
    }
    let below = path.to_str().filter(|_| path.is_relative());
    match below.filter(|below| tree.is_file(below)) {
        Some(below) => tree.read(below).map(Some).with_context(cannot_read),
        None => Ok(None),
    }
}

/// The parts of a defconfig: the one with the name, or the one that `make defconfig` takes.
fn defconfig(
    tree: &Tree,
    evaluator: &Evaluator<'_>,
    arch: &str,
    name: Option<&str>,
) -> Result<Vec<Part>> {
    let srcarch = arch::srcarch_of(arch);
    let boards = std::env::var("BOARDS")
        .ok()
        .filter(|boards| !boards.is_empty());
    let recipe = |name: &str| merged::recipe(tree, srcarch, name, boards.as_deref());
    if let Some(name) = name {
        if let Some(recipe) = recipe(name)? {
            return merged::read(tree, evaluator, &recipe);
        }
        if let Some(text) = read_named(tree, Path::new(name))? {
            return Ok(vec![Part::file(name.to_owned(), text)]);
        }
        bail!(
            "`{arch}` has no configuration `{name}`: there is neither a file of that name in arch/{srcarch}/configs nor a rule \
             in arch/{srcarch}/Makefile"
        );
    }
    let makefile = tree
        .read_text(&format!("arch/{srcarch}/Makefile"))
        .unwrap_or_default();
    let name = environment::default_defconfig(&makefile, arch);
    match recipe(&name)? {
        Some(recipe) => merged::read(tree, evaluator, &recipe),
        None => bail!("`{arch}` has no default configuration `{name}`: name one"),
    }
}
