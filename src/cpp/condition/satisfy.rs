//! Owns the question whether a condition can be true at all, its atoms taken as independent of each other.
//!
//! What Kconfig knows about its symbols is not asked here: that is the solver's part. This answers what the shape of the
//! conditionals alone decides, so that headers are not followed where they cannot be included.

use super::{Condition, Conditions, Node};

/// How many atoms are tried before a condition counts as possible. Headers stay far below it.
const MAX_CASES: usize = 512;

impl Conditions {
    /// Whether some assignment makes `condition` true. Where that would take too long the answer is yes.
    pub fn is_satisfiable(&mut self, condition: Condition) -> bool {
        if self.samples[condition.index()] != 0 {
            return true;
        }
        if let Some(&known) = self.decided.get(&condition) {
            return known;
        }
        if self.is_exhausted() {
            return true;
        }
        let mut cases = 0;
        let answer = self.split(condition, &mut cases);
        self.decided.insert(condition, answer);
        answer
    }

    /// Whether `a` is true wherever `b` is, as far as [`Conditions::is_satisfiable`] can tell.
    pub fn is_implied(&mut self, a: Condition, b: Condition) -> bool {
        let counterexample = self.and_not(b, a);
        !self.is_satisfiable(counterexample)
    }

    /// Tries the first atom both ways; the rest is simplified and tried in turn.
    fn split(&mut self, condition: Condition, cases: &mut usize) -> bool {
        let mut pending = vec![condition];
        while let Some(next) = pending.pop() {
            if self.samples[next.index()] != 0 {
                return true;
            }
            if next == Condition::FALSE {
                continue;
            }
            *cases += 1;
            if *cases > MAX_CASES || self.is_exhausted() {
                return true;
            }
            let Some(atom) = self
                .reachable(next)
                .into_iter()
                .find(|&node| matches!(self.node(node), Node::Atom(_)))
            else {
                continue;
            };
            for value in [Condition::FALSE, Condition::TRUE] {
                let simpler = self.restrict(next, atom, value);
                pending.push(simpler);
            }
        }
        false
    }

    /// `condition` where `atom` is the constant `value`.
    fn restrict(&mut self, condition: Condition, atom: Condition, value: Condition) -> Condition {
        self.substitute(condition, &|node, _| (node == atom).then_some(value))
    }

    /// The value of a node that is about to get `number` on the 64 sample assignments.
    pub(super) fn sample(&self, node: &Node, number: u32) -> u64 {
        let of = |operand: &Condition| self.samples[operand.index()];
        match node {
            Node::Constant(value) => {
                if *value {
                    u64::MAX
                } else {
                    0
                }
            }
            Node::Atom(_) => scramble(u64::from(number)),
            Node::Not(operand) => !of(operand),
            Node::And(operands) => operands.iter().map(of).fold(u64::MAX, |a, b| a & b),
            Node::Or(operands) => operands.iter().map(of).fold(0, |a, b| a | b),
        }
    }
}

/// Well-mixed bits for a number: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
