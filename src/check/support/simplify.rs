//! Owns how a condition of the headers is shown: in few words, without what Kconfig itself implies on the architecture.
//!
//! Implications of symbols are read from their lines ([`Implied`]), so they need no solver query. Everything that is left out is
//! certain; what the lines alone do not tell stays. It must not know features or formats of output.

use crate::cpp::condition::minimal::{Cube, MAX_ATOMS};
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::kconfig::implied::{Implied, Level, union};
use crate::kconfig::model::{Model, SymbolId, Type};

/// Most atoms whose pairs are looked at for what they imply together.
const MAX_PAIRED: usize = 8;

/// Shortens conditions on one architecture.
#[derive(Debug)]
pub struct Simplifier<'m> {
    model: &'m Model,
    implied: Implied<'m>,
}

impl<'m> Simplifier<'m> {
    /// Nothing is worked out yet.
    pub fn new(model: &'m Model) -> Self {
        Self {
            model,
            implied: Implied::new(model),
        }
    }

    /// Simplifies the condition to one that is equivalent in every configuration of the architecture, or returns it unchanged.
    pub fn simplify(&mut self, conditions: &mut Conditions, condition: Condition) -> Condition {
        if matches!(condition, Condition::TRUE | Condition::FALSE) {
            return condition;
        }
        let atoms: Vec<Atom> = conditions.atoms(condition).into_iter().cloned().collect();
        if atoms.len() > MAX_ATOMS {
            return condition;
        }
        let never = self.never(&atoms);
        conditions.minimal(condition, &never).unwrap_or(condition)
    }

    /// Which values of the atoms no configuration has.
    fn never(&mut self, atoms: &[Atom]) -> Vec<Cube> {
        let mut never = Vec::new();
        // Where a file could not be read, anything may be declared there.
        if self.model.unread.is_some() {
            return never;
        }
        let symbols: Vec<Option<SymbolId>> = atoms.iter().map(|atom| self.symbol(atom)).collect();
        let known: Vec<(usize, SymbolId)> = symbols
            .iter()
            .enumerate()
            .filter_map(|(index, symbol)| Some((index, (*symbol)?)))
            .collect();
        for (index, atom) in atoms.iter().enumerate() {
            let Atom::Module(name) = atom else { continue };
            let is_builtin = |other: &Atom| matches!(other, Atom::Builtin(of) if of == name);
            if let Some(builtin) = atoms.iter().position(is_builtin) {
                never.push(Cube::default().with(index, true).with(builtin, true));
            }
        }
        for &(index, symbol) in &known {
            let one = Cube::default();
            if self.implied.symbol_holds(symbol, Level::Yes, &[]) {
                never.push(one.with(index, false));
            }
            let Some(facts) = self.implied.facts(symbol, Level::Yes) else {
                never.push(one.with(index, true));
                continue;
            };
            let off = self.implied.not_yes(symbol);
            for &(second, other) in known.iter().filter(|(second, _)| *second != index) {
                if self.implied.symbol_holds(other, Level::Yes, &facts) {
                    never.push(one.with(index, true).with(second, false));
                } else if self.implied.symbol_fails(other, Level::Yes, &facts) {
                    never.push(one.with(index, true).with(second, true));
                }
                if self.implied.symbol_holds(other, Level::Yes, &off) {
                    never.push(one.with(index, false).with(second, false));
                }
            }
        }
        if known.len() <= MAX_PAIRED {
            self.add_pairs(&known, &mut never);
        }
        never
    }

    /// Adds what two symbols that are on imply together.
    fn add_pairs(&mut self, known: &[(usize, SymbolId)], never: &mut Vec<Cube>) {
        for (at, &(first, one)) in known.iter().enumerate() {
            for &(second, two) in &known[at + 1..] {
                let facts = [one, two].map(|symbol| self.implied.facts(symbol, Level::Yes));
                let both = Cube::default().with(first, true).with(second, true);
                let Some(facts) = union(&facts) else {
                    never.push(both);
                    continue;
                };
                for &(third, other) in known {
                    if third != first
                        && third != second
                        && self.implied.symbol_holds(other, Level::Yes, &facts)
                    {
                        never.push(both.with(third, false));
                    }
                }
            }
        }
    }

    /// The symbol whose being `y` is the atom.
    fn symbol(&self, atom: &Atom) -> Option<SymbolId> {
        let Atom::Builtin(name) = atom else {
            return None;
        };
        let symbol = self.model.find(name)?;
        let is_logical = matches!(
            self.model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        );
        (is_logical && self.model.is_defined(symbol)).then_some(symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kconfig::model::environment::Version;
    use crate::kconfig::model::of_all_configurations;
    use crate::kconfig::sources::Sources;
    use crate::tree::Tree;

    const KCONFIG: &str = "\
config MMU
\tdef_bool y
config PPC64
\tbool \"64 bit\"
config BOOK3S_64
\tbool \"64 bit server\"
\tdepends on PPC64
config BOOK3S_32
\tbool \"32 bit server\"
\tdepends on !PPC64
config BOOK3S
\tdef_bool y
\tdepends on BOOK3S_32 || BOOK3S_64
config THP
\tbool \"huge pages\"
\tdepends on MMU && BOOK3S
";

    /// A sum of products of `CONFIG_` macros in fewer words.
    fn short(terms: &[&[&str]]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let mut tree = Tree::open_directory(directory.path()).unwrap();
        tree.overlay("Kconfig", Some(KCONFIG.into())).unwrap();
        let version = Version {
            release: (7, 2),
            text: "7.2".to_owned(),
        };
        let model = of_all_configurations(&Sources::new(&tree), "powerpc", &version);
        let mut conditions = Conditions::new();
        let mut sum = Condition::FALSE;
        for term in terms {
            let mut product = Condition::TRUE;
            for name in *term {
                let atom = conditions.defined(&format!("CONFIG_{}", name.trim_start_matches('!')));
                let literal = match name.starts_with('!') {
                    true => conditions.not(atom),
                    false => atom,
                };
                product = conditions.and(product, literal);
            }
            sum = conditions.or(sum, product);
        }
        let short = Simplifier::new(&model).simplify(&mut conditions, sum);
        conditions.in_kconfig_style(short)
    }

    #[test]
    fn what_kconfig_implies_is_left_out() {
        assert_eq!(short(&[&["BOOK3S_64"], &["PPC64", "BOOK3S"]]), "BOOK3S_64");
        assert_eq!(short(&[&["THP", "MMU", "BOOK3S"]]), "THP");
        assert_eq!(short(&[&["MMU"]]), "y");
        assert_eq!(
            short(&[&["BOOK3S_64"], &["BOOK3S_32"]]),
            "BOOK3S_32 || BOOK3S_64"
        );
        assert_eq!(short(&[&["!PPC64", "BOOK3S_32"]]), "BOOK3S_32");
    }

    #[test]
    fn what_the_lines_do_not_imply_stays() {
        assert_eq!(short(&[&["PPC64", "BOOK3S"]]), "BOOK3S && PPC64");
        assert_eq!(short(&[&["THP", "PPC64"]]), "PPC64 && THP");
        assert_eq!(short(&[&["UNKNOWN", "MMU"]]), "UNKNOWN");
        assert_eq!(
            short(&[&["BOOK3S_64", "BOOK3S_32"]]),
            "BOOK3S_32 && BOOK3S_64"
        );
    }
}
