//! Owns what kbuild puts into the environment of Kconfig for one architecture.
//!
//! Source: the top Makefile of 7.2 (`export` of `ARCH`, `SRCARCH`, `KERNELVERSION`, the tools), `scripts/kconfig/Makefile`
//! and `arch/um/Makefile` (`HEADER_ARCH`).

use std::collections::BTreeMap;

use super::macros::Outside;
use crate::arch;
use crate::tree::{Tree, TreeError};

/// The variables whose values depend on the machine that configures, and are unknown until somebody says otherwise.
const OF_THE_MACHINE: &[&str] = &[
    "AR",
    "BINDGEN",
    "CC",
    "CC_VERSION_TEXT",
    "CLANG_FLAGS",
    "CROSS_COMPILE",
    "HOSTCC",
    "HOSTCXX",
    "LD",
    "NM",
    "OBJCOPY",
    "PAHOLE",
    "PAHOLE_VERSION",
    "PYTHON3",
    "RUSTC",
    "RUSTC_VERSION_TEXT",
    "SUBARCH",
    "USERCFLAGS",
    "USERLDFLAGS",
];

/// The environment of one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `SRCARCH`: the directory below `arch/`.
    pub srcarch: String,
    /// Each variable with its value; `None` for a value that is unknown.
    pub variables: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// The environment for all configurations of `arch/<srcarch>`: what depends on the machine, or on which of several values
    /// of `ARCH` is given, is unknown.
    pub fn of_all_configurations(srcarch: &str, version: &Version) -> Self {
        let mut variables: BTreeMap<String, Option<String>> = OF_THE_MACHINE
            .iter()
            .map(|name| ((*name).to_owned(), None))
            .collect();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), Some(value.to_owned()));
        };
        set("SRCARCH", srcarch);
        set("HEADER_ARCH", arch::header_arch(srcarch));
        set("KERNELVERSION", &version.text);
        set("srctree", ".");
        let values = arch::values_of_arch(srcarch);
        let only = (values.len() == 1).then(|| srcarch.to_owned());
        variables.insert("ARCH".to_owned(), only);
        Self {
            srcarch: srcarch.to_owned(),
            variables,
        }
    }
}

/// An environment in which one value of `ARCH` is decided and no command has an answer.
#[derive(Clone, Debug)]
pub struct OneArch(Environment);

impl OneArch {
    /// For `arch/<srcarch>` with this value of `ARCH`.
    pub fn new(srcarch: &str, arch: &str, version: &Version) -> Self {
        let mut environment = Environment::of_all_configurations(srcarch, version);
        environment
            .variables
            .insert("ARCH".to_owned(), Some(arch.to_owned()));
        Self(environment)
    }
}

impl Outside for OneArch {
    fn shell(&mut self, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn variable(&self, name: &str) -> Option<Option<&str>> {
        self.0.variables.get(name).map(Option::as_deref)
    }
}

/// The kernel's version, from the head of the top Makefile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// `VERSION` and `PATCHLEVEL`, for example `(7, 2)`.
    pub release: (u32, u32),
    /// As `KERNELVERSION` has it, for example `7.2.13`.
    pub text: String,
}

impl Version {
    /// Reads the version of a tree. A Makefile that does not tell counts as 0.0.
    ///
    /// # Errors
    ///
    /// The Makefile cannot be read.
    pub fn of(tree: &Tree) -> Result<Self, TreeError> {
        Ok(Self::from_makefile(&tree.read_text("Makefile")?))
    }

    fn from_makefile(makefile: &str) -> Self {
        let value = |name: &str| {
            makefile
                .lines()
                .take(20)
                .filter_map(|line| line.split_once('='))
                .find(|(left, _)| left.trim() == name)
                .map_or("", |(_, right)| right.trim())
        };
        let [major, minor, sub, extra] =
            ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"].map(value);
        let mut text = major.to_owned();
        for part in [minor, sub] {
            if !part.is_empty() {
                text.push('.');
                text.push_str(part);
            }
        }
        text.push_str(extra);
        let number = |text: &str| text.parse().unwrap_or(0);
        Self {
            release: (number(major), number(minor)),
            text,
        }
    }
}

/// The outside of a model that holds for all configurations: no command is run, and its output is unknown.
#[derive(Clone, Copy, Debug)]
pub struct Unanswered<'a>(pub &'a Environment);

impl Outside for Unanswered<'_> {
    fn shell(&mut self, _command: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn variable(&self, name: &str) -> Option<Option<&str>> {
        self.0.variables.get(name).map(Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_makefile() {
        let makefile =
            "# comment\nVERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 13\nEXTRAVERSION = -rc1\n";
        let version = Version::from_makefile(makefile);
        assert_eq!(
            (version.release, version.text.as_str()),
            ((7, 2), "7.2.13-rc1")
        );
        assert_eq!(Version::from_makefile("").release, (0, 0));
    }

    #[test]
    fn what_depends_on_the_machine_is_unknown() {
        let version = Version {
            release: (7, 2),
            text: "7.2".into(),
        };
        let um = Environment::of_all_configurations("um", &version);
        assert_eq!(um.variables["HEADER_ARCH"].as_deref(), Some("x86"));
        assert_eq!(um.variables["ARCH"].as_deref(), Some("um"));
        assert_eq!(um.variables["CC"], None);
        let x86 = Environment::of_all_configurations("x86", &version);
        assert_eq!(x86.variables["ARCH"], None);
    }
}
