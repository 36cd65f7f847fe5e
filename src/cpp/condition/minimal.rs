//! Owns how a condition is said in few words: as an irredundant sum of prime implicants over its atoms, with what all of them share in
//! front. Follows S. Minato, "Fast generation of irredundant sum-of-products forms from binary decision diagrams" (1992), on truth tables.

use rustc_hash::FxHashMap;

use super::{Atom, Condition, Conditions, Node};

/// Most atoms of a condition that is rewritten. A truth table has two to the power of as many rows.
pub const MAX_ATOMS: usize = 12;

/// Most steps of the search, each at most the length of a truth table.
const MAX_STEPS: usize = 20_000;

/// A conjunction of literals over a list of atoms: bit `i` stands for atom `i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cube {
    /// The atoms that hold.
    pub on: u32,
    /// The atoms that do not hold.
    pub off: u32,
}

impl Cube {
    /// The same with another literal.
    pub fn with(self, atom: usize, holds: bool) -> Self {
        let bit = 1 << atom;
        match holds {
            true => Self {
                on: self.on | bit,
                ..self
            },
            false => Self {
                off: self.off | bit,
                ..self
            },
        }
    }

    /// Whether a row of a truth table is in it.
    fn has(self, row: usize) -> bool {
        row as u32 & self.on == self.on && row as u32 & self.off == 0
    }

    /// How many literals it has.
    fn len(self) -> usize {
        (self.on.count_ones() + self.off.count_ones()) as usize
    }
}

/// The search for a cover, with what is left of its steps.
struct Search {
    steps: usize,
}

impl Conditions {
    /// The condition in fewer words, equal to it wherever none of `never` holds; those are over [`Conditions::atoms`] of the condition.
    /// `None` where that is no shorter, where it never holds, or where the condition has too many atoms or takes too long.
    pub fn minimal(&mut self, condition: Condition, never: &[Cube]) -> Option<Condition> {
        let atoms: Vec<Atom> = self.atoms(condition).into_iter().cloned().collect();
        if atoms.len() > MAX_ATOMS || self.is_exhausted() {
            return None;
        }
        let rows = 1usize << atoms.len();
        let nodes = self.reachable(condition);
        if nodes.len().saturating_mul(rows) > 1 << 22 {
            return None;
        }
        let holds = self.table(condition, &atoms);
        let occurs: Vec<bool> = (0..rows)
            .map(|row| !never.iter().any(|cube| cube.has(row)))
            .collect();
        let lower: Vec<bool> = (0..rows).map(|row| holds[row] && occurs[row]).collect();
        let upper: Vec<bool> = (0..rows).map(|row| holds[row] || !occurs[row]).collect();
        let mut search = Search { steps: MAX_STEPS };
        let (mut cubes, _) = search.cover(&lower, &upper, atoms.len())?;
        if cubes.is_empty() {
            // It never holds. The contradiction as it is written says more.
            return None;
        }
        cubes.sort_unstable_by_key(|cube| (cube.len(), *cube));
        let literals: Vec<Condition> = atoms.into_iter().map(|atom| self.atom(atom)).collect();
        let result = self.sum(&cubes, &literals);
        (self.literals(result) < self.literals(condition)).then_some(result)
    }

    /// The values of a condition for all values of its atoms.
    fn table(&self, condition: Condition, atoms: &[Atom]) -> Vec<bool> {
        let rows = 1usize << atoms.len();
        let mut tables: FxHashMap<Condition, Vec<bool>> = FxHashMap::default();
        for node in self.reachable(condition) {
            let joined = |operands: &[Condition], and: bool| -> Vec<bool> {
                let mut joined = vec![and; rows];
                for operand in operands {
                    for (value, &of) in joined.iter_mut().zip(&tables[operand]) {
                        *value = if and { *value && of } else { *value || of };
                    }
                }
                joined
            };
            let table = match self.node(node) {
                Node::Constant(value) => vec![*value; rows],
                Node::Atom(atom) => {
                    let index = atoms.iter().position(|known| known == atom).unwrap_or(0);
                    (0..rows).map(|row| row >> index & 1 == 1).collect()
                }
                Node::Not(operand) => tables[operand].iter().map(|value| !value).collect(),
                Node::And(operands) => joined(operands, true),
                Node::Or(operands) => joined(operands, false),
            };
            tables.insert(node, table);
        }
        tables.remove(&condition).unwrap_or_default()
    }

    /// The sum of cubes, with the literals that all of them share in front.
    fn sum(&mut self, cubes: &[Cube], literals: &[Condition]) -> Condition {
        let shared = cubes.iter().fold(
            Cube {
                on: u32::MAX,
                off: u32::MAX,
            },
            |shared, cube| Cube {
                on: shared.on & cube.on,
                off: shared.off & cube.off,
            },
        );
        let mut terms = Vec::new();
        for cube in cubes {
            let own = Cube {
                on: cube.on & !shared.on,
                off: cube.off & !shared.off,
            };
            let own = self.product(own, literals);
            terms.push(own);
        }
        let sum = self.any(terms);
        let shared = self.product(shared, literals);
        self.and(shared, sum)
    }

    fn product(&mut self, cube: Cube, literals: &[Condition]) -> Condition {
        let mut operands = Vec::new();
        for (index, &literal) in literals.iter().enumerate() {
            if cube.on >> index & 1 == 1 {
                operands.push(literal);
            }
            if cube.off >> index & 1 == 1 {
                operands.push(self.not(literal));
            }
        }
        self.all(operands)
    }

    /// How many literals a condition has as it is written, where shared parts stand more than once.
    fn literals(&self, condition: Condition) -> usize {
        let mut counts: FxHashMap<Condition, usize> = FxHashMap::default();
        for node in self.reachable(condition) {
            let of = |operand: &Condition| counts.get(operand).copied().unwrap_or(1);
            let count = match self.node(node) {
                Node::Constant(_) => 0,
                Node::Atom(_) => 1,
                Node::Not(operand) => of(operand),
                Node::And(operands) | Node::Or(operands) => operands
                    .iter()
                    .fold(0, |sum: usize, operand| sum.saturating_add(of(operand))),
            };
            counts.insert(node, count);
        }
        counts.get(&condition).copied().unwrap_or(0)
    }
}

impl Search {
    /// Cubes that cover all rows of `lower` and none outside of `upper`, with the rows that they cover; `None` where the steps are used up.
    fn cover(
        &mut self,
        lower: &[bool],
        upper: &[bool],
        atoms: usize,
    ) -> Option<(Vec<Cube>, Vec<bool>)> {
        self.steps = self.steps.checked_sub(1)?;
        if !lower.contains(&true) {
            return Some((Vec::new(), vec![false; lower.len()]));
        }
        if !upper.contains(&false) {
            return Some((vec![Cube::default()], vec![true; lower.len()]));
        }
        // The last atom is the highest bit of a row, so its two values are the halves of the table.
        let atom = atoms - 1;
        let half = lower.len() / 2;
        let (lower_off, lower_on) = lower.split_at(half);
        let (upper_off, upper_on) = upper.split_at(half);
        let minus = |a: &[bool], b: &[bool]| -> Vec<bool> {
            a.iter().zip(b).map(|(a, b)| *a && !*b).collect()
        };
        let (off, covered_off) = self.cover(&minus(lower_off, upper_on), upper_off, atom)?;
        let (on, covered_on) = self.cover(&minus(lower_on, upper_off), upper_on, atom)?;
        let left_off = minus(lower_off, &covered_off);
        let left_on = minus(lower_on, &covered_on);
        let left: Vec<bool> = left_off
            .iter()
            .zip(&left_on)
            .map(|(a, b)| *a || *b)
            .collect();
        let both: Vec<bool> = upper_off
            .iter()
            .zip(upper_on)
            .map(|(a, b)| *a && *b)
            .collect();
        let (any, covered_any) = self.cover(&left, &both, atom)?;
        let mut covered: Vec<bool> = covered_off;
        covered.extend(covered_on);
        for (row, covered) in covered.iter_mut().enumerate() {
            *covered |= covered_any[row % half];
        }
        let mut cubes: Vec<Cube> = off.into_iter().map(|cube| cube.with(atom, false)).collect();
        cubes.extend(on.into_iter().map(|cube| cube.with(atom, true)));
        cubes.extend(any);
        Some((cubes, covered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The condition in fewer words, as Kconfig writes it; atom `i` is the letter at that place of the alphabet.
    fn short(build: impl Fn(&mut Conditions, &[Condition]) -> Condition, never: &[Cube]) -> String {
        let mut conditions = Conditions::new();
        let atoms: Vec<Condition> = ["CONFIG_A", "CONFIG_B", "CONFIG_C"]
            .iter()
            .map(|name| conditions.defined(name))
            .collect();
        let condition = build(&mut conditions, &atoms);
        let minimal = conditions.minimal(condition, never).unwrap_or(condition);
        conditions.in_kconfig_style(minimal)
    }

    #[test]
    fn a_path_that_was_split_is_one_again() {
        // (A && B) || (!A && B && C) || (B && !C)
        let build = |conditions: &mut Conditions, atoms: &[Condition]| {
            let [a, b, c] = [atoms[0], atoms[1], atoms[2]];
            let (not_a, not_c) = (conditions.not(a), conditions.not(c));
            let terms = [
                conditions.and(a, b),
                conditions.all([not_a, b, c]),
                conditions.and(b, not_c),
            ];
            conditions.any(terms)
        };
        assert_eq!(short(build, &[]), "B");
    }

    #[test]
    fn what_never_is_shortens() {
        // A || (B && C), where B and C together mean A.
        let build = |conditions: &mut Conditions, atoms: &[Condition]| {
            let both = conditions.and(atoms[1], atoms[2]);
            conditions.or(atoms[0], both)
        };
        assert_eq!(short(build, &[]), "A || (B && C)");
        let never = Cube { on: 0b110, off: 1 };
        assert_eq!(short(build, &[never]), "A");
    }

    proptest! {
        #[test]
        fn a_minimal_condition_is_the_same_where_anything_is(
            table in proptest::collection::vec(any::<bool>(), 16),
            never in proptest::collection::vec((0u32..16, 0u32..16), 0..4),
        ) {
            let mut conditions = Conditions::new();
            let atoms: Vec<Condition> = ["CONFIG_A", "CONFIG_B", "CONFIG_C", "CONFIG_D"]
                .iter()
                .map(|name| conditions.defined(name))
                .collect();
            let mut rows = Vec::new();
            for row in (0..16usize).filter(|&row| table[row]) {
                let literals: Vec<Condition> = (0..4)
                    .map(|index| match row >> index & 1 {
                        1 => atoms[index],
                        _ => conditions.not(atoms[index]),
                    })
                    .collect();
                rows.push(conditions.all(literals));
            }
            let condition = conditions.any(rows);
            let names: Vec<Atom> = conditions.atoms(condition).into_iter().cloned().collect();
            let bits = (1u32 << names.len()) - 1;
            let never: Vec<Cube> = never
                .into_iter()
                .map(|(on, off)| Cube { on: on & bits, off: off & bits & !on })
                .collect();
            if let Some(minimal) = conditions.minimal(condition, &never) {
                for row in 0..1usize << names.len() {
                    if never.iter().any(|cube| cube.has(row)) {
                        continue;
                    }
                    let value = |atom: &Atom| {
                        let index = names.iter().position(|name| name == atom)?;
                        Some(row >> index & 1 == 1)
                    };
                    prop_assert_eq!(
                        conditions.evaluate(minimal, &value),
                        conditions.evaluate(condition, &value)
                    );
                }
            }
        }
    }
}
