//! Owns the documentation of the lint `undeclared-config`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::uses::UNDECLARED;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: UNDECLARED,
    group: &group::USES,
    default_level: Level::Warn,
    is_on: false,
    docs: Docs {
        summary: "a C or Rust file or a makefile names a symbol that no Kconfig file declares",
        what: "Reports `CONFIG_...` in the conditionals and in `IS_ENABLED()` and its kin in C files, in the `cfg` conditions of Rust \
            files, and `$(CONFIG_...)` and `ifdef` in makefiles, for which no Kconfig file of any architecture has an entry. A \
            name in other code has to be defined for the file to compile, and is not reported, nor is a macro that some file of \
            the tree defines, or in makefiles a variable that one of them assigns. `Documentation`, `tools` and `scripts` are \
            ignored. Each name is one finding, with its places and the nearest declared name.\n\n\
            `check --select config-names` reports it for the whole tree; `--select kconfig` does not. Names in the added lines of a \
            series are reported as `undeclared-name`.",
        why: "Neither the preprocessor nor make complains about a name that does not exist: the code is never compiled, the \
            object never built.",
        example: "#ifdef CONFIG_HAVE_ARCH_HUGE_VMPA",
        fix: "Write the name that was meant, or remove the code that depends on it. No automatic fix: only the author knows \
            which.",
    },
    pass: Pass::Kconfig,
};
