//! Owns finding a solution that breaks as few wishes as possible.
//!
//! Follows the core-guided search OLL (Andres, Kaufmann, Matheis, Schaub: "Unsatisfiability-based optimization in clasp", 2012):
//! every contradiction among the wishes says that one of them has to go, and a totalizer counts how many of it go. The first
//! solution is therefore one with the fewest.

use rustc_hash::FxHashMap;
use rustsat::encodings::card::{BoundUpper, BoundUpperIncremental, Totalizer};
use rustsat::instances::{BasicVarManager, Cnf, ManageVars};
use rustsat::types::{Lit, Var};

use super::Undecided;
use super::gates::Gates;

/// How often a contradiction is made smaller before it counts.
const MAX_TRIMS: usize = 6;

/// Wishes, and what is known of how many have to be broken.
#[derive(Debug, Default)]
pub(super) struct Fewest {
    /// Holds what is assumed: wishes that nothing speaks against yet, and limits on how many of others are broken.
    assumed: Vec<Lit>,
    counters: Vec<Totalizer>,
    /// For each limit its counter, and how many it allows.
    limits: FxHashMap<Lit, (usize, usize)>,
    /// At least so many wishes are broken.
    pub least: usize,
}

impl Fewest {
    /// Wants all of `wishes`.
    pub fn new(wishes: Vec<Lit>) -> Self {
        Self {
            assumed: wishes,
            ..Self::default()
        }
    }

    /// Whether there is a solution with `hard` that breaks at most `most` wishes; it is one with the fewest.
    ///
    /// # Errors
    ///
    /// The solver gives up.
    pub fn solve(
        &mut self,
        gates: &mut Gates,
        hard: &[Lit],
        most: usize,
    ) -> Result<bool, Undecided> {
        loop {
            let mut assumptions = hard.to_vec();
            assumptions.extend(&self.assumed);
            if gates.solve(&assumptions)? {
                return Ok(true);
            }
            let core = self.core(gates, hard)?;
            if core.is_empty() || self.least == most {
                return Ok(false);
            }
            self.least += 1;
            self.relax(gates, &core)?;
        }
    }

    /// Whether there is a solution as good as the one that was found last with `more`, too.
    ///
    /// # Errors
    ///
    /// The solver gives up.
    pub fn is_as_good_with(
        &self,
        gates: &mut Gates,
        hard: &[Lit],
        more: &[Lit],
    ) -> Result<bool, Undecided> {
        let mut assumptions = hard.to_vec();
        assumptions.extend(&self.assumed);
        assumptions.extend(more);
        gates.solve(&assumptions)
    }

    /// The assumed wishes and limits of a contradiction, made smaller as long as that is cheap.
    fn core(&self, gates: &mut Gates, hard: &[Lit]) -> Result<Vec<Lit>, Undecided> {
        let within = |gates: &mut Gates, lits: &[Lit]| -> Vec<Lit> {
            let core: Vec<Var> = gates.core();
            let is_in = |lit: &&Lit| core.binary_search(&lit.var()).is_ok();
            lits.iter().filter(is_in).copied().collect()
        };
        let mut core = within(gates, &self.assumed);
        for _ in 0..MAX_TRIMS {
            if core.len() < 2 {
                break;
            }
            let mut assumptions = hard.to_vec();
            // The other way round the solver meets the contradiction elsewhere.
            assumptions.extend(core.iter().rev());
            if gates.solve(&assumptions)? {
                break;
            }
            let mut smaller = within(gates, &core);
            smaller.reverse();
            let done = smaller.len() == core.len();
            core = smaller;
            if done {
                break;
            }
        }
        Ok(core)
    }

    /// Allows that one more of `core` is broken.
    fn relax(&mut self, gates: &mut Gates, core: &[Lit]) -> Result<(), Undecided> {
        self.assumed.retain(|lit| !core.contains(lit));
        for lit in core {
            if let Some((counter, allowed)) = self.limits.remove(lit) {
                self.limit(gates, counter, allowed + 1)?;
            }
        }
        if core.len() > 1 {
            let broken = core.iter().map(|&lit| !lit);
            self.counters.push(broken.collect());
            self.limit(gates, self.counters.len() - 1, 1)?;
        }
        Ok(())
    }

    /// Assumes that at most `allowed` of what a counter counts are broken.
    fn limit(
        &mut self,
        gates: &mut Gates,
        counter: usize,
        allowed: usize,
    ) -> Result<(), Undecided> {
        let mut clauses = Cnf::new();
        let mut variables = BasicVarManager::from_next_free(Var::new(gates.variables()));
        let of = &mut self.counters[counter];
        of.encode_ub_change(allowed..=allowed, &mut clauses, &mut variables)
            .map_err(|_| Undecided("memory is exhausted".to_owned()))?;
        gates.take(&clauses, variables.n_used());
        let limits = of.enforce_ub(allowed);
        let limits = limits.map_err(|error| Undecided(error.to_string()))?;
        for lit in limits {
            self.limits.insert(lit, (counter, allowed));
            self.assumed.push(lit);
        }
        Ok(())
    }
}
