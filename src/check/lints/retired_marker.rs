//! Owns the lint `retired-marker`.

use crate::check::lint::Lint;
use crate::cpp::occurrence::Kind;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "retired-marker",
    level: Level::Deny,
    summary: "a macro that the feature's Kconfig symbol has replaced is still there",
    explanation: "Before there was a Kconfig symbol, an architecture said by a macro that it has the feature. Where the symbol \
        tells, the macro tells nothing: an architecture that only defines the macro has the feature off.\n\n\
        There is one finding for each architecture, at the definition if there is one. A marker in a comment or in the \
        documentation is not reported, nor is a longer name.",
    run: |lint, subject, findings| {
        for marker in &subject.spec.retired_markers {
            let is_marker = |sighting: &&crate::check::headers::Sighting| sighting.name == **marker;
            let generic: Vec<_> = subject.generic.iter().filter(is_marker).collect();
            let mut any = false;
            for on in &subject.archs {
                let mut places: Vec<_> = on.headers.markers.iter().filter(is_marker).collect();
                places.sort_by_key(|place| !place.kind.is_macro());
                let Some((first, others)) = places.split_first() else {
                    continue;
                };
                any = true;
                let what = if first.kind.is_macro() {
                    "defines"
                } else {
                    "still uses"
                };
                let mut finding = lint
                    .finding(
                        subject,
                        format!("{} {what} the retired marker `{marker}`", on.arch),
                        Label::new(first.location.clone(), "this says nothing any more"),
                    )
                    .with_arch(on.arch.clone())
                    .with_help(help(subject.symbol()));
                for other in others {
                    finding =
                        finding.with_secondary(Label::new(other.location.clone(), "also here"));
                }
                for place in &generic {
                    let words = if place.kind == Kind::Test {
                        "tested here"
                    } else {
                        "used here"
                    };
                    finding = finding.with_secondary(Label::new(place.location.clone(), words));
                }
                findings.push(finding);
            }
            // Where architectures have it, the generic test stands beside their findings.
            if let (Some(first), false) = (generic.first(), any) {
                findings.push(
                    lint.finding(
                        subject,
                        format!("the retired marker `{marker}` is still used, and no architecture defines it"),
                        Label::new(first.location.clone(), "no architecture answers this"),
                    )
                    .with_help("remove it"),
                );
            }
        }
    },
};

fn help(symbol: &str) -> String {
    format!("select `{symbol}` in Kconfig instead, and remove the marker")
}
