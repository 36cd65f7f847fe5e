//! Owns the clauses: gates over literals, three-valued signals made of two literals, and the calls of the SAT solver.
//!
//! A three-valued signal is encoded by its thresholds, "at least `m`" and "is `y`", so that the minimum and the maximum of
//! two signals are one gate a threshold.

use std::cell::Cell;

use batsat::ClauseKind;
use rustc_hash::FxHashMap;
use rustsat::instances::Cnf;
use rustsat::solvers::{Solve, SolveIncremental, SolverResult};
use rustsat::types::{Clause, Lit, TernaryVal, Var};
use rustsat_batsat::Solver as BatSat;

use super::Undecided;
use crate::limits::{Limit, SOLVER_CONFLICTS, SOLVER_CONFLICTS_TOTAL, SOLVER_STEPS};

/// How often the SAT solver may ask whether it should stop, once a decision, for each conflict that it may take. Questions
/// with few conflicts and very many decisions end, too.
const DECISIONS_PER_CONFLICT: u64 = 200;

/// Counts the work of the solver and tells it when to stop. What is counted does not depend on the machine or its load.
#[derive(Debug, Default)]
struct Budget {
    /// The conflicts of this question, and of all.
    conflicts: u64,
    total: u64,
    decisions: Cell<u64>,
    /// The cost of all questions in decisions, assumptions and values of symbols computed for their answers.
    steps: Cell<u64>,
}

impl Budget {
    /// Counts work that is done beside the solver.
    fn took(&self, steps: usize) {
        self.steps
            .set(self.steps.get().saturating_add(steps as u64));
    }

    /// The limit that is reached, if one is.
    fn reached(&self) -> Option<&'static Limit> {
        if self.total >= SOLVER_CONFLICTS_TOTAL.get() {
            return Some(&SOLVER_CONFLICTS_TOTAL);
        }
        if self.steps.get() >= SOLVER_STEPS.get() {
            return Some(&SOLVER_STEPS);
        }
        let decisions = SOLVER_CONFLICTS
            .get()
            .saturating_mul(DECISIONS_PER_CONFLICT);
        let is_over = self.conflicts >= SOLVER_CONFLICTS.get() || self.decisions.get() >= decisions;
        is_over.then_some(&SOLVER_CONFLICTS)
    }
}

impl batsat::Callbacks for Budget {
    fn on_new_clause(&mut self, _: &[batsat::Lit], kind: ClauseKind) {
        // One clause is learnt for each conflict.
        if kind == ClauseKind::Learnt {
            self.conflicts += 1;
            self.total += 1;
        }
    }

    fn stop(&self) -> bool {
        self.decisions.set(self.decisions.get() + 1);
        self.steps.set(self.steps.get() + 1);
        self.reached().is_some()
    }
}

/// A value of `n`, `m` or `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tri {
    /// It is `m` or `y`.
    pub on: Lit,
    /// It is `y`.
    pub yes: Lit,
}

impl Tri {
    /// A signal that is `y` or `n`.
    pub fn bool(lit: Lit) -> Self {
        Self { on: lit, yes: lit }
    }
}

/// Most literals of one gate; where there are more it is one of gates.
const MAX_WIDTH: usize = 512;

/// The clauses of one solver.
pub(super) struct Gates {
    solver: BatSat<Budget>,
    variables: u32,
    ands: FxHashMap<(Lit, Lit), Lit>,
    /// How many clauses there are.
    pub clauses: usize,
    /// How often the solver was called.
    pub calls: usize,
    broken: bool,
}

impl std::fmt::Debug for Gates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gates")
            .field("variables", &self.variables)
            .field("clauses", &self.clauses)
            .finish_non_exhaustive()
    }
}

impl Gates {
    pub fn new() -> Self {
        let mut gates = Self {
            solver: BatSat::default(),
            variables: 0,
            ands: FxHashMap::default(),
            clauses: 0,
            calls: 0,
            broken: false,
        };
        let yes = gates.fresh();
        gates.clause(&[yes]);
        gates
    }

    pub fn variables(&self) -> u32 {
        self.variables
    }

    /// Always true.
    pub fn yes(&self) -> Lit {
        Lit::positive(0)
    }

    /// Always false.
    pub fn no(&self) -> Lit {
        Lit::negative(0)
    }

    pub fn constant(&self, value: bool) -> Lit {
        if value { self.yes() } else { self.no() }
    }

    /// A new variable.
    pub fn fresh(&mut self) -> Lit {
        self.variables += 1;
        Lit::positive(self.variables - 1)
    }

    /// A new three-valued signal.
    pub fn fresh_tri(&mut self, is_bool: bool) -> Tri {
        let on = self.fresh();
        if is_bool {
            return Tri::bool(on);
        }
        let yes = self.fresh();
        self.clause(&[!yes, on]);
        Tri { on, yes }
    }

    pub fn clause(&mut self, lits: &[Lit]) {
        self.clauses += 1;
        let clause: Clause = lits.iter().copied().collect();
        // The only error is that memory is exhausted; no answer counts after that.
        self.broken |= self.solver.add_clause_ref(&clause).is_err();
    }

    /// Takes over clauses that were made elsewhere, with the variables up to `variables` that they use.
    pub fn take(&mut self, clauses: &Cnf, variables: u32) {
        self.variables = self.variables.max(variables);
        for clause in clauses.iter() {
            self.clauses += 1;
            self.broken |= self.solver.add_clause_ref(clause).is_err();
        }
    }

    pub fn and(&mut self, a: Lit, b: Lit) -> Lit {
        let (yes, no) = (self.yes(), self.no());
        if a == no || b == no || a == !b {
            return no;
        }
        if a == yes || a == b {
            return b;
        }
        if b == yes {
            return a;
        }
        let key = if a < b { (a, b) } else { (b, a) };
        if let Some(&gate) = self.ands.get(&key) {
            return gate;
        }
        let gate = self.fresh();
        self.clause(&[!gate, a]);
        self.clause(&[!gate, b]);
        self.clause(&[gate, !a, !b]);
        self.ands.insert(key, gate);
        gate
    }

    pub fn or(&mut self, a: Lit, b: Lit) -> Lit {
        !self.and(!a, !b)
    }

    /// All of `lits`, in one gate.
    pub fn all(&mut self, lits: &[Lit]) -> Lit {
        let mut rest: Vec<Lit> = lits
            .iter()
            .copied()
            .filter(|&lit| lit != self.yes())
            .collect();
        rest.sort_unstable();
        rest.dedup();
        if rest.contains(&self.no()) {
            return self.no();
        }
        match *rest {
            [] => self.yes(),
            [a] => a,
            [a, b] => self.and(a, b),
            // The solver looks through a clause from its start whenever one more of its literals falls.
            _ if rest.len() > MAX_WIDTH => {
                let parts: Vec<Lit> = rest.chunks(MAX_WIDTH).map(|part| self.all(part)).collect();
                self.all(&parts)
            }
            _ => {
                let gate = self.fresh();
                for &lit in &rest {
                    self.clause(&[!gate, lit]);
                }
                let mut last: Vec<Lit> = rest.iter().map(|&lit| !lit).collect();
                last.push(gate);
                self.clause(&last);
                gate
            }
        }
    }

    /// At least one of `lits`, in one gate.
    pub fn any(&mut self, lits: &[Lit]) -> Lit {
        let negated: Vec<Lit> = lits.iter().map(|&lit| !lit).collect();
        !self.all(&negated)
    }

    /// Lets at most one of many literals hold. A clause for each pair would be the square of them; here each has a second variable
    /// that says that one of those up to it holds (Sinz, "Towards an Optimal CNF Encoding of Boolean Cardinality Constraints",
    /// the sequential counter).
    pub fn at_most_one(&mut self, lits: &[Lit]) {
        let mut before: Option<Lit> = None;
        for &lit in lits {
            let so_far = self.fresh();
            self.clause(&[!lit, so_far]);
            if let Some(before) = before {
                self.clause(&[!before, so_far]);
                self.clause(&[!before, !lit]);
            }
            before = Some(so_far);
        }
    }

    /// `then` where `condition` holds, `otherwise` elsewhere.
    pub fn choose(&mut self, condition: Lit, then: Lit, otherwise: Lit) -> Lit {
        let first = self.and(condition, then);
        let second = self.and(!condition, otherwise);
        self.or(first, second)
    }

    pub fn choose_tri(&mut self, condition: Lit, then: Tri, otherwise: Tri) -> Tri {
        self.each(then, otherwise, |gates, a, b| gates.choose(condition, a, b))
    }

    pub fn min(&mut self, a: Tri, b: Tri) -> Tri {
        self.each(a, b, Self::and)
    }

    pub fn max(&mut self, a: Tri, b: Tri) -> Tri {
        self.each(a, b, Self::or)
    }

    /// One gate a threshold, or one for both where both signals are `y` or `n`.
    fn each(&mut self, a: Tri, b: Tri, mut gate: impl FnMut(&mut Self, Lit, Lit) -> Lit) -> Tri {
        let on = gate(self, a.on, b.on);
        if a.on == a.yes && b.on == b.yes {
            return Tri::bool(on);
        }
        let yes = gate(self, a.yes, b.yes);
        Tri { on, yes }
    }

    /// `2 - a`
    pub fn negated(&self, a: Tri) -> Tri {
        Tri {
            on: !a.yes,
            yes: !a.on,
        }
    }

    /// Makes two literals equal, where `guard` holds if there is one.
    pub fn equate(&mut self, guard: Option<Lit>, a: Lit, b: Lit) {
        match guard {
            None => {
                self.clause(&[!a, b]);
                self.clause(&[a, !b]);
            }
            Some(guard) => {
                self.clause(&[!guard, !a, b]);
                self.clause(&[!guard, a, !b]);
            }
        }
    }

    /// Makes two signals equal, where `guard` holds if there is one.
    pub fn equate_tri(&mut self, guard: Option<Lit>, a: Tri, b: Tri) {
        self.equate(guard, a.on, b.on);
        if a.on != a.yes || b.on != b.yes {
            self.equate(guard, a.yes, b.yes);
        }
    }

    /// Whether all clauses can hold together with the assumptions.
    pub fn solve(&mut self, assumptions: &[Lit]) -> Result<bool, Undecided> {
        self.calls += 1;
        if self.broken {
            return Err(Undecided("memory is exhausted".to_owned()));
        }
        if self.variables > 0 {
            // A variable without a clause has to be known to the solver all the same.
            let _ = self.solver.reserve(Var::new(self.variables - 1));
        }
        let budget = self.solver.batsat_mut().cb_mut();
        budget.conflicts = 0;
        budget.decisions.set(0);
        budget.took(assumptions.len());
        if budget.reached().is_some() {
            return Err(self.out_of_budget());
        }
        match self.solver.solve_assumps(assumptions) {
            Ok(SolverResult::Sat) => Ok(true),
            Ok(SolverResult::Unsat) => Ok(false),
            Ok(SolverResult::Interrupted) => Err(self.out_of_budget()),
            Err(error) => Err(Undecided(error.to_string())),
        }
    }

    /// Counts work that an answer takes besides, such as values that are computed to try it.
    pub fn took(&mut self, steps: usize) {
        self.solver.batsat_ref().cb().took(steps);
    }

    fn out_of_budget(&self) -> Undecided {
        let limit = self.solver.batsat_ref().cb().reached();
        let limit = limit.unwrap_or(&SOLVER_CONFLICTS);
        Undecided(limit.reached("the SAT solver").to_string())
    }

    /// The value of a literal in the latest solution.
    pub fn holds(&self, lit: Lit) -> bool {
        matches!(self.solver.lit_val(lit), Ok(TernaryVal::True))
    }

    /// The variables of the assumptions that exclude each other, after the solver found no solution.
    pub fn core(&mut self) -> Vec<Var> {
        let mut core: Vec<Var> = self
            .solver
            .core()
            .unwrap_or_default()
            .into_iter()
            .map(Lit::var)
            .collect();
        core.sort_unstable();
        core.dedup();
        core
    }
}
