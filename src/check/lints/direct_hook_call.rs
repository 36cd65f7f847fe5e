//! Owns the lint `direct-hook-call`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "direct-hook-call",
    level: Level::Deny,
    summary: "generic code calls an architecture's hook and not its wrapper",
    explanation: "The hooks exist only on architectures that select the feature's symbol, and they know nothing of nesting and \
        pauses, which the wrappers count. Generic code that calls a hook does not compile elsewhere, and upsets the count.\n\n\
        The files below `mm` and `fs/proc` are searched, and the objects that the feature's spec names. Code of an architecture \
        may call its own hooks; so may the entry header, the callers that the spec permits, and a file that defines a hook. \
        In a tree whose entry header has no wrappers yet nothing is reported.",
    run: |lint, subject, findings| {
        let spec = subject.spec;
        // Before there were wrappers everyone called the hooks.
        if subject
            .archs
            .iter()
            .all(|on| on.headers.wrapper_headers.is_empty())
        {
            return;
        }
        for caller in &subject.callers {
            if caller.arch().is_some()
                || spec.may_call_hooks(&caller.path)
                || caller.provides(&spec.hooks)
            {
                continue;
            }
            for place in caller.uses(&spec.hooks) {
                findings.push(
                    lint.finding(
                        subject,
                        format!("generic code calls the hook `{}`", place.name),
                        Label::new(
                            place.location.clone(),
                            "architectures without the feature do not have it",
                        ),
                    )
                    .with_help(format!("call one of the wrappers: {}", wrappers(subject))),
                );
            }
        }
    },
};

fn wrappers(subject: &crate::check::Subject<'_>) -> String {
    let names = subject.spec.wrappers.iter();
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
