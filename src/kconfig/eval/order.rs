//! Owns the order in which `conf` goes through all symbols, which is that of its hash table.
//!
//! It only shows where a value depends on what was computed before it: the default of a choice may name a symbol that is no
//! member of it, and whose visibility nobody asks for; and until 6.10 a number out of its range is dropped, which
//! may change the range of the next.
//!
//! Follows `symbol.c: sym_lookup` and `for_all_symbols` (6.1, 6.12, 7.2).

use super::{Dialect, Evaluator};
use crate::kconfig::model::{Expr, PropertyKind, SymbolId};

impl Evaluator<'_> {
    /// Sorts symbols as `conf` goes through them: by the place of the name in the hash table, the newest first.
    pub(super) fn sort_as_conf(&self, symbols: &mut [SymbolId]) {
        let buckets = match self.dialect {
            Dialect::OldChoices => 9973,
            Dialect::NewChoices | Dialect::Transitional => 1 << 14,
        };
        symbols.sort_by_cached_key(|&symbol| {
            let name = self.model.symbol(symbol).name.as_deref();
            let bucket = name.map_or(0, hash) % buckets;
            (bucket, std::cmp::Reverse(symbol))
        });
    }

    /// All symbols in the order of `conf`, or `None` where the order makes no difference.
    pub(super) fn order_that_counts(&self) -> Option<Vec<SymbolId>> {
        let model = self.model;
        let names_another = self.choices.iter().any(|choice| {
            model.properties_of(choice.symbol).any(|property| {
                let PropertyKind::Default(value) = model.property(property).kind else {
                    return false;
                };
                matches!(model.exprs.get(value), Expr::Symbol(symbol) if !choice.inside.contains(&symbol))
            })
        });
        names_another.then(|| {
            let mut symbols: Vec<SymbolId> = (0..model.symbols.len()).map(SymbolId::new).collect();
            self.sort_as_conf(&mut symbols);
            symbols
        })
    }
}

/// The 32-bit FNV-1a hash, over bytes with a sign (`hash_str`).
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ byte as i8 as u32).wrapping_mul(0x0100_0193)
    })
}
