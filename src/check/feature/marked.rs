//! Owns the support of a feature that has no Kconfig symbol: a marker macro in a header of the architecture stands in its place.

use crate::check::feature::symbols::{self, Cause, How};
use crate::check::support::engine::Support;
use crate::check::support::formula::off_on;
use crate::check::support::proof;
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::cpp::condition::Condition;
use crate::cpp::presence::Presence;
use crate::feature::spec::Spec;
use crate::kconfig::solve::{Asker, Question};

/// Whether some configuration of the architecture has one of the markers once the entry headers are included; with the places
/// that define them as what turns the feature on.
pub fn support(
    spec: &Spec,
    answer: &Option<Presence>,
    asker: &mut Asker<'_, '_>,
) -> (Support, symbols::Facts) {
    let model = asker.model();
    let mut facts = symbols::Facts {
        incomplete: model.unread.is_some(),
        ..symbols::Facts::default()
    };
    let complete = answer.as_ref().filter(|answer| answer.reached.is_none());
    let Some(answer) = complete.filter(|_| model.unread.is_none()) else {
        let reason = "not all headers with the marker could be followed".to_owned();
        return (Support::undecided(reason), facts);
    };
    let mut conditions = answer.conditions.clone();
    let mut any = Condition::FALSE;
    let mut evidence = Vec::new();
    for marker in &spec.markers {
        for definition in answer.of(marker) {
            let condition = conditions.assume(definition.condition, &|atom| off_on(model, atom));
            if condition == Condition::FALSE {
                continue;
            }
            any = conditions.or(any, condition);
            let text =
                (condition != Condition::TRUE).then(|| conditions.in_kconfig_style(condition));
            evidence.push(Evidence {
                role: Role::Marker,
                symbol: marker.to_string(),
                condition: text.clone(),
                location: definition.location.clone(),
                note: None,
            });
            facts.defaults.push(Cause {
                how: How::Default,
                by: marker.to_string(),
                target: marker.to_string(),
                location: definition.location.clone(),
                condition: text,
                dependency: None,
            });
        }
    }
    let formula = proof::formula_of(model, &conditions, any);
    let question = Question::new().and_formula(formula);
    let is_there = any != Condition::FALSE && !matches!(asker.is_possible(&question), Ok(false));
    let condition = (is_there && any != Condition::TRUE).then(|| conditions.in_kconfig_style(any));
    let support = Support {
        supported: match is_there {
            true => Supported::Yes,
            false => Supported::No,
        },
        condition,
        reason: (!is_there).then(|| "no header of the architecture defines the marker".to_owned()),
        evidence,
    };
    (support, facts)
}
