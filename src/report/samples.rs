//! Findings and verdicts for the tests of the formats.

use crate::check::reported::Reported;
use crate::check::support::verdict::{Supported, Verdict};
use crate::diag::{Diagnostic, Label, Level, Location, Text};

/// The one file that the samples have.
const KCONFIG: &str = "config ONE\n\tbool\n\tselect QUIET\n";

/// The text of the samples' files.
pub(super) fn source(_: &Reported, path: &str) -> Option<Text> {
    (path == "arch/one/Kconfig").then(|| Text::new(KCONFIG.to_owned()))
}

/// An error with everything on two architectures, and a warning with nothing on all.
pub(super) fn findings() -> Vec<Reported> {
    let start = KCONFIG.find("QUIET").unwrap() as u32;
    let place = Location::in_text(
        "arch/one/Kconfig".into(),
        KCONFIG.as_bytes(),
        start,
        start + 5,
    );
    [
        Diagnostic::new(
            "select-without-hook",
            Level::Deny,
            "`QUIET` is selected, 100% without hooks",
            Label::new(place, "selected here"),
        )
        .with_arch("one")
        .with_arch("two")
        .about("quiet", "QUIET")
        .with_note("CONFIG_ONE=y\nCONFIG_TWO=y")
        .with_help("remove the `select`"),
        Diagnostic::new(
            "stale-marker",
            Level::Warn,
            "no `Y`",
            Label::new(Location::file("a,b:.h"), ""),
        )
        .about("quiet", "QUIET"),
        Diagnostic::new(
            "stale-marker",
            Level::Allow,
            "never shown",
            Label::new(Location::file("Kconfig"), ""),
        ),
    ]
    .map(Reported::from)
    .into()
}

/// One feature on three architectures.
pub(super) fn verdicts() -> Vec<Verdict> {
    ["one", "three", "two"]
        .map(|arch| Verdict {
            feature: "quiet".to_owned(),
            arch: arch.to_owned(),
            supported: Supported::Yes,
            condition: None,
            reason: None,
            evidence: Vec::new(),
        })
        .into()
}
