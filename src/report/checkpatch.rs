//! Owns the format `checkpatch`: findings in the form that the tree's own checkpatch.pl has, for whatever reads that.

use std::fmt::Write as _;

use super::{Report, Source, visible};
use crate::check::reported::Reported;
use crate::diag::Level;

/// How the report is to look; the names are those of the script's own options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// One line for each finding, and nothing if there are no findings.
    pub terse: bool,
    /// The place in the tree in front of each finding, instead of on a line of its own after it.
    pub showfile: bool,
}

/// The findings as `LEVEL:TYPE: text`. The level is `ERROR`, `WARNING` or `CHECK`; the type is the lint's name in capitals,
/// with `_` for `-`. Unless terse, each is followed by its place and the source line, and a line at the end says
/// how many there are.
pub fn render(report: &Report<'_>, source: Source<'_>, options: Options) -> String {
    let mut out = String::new();
    for finding in report.shown() {
        let place = &finding.primary.location;
        let path = visible::line(&place.path);
        // Writing to a string cannot fail.
        if options.terse || options.showfile {
            let _ = write!(out, "{path}:{}: ", place.line);
        }
        let _ = writeln!(out, "{}", headline(finding));
        if options.terse {
            continue;
        }
        if !options.showfile {
            let _ = writeln!(out, "#{}: FILE: {path}:{}:", place.line, place.line);
        }
        let text = source(finding, &place.path);
        let line = text.as_ref().and_then(|text| text.line(place.line));
        if let Some(line) = line {
            let parts: Vec<_> = line.split('\t').map(visible::line).collect();
            let _ = writeln!(out, "+{}", parts.join("\t"));
        }
        out.push('\n');
    }
    if !options.terse {
        let _ = writeln!(
            out,
            "total: {} errors, {} warnings, {} checks",
            report.count(Level::Deny),
            report.count(Level::Warn),
            report.count(Level::Note)
        );
    }
    out
}

/// `LEVEL:TYPE: text [archs]`, and in a series which commits bring and repair it.
fn headline(finding: &Reported) -> String {
    let level = match finding.level {
        Level::Deny => "ERROR",
        Level::Warn => "WARNING",
        Level::Note | Level::Allow => "CHECK",
    };
    let kind = finding.lint.to_ascii_uppercase().replace('-', "_");
    let mut text = format!("{level}:{kind}: {}", visible::line(&finding.headline));
    if !finding.archs.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, " [{}]", visible::line(&finding.archs.join(", ")));
    }
    // Who checks one patch after the other knows which one it is.
    let since = finding.episode.as_ref().and_then(|one| one.since.as_ref());
    if since.is_some_and(|since| since.of > 1)
        && let Some(episode) = super::episode(finding)
    {
        let _ = write!(text, " ({})", visible::line(&episode));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn shown(options: Options) -> String {
        let findings = samples::findings();
        let report = Report {
            findings: &findings,
            verdicts: &[],
            ..Report::default()
        };
        render(&report, &samples::source, options)
    }

    #[test]
    fn terse_is_a_line_a_finding_and_nothing_without_one() {
        let terse = Options {
            terse: true,
            showfile: true,
        };
        assert_eq!(
            shown(terse),
            "arch/one/Kconfig:3: ERROR:SELECT_WITHOUT_HOOK: `QUIET` is selected, 100% without hooks [one, two]\n\
             a,b:.h:1: WARNING:STALE_MARKER: no `Y`\n"
        );
        assert_eq!(render(&Report::default(), &samples::source, terse), "");
    }

    #[test]
    fn the_long_form_names_the_place_and_shows_the_line() {
        assert_eq!(
            shown(Options::default()),
            "ERROR:SELECT_WITHOUT_HOOK: `QUIET` is selected, 100% without hooks [one, two]\n\
             #3: FILE: arch/one/Kconfig:3:\n\
             +\tselect QUIET\n\n\
             WARNING:STALE_MARKER: no `Y`\n\
             #1: FILE: a,b:.h:1:\n\n\
             total: 1 errors, 1 warnings, 0 checks\n"
        );
    }

    #[test]
    fn showfile_puts_the_place_in_front() {
        let showfile = Options {
            terse: false,
            showfile: true,
        };
        assert!(shown(showfile).starts_with("arch/one/Kconfig:3: ERROR:SELECT_WITHOUT_HOOK: "));
        assert!(!shown(showfile).contains("FILE:"));
    }
}
