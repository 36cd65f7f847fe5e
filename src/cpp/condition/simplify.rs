//! Owns how a conjunction or disjunction is made: flattened, sorted, and without operands that change nothing.
//!
//! The rules are those that the nesting of conditionals in headers calls for; they do not find every equivalence, which
//! [`Conditions::is_satisfiable`] is for.

use super::{Condition, Conditions, Junction, Node};

/// A junction with more operands than this is only flattened and sorted; comparing all pairs would take too long.
const MAX_COMPARED: usize = 24;
/// How often the rules are applied again after one of them has changed an operand.
const MAX_ROUNDS: usize = 8;

/// Describes what a rule says about one operand.
enum Change {
    Keep,
    Drop,
    Replace(Condition),
}

impl Conditions {
    /// The junction of `operands`.
    pub(super) fn join(&mut self, junction: Junction, mut operands: Vec<Condition>) -> Condition {
        for _ in 0..MAX_ROUNDS {
            if self.flatten(junction, &mut operands) {
                return junction.dominant();
            }
            // Each is compared with the parts of each other one.
            let parts: usize = operands.iter().map(|&operand| self.parts(operand)).sum();
            self.spend(1 + parts * operands.len().min(MAX_COMPARED));
            if operands.len() > MAX_COMPARED
                || self.is_exhausted()
                || !(self.shorten_one(junction, &mut operands)
                    || self.merge_pair(junction, &mut operands))
            {
                break;
            }
        }
        if self.flatten(junction, &mut operands) {
            return junction.dominant();
        }
        self.spend(operands.len());
        match operands[..] {
            [] => junction.neutral(),
            [only] => only,
            _ => {
                let operands = operands.into_boxed_slice();
                self.intern(match junction {
                    Junction::And => Node::And(operands),
                    Junction::Or => Node::Or(operands),
                })
            }
        }
    }

    /// How many operands a condition has; 1 for one without.
    fn parts(&self, condition: Condition) -> usize {
        match self.node(condition) {
            Node::And(operands) | Node::Or(operands) => operands.len(),
            _ => 1,
        }
    }

    /// The operands of `condition` if it is a junction of this kind.
    fn operands(&self, junction: Junction, condition: Condition) -> Option<&[Condition]> {
        match (junction, self.node(condition)) {
            (Junction::And, Node::And(operands)) | (Junction::Or, Node::Or(operands)) => {
                Some(operands)
            }
            _ => None,
        }
    }

    /// Whether the negation of `condition` is one of `sorted`. A negation that was never made cannot be.
    fn has_negation(&self, sorted: &[Condition], condition: Condition) -> bool {
        self.negations[condition.index()]
            .is_some_and(|negation| sorted.binary_search(&negation).is_ok())
    }

    /// Puts the operands of nested junctions of the same kind in their place, sorts, and removes neutral and equal ones.
    /// Returns whether the result is decided: by a dominant operand, or by one that occurs with its negation.
    fn flatten(&self, junction: Junction, operands: &mut Vec<Condition>) -> bool {
        let mut flat = Vec::with_capacity(operands.len());
        for &operand in operands.iter() {
            // One level is enough: a node's operands were flattened when it was made.
            match self.operands(junction, operand) {
                Some(nested) => flat.extend_from_slice(nested),
                None => flat.push(operand),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        flat.retain(|&operand| operand != junction.neutral());
        let decided = flat.contains(&junction.dominant())
            || flat
                .iter()
                .any(|&operand| self.has_negation(&flat, operand));
        *operands = flat;
        decided
    }

    /// Shortens the first operand that the others make redundant, as a whole or in part: `a && (a || b)` is `a`,
    /// `a && (!a || b)` is `a && b`. Returns whether there was one.
    fn shorten_one(&mut self, junction: Junction, operands: &mut Vec<Condition>) -> bool {
        for index in 0..operands.len() {
            match self.shortened(junction, operands, operands[index]) {
                Change::Keep => {}
                Change::Drop => {
                    operands.remove(index);
                    return true;
                }
                Change::Replace(shorter) => {
                    operands[index] = shorter;
                    return true;
                }
            }
        }
        false
    }

    /// Returns what the other operands of `set`, a sorted list, leave of `operand`, which is one of them.
    fn shortened(&mut self, junction: Junction, set: &[Condition], operand: Condition) -> Change {
        let Some(children) = self.operands(junction.dual(), operand) else {
            return Change::Keep;
        };
        let children = children.to_vec();
        let mut kept = Vec::with_capacity(children.len());
        let mut changed = false;
        for child in children {
            if set.binary_search(&child).is_ok() {
                return Change::Drop;
            }
            if self.has_negation(set, child) {
                changed = true;
                continue;
            }
            let Some(inner) = self.operands(junction, child) else {
                kept.push(child);
                continue;
            };
            if inner.iter().any(|&part| self.has_negation(set, part)) {
                changed = true;
                continue;
            }
            let rest: Vec<Condition> = inner
                .iter()
                .copied()
                .filter(|part| set.binary_search(part).is_err())
                .collect();
            if rest.is_empty() {
                return Change::Drop;
            }
            if rest.len() < inner.len() {
                changed = true;
                kept.push(self.join(junction, rest));
            } else {
                kept.push(child);
            }
        }
        if changed {
            Change::Replace(self.join(junction.dual(), kept))
        } else {
            Change::Keep
        }
    }

    /// Merges the first two operands of which one contains the other or which differ only in one negation:
    /// `a && b || a && !b` is `a`. Returns whether there were such.
    fn merge_pair(&mut self, junction: Junction, operands: &mut Vec<Condition>) -> bool {
        for i in 0..operands.len() {
            for j in i + 1..operands.len() {
                let (Some(a), Some(b)) = (
                    self.operands(junction.dual(), operands[i]),
                    self.operands(junction.dual(), operands[j]),
                ) else {
                    continue;
                };
                let only_a: Vec<Condition> = difference(a, b);
                let only_b: Vec<Condition> = difference(b, a);
                if only_a.is_empty() {
                    operands.remove(j);
                    return true;
                }
                if only_b.is_empty() {
                    operands.remove(i);
                    return true;
                }
                let ([x], [y]) = (&only_a[..], &only_b[..]) else {
                    continue;
                };
                if self.negations[x.index()] == Some(*y) {
                    let shared = a.iter().copied().filter(|part| part != x).collect();
                    operands[i] = self.join(junction.dual(), shared);
                    operands.remove(j);
                    return true;
                }
            }
        }
        false
    }
}

/// Returns what stands in `a` and not in `b`, both sorted.
fn difference(a: &[Condition], b: &[Condition]) -> Vec<Condition> {
    a.iter()
        .copied()
        .filter(|part| b.binary_search(part).is_err())
        .collect()
}
