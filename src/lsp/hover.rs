//! Owns what is shown of the symbol, or the row of a table, under the cursor: beside the check, whose models are asked with a solver.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lsp_server::RequestId;
use lsp_types::Range;
use serde_json::{Value, json};

use super::analysis::Epoch;
use crate::check::support::engine::{Engine, Support};
use crate::check::support::verdict::Supported;
use crate::feature::name::Term;
use crate::kconfig::model::Model;
use crate::kconfig::solve::Prepared;
use crate::kconfig::syntax::Type;

/// The question for the architectures.
pub(super) enum About {
    /// A symbol, by its name.
    Symbol(String),
    /// A feature on the architecture of this name.
    Row(String, Vec<Term>),
    /// Nothing: the text says it all.
    Nothing,
}

/// A question.
pub(super) struct Query {
    /// The request that is answered.
    pub id: RequestId,
    /// The tree.
    pub epoch: Epoch,
    /// The range of the text under the cursor.
    pub range: Range,
    /// Text that needs no models, in Markdown: before and after what the architectures say.
    pub before: String,
    /// The rest.
    pub after: String,
    /// The question.
    pub about: About,
    /// Whether nobody wants to know any more.
    pub is_cancelled: Arc<AtomicBool>,
}

/// Most characters of a condition that are shown.
const MAX_CONDITION: usize = 600;

/// The answer, from the models of the last check.
pub(super) fn answer(query: &Query, models: &[&Model]) -> Value {
    let of_archs = match &query.about {
        About::Nothing => String::new(),
        About::Symbol(name) => symbol(models, name, &query.is_cancelled),
        About::Row(arch, terms) => row(models, arch, terms),
    };
    let parts = [&*query.before, &*of_archs, &*query.after];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    json!({
        "contents": { "kind": "markdown", "value": parts.join("\n\n") },
        "range": query.range,
    })
}

/// On which architectures a symbol can be on, and under which condition.
fn symbol(models: &[&Model], name: &str, is_cancelled: &AtomicBool) -> String {
    let mut answers: BTreeMap<(u8, String), Vec<&str>> = BTreeMap::new();
    let mut undeclared = Vec::new();
    for model in models {
        if is_cancelled.load(Ordering::Relaxed) {
            return String::new();
        }
        let arch = &*model.srcarch;
        let symbol = model.find(name).filter(|symbol| model.is_defined(*symbol));
        let Some(symbol) = symbol else {
            undeclared.push(arch);
            continue;
        };
        if !matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        ) {
            // Whether it has a value is a matter of its dependencies.
            answers
                .entry((0, "has a value".to_owned()))
                .or_default()
                .push(arch);
            continue;
        }
        let support = Engine::new(&Prepared::new(model)).support_of(symbol);
        let (rank, text) = match support.supported {
            Supported::Yes => match condition(&support).filter(|of| of != name) {
                Some(condition) => (0, format!("can be on if `{condition}`")),
                None if support.condition.is_some() => (0, "can be on".to_owned()),
                None => (0, "is always on".to_owned()),
            },
            Supported::No => (1, format!("is never on{}", because(&support))),
            Supported::Undecided => (2, format!("undecided{}", because(&support))),
        };
        answers.entry((rank, text)).or_default().push(arch);
    }
    let all = models.len();
    let mut lines: Vec<String> = answers
        .into_iter()
        .map(|((_, text), archs)| {
            if archs.len() == all && all > 1 {
                format!("- {text} (all {all} architectures)")
            } else {
                format!("- {text} ({})", archs.join(", "))
            }
        })
        .collect();
    if !undeclared.is_empty() && undeclared.len() < all {
        lines.push(format!("- not declared ({})", undeclared.join(", ")));
    }
    lines.join("\n")
}

/// What Kconfig says of a feature on one architecture, with the proof.
fn row(models: &[&Model], arch: &str, terms: &[Term]) -> String {
    let mut models = models.iter();
    let Some(model) = models.find(|model| model.srcarch == arch) else {
        return format!("The tree has no architecture `{arch}`.");
    };
    let support = Engine::new(&Prepared::new(model)).support(terms);
    let mut text = match support.supported {
        Supported::Yes => match condition(&support) {
            Some(condition) => format!("Kconfig: supported if `{condition}`"),
            None => "Kconfig: supported in every configuration".to_owned(),
        },
        Supported::No => format!("Kconfig: not supported{}", because(&support)),
        Supported::Undecided => format!("Kconfig: undecided{}", because(&support)),
    };
    for evidence in &support.evidence {
        text += &format!(
            "\n- {} `{}`, {}",
            evidence.role.word(),
            evidence.symbol,
            evidence.location
        );
        if let Some(condition) = &evidence.condition {
            text += &format!(", if `{condition}`");
        }
        if let Some(note) = &evidence.note {
            text += &format!(" ({note})");
        }
    }
    text
}

fn condition(support: &Support) -> Option<String> {
    let condition = support.condition.as_deref()?;
    if condition.chars().count() <= MAX_CONDITION {
        return Some(condition.to_owned());
    }
    let start: String = condition.chars().take(MAX_CONDITION).collect();
    Some(format!("{start} \u{2026}"))
}

fn because(support: &Support) -> String {
    let reason = support.reason.as_deref();
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}
