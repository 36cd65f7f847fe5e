//! Owns the lint `retired-marker`.

use crate::check::feature::sighting::Sighting;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::cpp::occurrence::Kind;
use crate::diag::{Edit, Fix, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "retired-marker",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a macro that the feature's Kconfig symbol has replaced is still in use",
        what: "Reports a macro by which architectures announced the feature before it had a Kconfig symbol. There is one \
            finding for each architecture that still has it, at the definition if there is one. If only generic code still \
            uses the macro, that is one finding. Comments and documentation are ignored, and so are longer names that contain \
            the marker.",
        why: "Generic code no longer tests the macro. On an architecture that only defines the macro, the feature is off.",
        example: "/* arch/riscv/include/asm/pgtable.h */\n\
            #define __HAVE_ARCH_ENTER_LAZY_MMU_MODE",
        fix: "Select the symbol in Kconfig and remove the macro. The automatic fix removes the macro if the architecture \
            already selects the symbol and nothing tests the macro; it is safe because the macro then has no effect.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for marker in &subject.spec.retired_markers {
            let is_marker = |sighting: &&Sighting| sighting.name == **marker;
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
                        Label::new(
                            first.location.clone(),
                            "this macro has no effect: nothing tests it",
                        ),
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
                // Where a test of the marker is left, it still means something.
                if generic.is_empty() && !on.symbols.selects.is_empty() {
                    finding.fix = removal(marker, &places);
                }
                findings.push(finding);
            }
            // Where architectures have it, the generic test stands beside their findings; one that could not be read may have it.
            if let (Some(first), false) = (generic.first(), any || subject.unread) {
                findings.push(
                    lint.finding(
                        subject,
                        format!("the retired marker `{marker}` is still used, but no architecture defines it"),
                        Label::new(first.location.clone(), "used here"),
                    )
                    .with_help("remove it"),
                );
            }
        }
    }),
};

/// The change that removes the marker, where all its places in the architecture's headers are definitions on lines of their
/// own: nothing looks at them any more.
fn removal(marker: &str, places: &[&Sighting]) -> Option<Fix> {
    let edits = places.iter().map(|place| {
        Some(Edit {
            location: place.line.clone()?,
            text: String::new(),
        })
    });
    let mut edits: Vec<Edit> = edits.collect::<Option<_>>()?;
    edits.sort_by(|a, b| a.location.cmp(&b.location));
    Some(Fix {
        title: format!("remove `{marker}`"),
        edits,
    })
}

fn help(symbol: &str) -> String {
    format!("select `{symbol}` in Kconfig instead, and remove the marker")
}
