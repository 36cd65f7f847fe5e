//! Owns the lint `incomplete-hooks`.

use crate::check::OnArch;
use crate::check::lint::Lint;
use crate::check::support::proof::Example;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "incomplete-hooks",
    level: Level::Deny,
    summary: "an architecture selects the feature's symbol and lacks some of its hooks",
    explanation: "The generic wrappers call all hooks of a feature; an architecture that selects its symbol has to define every \
        one, if only with an empty body, in every configuration in which the symbol is on. The finding stands where the first \
        of the others is defined, for that is where the missing one belongs; where the hook is there in some configurations, \
        the finding shows one in which it is not.\n\n\
        An architecture that does not select the symbol may have any of them: it may call its own hooks.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            let Some(select) = on.symbols.selects.first() else {
                continue;
            };
            let lacks_all = on.headers.hooks.is_empty()
                || on
                    .proof
                    .none
                    .as_ref()
                    .is_some_and(|none| none.example().is_some());
            if on.symbols.declarations.is_empty() || on.is_never_on() || lacks_all {
                continue;
            }
            let missing: Vec<(&str, Option<&Example>)> = subject
                .spec
                .hooks
                .iter()
                .filter_map(|hook| missing(on, hook))
                .collect();
            let is_missing = |name: &str| missing.iter().any(|(missing, _)| *missing == name);
            let sibling = on
                .headers
                .hooks
                .iter()
                .filter(|sighting| !is_missing(&sighting.name))
                .min_by_key(|sighting| &sighting.location);
            let (Some((_, example)), Some(sibling)) = (missing.first(), sibling) else {
                continue;
            };
            let names: Vec<String> = missing
                .iter()
                .map(|(hook, _)| format!("`{hook}`"))
                .collect();
            let names = names.join(", ");
            let defined_elsewhere = on
                .headers
                .hooks
                .iter()
                .any(|sighting| is_missing(&sighting.name));
            let headline = if defined_elsewhere {
                format!(
                    "{} selects `{}` where it does not define {names}",
                    on.arch, select.target
                )
            } else {
                format!(
                    "{} selects `{}` and does not define {names}",
                    on.arch, select.target
                )
            };
            let mut finding = lint
                .finding(
                    subject,
                    headline,
                    Label::new(sibling.location.clone(), "defined here, without the others"),
                )
                .with_arch(on.arch.clone())
                .with_secondary(Label::new(select.location.clone(), "selected here"))
                .with_help(format!("define {names} beside it"));
            for sighting in on
                .headers
                .hooks
                .iter()
                .filter(|hook| is_missing(&hook.name))
            {
                let when = sighting.condition.as_deref().unwrap_or("y");
                let label = Label::new(sighting.location.clone(), format!("only with {when}"));
                finding = finding.with_secondary(label);
            }
            finding
                .notes
                .extend(example.map(|example| example.note("it breaks with")));
            findings.push(finding);
        }
    },
};

/// The hook with a configuration that lacks it, if it is missing anywhere.
fn missing<'a>(on: &'a OnArch, hook: &'a str) -> Option<(&'a str, Option<&'a Example>)> {
    if on.hook(hook).next().is_none() && on.headers.undecided.is_none() {
        let example = on.proof.on.as_ref().and_then(|on| on.example());
        return Some((hook, example));
    }
    let proof = on.proof.hooks.iter().find(|proof| proof.name == hook)?;
    Some((hook, Some(proof.missing.as_ref()?.example()?)))
}
