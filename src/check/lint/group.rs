//! Owns the groups of lints, by which options and configuration files name several lints at once.

/// A group of lints. Groups nest: the lints of a group are also those of its parent.
#[derive(Debug)]
pub struct Group {
    /// The name in output, on the command line and in configuration files.
    pub name: &'static str,
    /// The subject of its lints, in one line.
    pub summary: &'static str,
    /// The group that it is part of.
    pub parent: Option<&'static Group>,
}

/// Contracts between Kconfig, headers, objects and callers of a feature.
pub static FEATURE: Group = Group {
    name: "feature",
    summary: "contracts of a feature: Kconfig, hooks, fallbacks, callers",
    parent: None,
};

/// Tables below `Documentation/features`.
pub static TABLE: Group = Group {
    name: "table",
    summary: "tables of Documentation/features",
    parent: None,
};

/// Everything about Kconfig files that needs no feature.
pub static KCONFIG: Group = Group {
    name: "kconfig",
    summary: "Kconfig files",
    parent: None,
};

/// Selects that ignore dependencies.
pub static UNMET: Group = Group {
    name: "unmet",
    summary: "selects that ignore dependencies",
    parent: Some(&KCONFIG),
};

/// Names that nothing declares.
pub static NAMES: Group = Group {
    name: "names",
    summary: "names of symbols that nothing declares",
    parent: Some(&KCONFIG),
};

/// Symbols and lines without any effect.
pub static DEAD: Group = Group {
    name: "dead",
    summary: "symbols, lines and conditions without effect",
    parent: Some(&KCONFIG),
};

/// Names of symbols in C and makefiles.
pub static USES: Group = Group {
    name: "config-names",
    summary: "CONFIG_ names in C files and makefiles that nothing declares",
    parent: None,
};

/// Constructs that the documentation of Kconfig advises against.
pub static STYLE: Group = Group {
    name: "kconfig-style",
    summary: "what the documentation of Kconfig advises against",
    parent: None,
};

/// Findings of a run about its own suppressions and baselines.
pub static RUN: Group = Group {
    name: "run",
    summary: "suppressions and baselines",
    parent: None,
};

/// All groups, each after its parent.
pub const GROUPS: &[&Group] = &[
    &FEATURE, &TABLE, &KCONFIG, &UNMET, &NAMES, &DEAD, &USES, &STYLE, &RUN,
];

/// The name that stands for every lint.
pub const ALL: &str = "all";

impl Group {
    /// Whether a name is that of the group, of one that it is part of, or of all lints.
    pub fn is_in(&self, name: &str) -> bool {
        self.name == name || name == ALL || self.parent.is_some_and(|parent| parent.is_in(name))
    }
}

impl PartialEq for Group {
    /// No two groups have the same name.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
