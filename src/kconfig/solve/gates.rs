//! Owns the clauses: gates over literals, three-valued signals made of two literals, and the calls of the SAT solver.
//!
//! A three-valued signal is encoded by its thresholds, "at least `m`" and "is `y`", so that the minimum and the maximum of
//! two signals are one gate a threshold.

use std::cell::Cell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use rustsat::solvers::{Solve, SolveIncremental, SolverResult};
use rustsat::types::{Clause, Lit, TernaryVal, Var};
use rustsat_batsat::BasicSolver;

use super::Undecided;

/// How often the SAT solver may ask whether it should stop, once a decision, before a question counts as undecided. The
/// questions of real trees take some thousands.
const MAX_STEPS: u64 = 4_000_000;

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

/// The clauses of one solver.
pub(super) struct Gates {
    solver: BasicSolver,
    variables: u32,
    ands: FxHashMap<(Lit, Lit), Lit>,
    steps: Rc<Cell<u64>>,
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
        let steps = Rc::new(Cell::new(0));
        let counted = Rc::clone(&steps);
        let mut solver = BasicSolver::default();
        solver.batsat_mut().cb_mut().set_stop(move || {
            counted.set(counted.get() + 1);
            counted.get() > MAX_STEPS
        });
        let mut gates = Self {
            solver,
            variables: 0,
            ands: FxHashMap::default(),
            steps,
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
        self.steps.set(0);
        self.calls += 1;
        if self.broken {
            return Err(Undecided("memory is exhausted".to_owned()));
        }
        if self.variables > 0 {
            // A variable without a clause has to be known to the solver all the same.
            let _ = self.solver.reserve(Var::new(self.variables - 1));
        }
        match self.solver.solve_assumps(assumptions) {
            Ok(SolverResult::Sat) => Ok(true),
            Ok(SolverResult::Unsat) => Ok(false),
            Ok(SolverResult::Interrupted) => {
                Err(Undecided("the solver takes too many steps".to_owned()))
            }
            Err(error) => Err(Undecided(error.to_string())),
        }
    }

    /// What a literal is in the solution that was found last.
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
