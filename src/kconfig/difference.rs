//! Owns what differs between two texts of one Kconfig file, where nothing but plain entries does: most changes add, change or take
//! away the entry of a driver.
//!
//! A plain entry gives a bool or tristate symbol its type, a prompt, dependencies, defaults, selects, implies and a help text. Where
//! anything else differs, or may mean something else because of what is around it, there is no answer: a macro, a choice, a block, a
//! `source`. It must not know models.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::sources::each_statement;
use super::syntax::{
    ExprId, File, Property, PropertyKind, Statement, StatementKind, Type, WordId, WordKind,
};

/// Of larger texts, in bytes, there is no answer, and neither where more entries differ: to look closely would cost more than to make
/// everything anew.
const MAX_SIZE: usize = 1 << 20;
const MAX_ENTRIES: usize = 200;

/// A plain entry that one of the texts has and the other has not, or not like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The symbol.
    pub name: Box<str>,
    /// Its type: bool or tristate.
    pub type_: Type,
    /// The symbols that it selects or implies.
    pub targets: Vec<Box<str>>,
    /// The symbols in its conditions and values, and in the blocks of the file around it.
    pub named: Vec<Box<str>>,
}

/// The difference between two texts of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The entries that the first text alone has.
    pub old: Vec<Plain>,
    /// The entries that the second text alone has.
    pub new: Vec<Plain>,
    /// The symbols of entries that both have, at other places of the text.
    pub moved: FxHashSet<Box<str>>,
    /// The symbols that such entries select or imply.
    pub moved_targets: FxHashSet<Box<str>>,
}

impl Difference {
    /// Notes an entry that both texts have, at another place.
    fn move_entry(&mut self, file: &File, name: WordId, properties: &[Property]) {
        self.moved.insert(file.word_text(name).into());
        let targets = properties
            .iter()
            .filter_map(|property| match property.kind {
                PropertyKind::Select(target, _) | PropertyKind::Imply(target, _) => Some(target),
                _ => None,
            });
        let targets = targets.map(|target| file.word_text(target).into());
        self.moved_targets.extend(targets);
    }
}

/// The difference; `None` where more than plain entries differ.
pub fn difference(old: &File, new: &File) -> Option<Difference> {
    let mut contexts = Contexts::default();
    let (all_old, all_new) = (items(old, &mut contexts)?, items(new, &mut contexts)?);
    let same = |(a, b): &(&Item<'_>, &Item<'_>)| a.key == b.key;
    let before = all_old.iter().zip(&all_new).take_while(same).count();
    let (rest_old, rest_new) = (&all_old[before..], &all_new[before..]);
    let after = rest_old.iter().rev().zip(rest_new.iter().rev());
    let after = after.take_while(same).count();
    let middle_old = &rest_old[..rest_old.len() - after];
    let middle_new = &rest_new[..rest_new.len() - after];
    // In between, what both have as often is the same, as long as it stands in the same order.
    let mut balance: FxHashMap<&Key, i32> = FxHashMap::default();
    for (items, step) in [(middle_old, 1), (middle_new, -1)] {
        for item in items {
            *balance.entry(&item.key).or_default() += step;
        }
    }
    let is_both = |item: &&Item<'_>| balance[&item.key] == 0;
    let both_old: Vec<&Item> = middle_old.iter().filter(is_both).collect();
    let both_new: Vec<&Item> = middle_new.iter().filter(is_both).collect();
    let is_in_order = both_old.iter().zip(&both_new).all(|(a, b)| a.key == b.key);
    if !is_in_order
        || middle_old.len() - both_old.len() > MAX_ENTRIES
        || middle_new.len() - both_new.len() > MAX_ENTRIES
    {
        return None;
    }
    let mut difference = Difference::default();
    for (file, middle, into) in [
        (old, middle_old, &mut difference.old),
        (new, middle_new, &mut difference.new),
    ] {
        for item in middle.iter().filter(|item| !is_both(item)) {
            into.push(plain(file, item)?);
        }
    }
    let unmoved = all_old[..before].iter().zip(&all_new[..before]);
    let in_middle = both_old.into_iter().zip(both_new);
    let rest = all_old[all_old.len() - after..]
        .iter()
        .zip(&all_new[all_new.len() - after..]);
    for (a, b) in unmoved.chain(in_middle).chain(rest) {
        if stands_at_same_place(a.statement, b.statement) {
            continue;
        }
        match &b.statement.kind {
            StatementKind::Config {
                name, properties, ..
            } => difference.move_entry(new, *name, properties),
            StatementKind::Choice { body, .. }
            | StatementKind::Menu { body, .. }
            | StatementKind::If { body, .. } => {
                // Statements of other files in such a block have its place.
                let mut has_source = false;
                each_statement(body, &mut |inside| match &inside.kind {
                    StatementKind::Source(_) => has_source = true,
                    StatementKind::Config {
                        name, properties, ..
                    } => difference.move_entry(new, *name, properties),
                    _ => {}
                });
                if has_source {
                    return None;
                }
            }
            _ => {}
        }
    }
    let own = |plain: &[Plain]| -> FxHashSet<Box<str>> {
        plain.iter().map(|plain| plain.name.clone()).collect()
    };
    let (own_old, own_new) = (own(&difference.old), own(&difference.new));
    // Each symbol has one entry in a text.
    let is_one_each =
        |plain: &[Plain], own: &FxHashSet<Box<str>>, items: &[Item<'_>], file: &File| {
            let entries = items.iter().filter(|item| match item.statement.kind {
                StatementKind::Config { name, .. } => own.contains(file.word_text(name)),
                _ => false,
            });
            plain.len() == own.len() && entries.count() == own.len()
        };
    if !is_one_each(&difference.old, &own_old, &all_old, old)
        || !is_one_each(&difference.new, &own_new, &all_new, new)
        || own_old
            .iter()
            .any(|name| !own_new.contains(name) && declares(new, name))
        || own_new
            .iter()
            .any(|name| !own_old.contains(name) && declares(old, name))
    {
        return None;
    }
    let changes_type = difference.old.iter().any(|old| {
        let mut new = difference.new.iter();
        new.any(|new| new.name == old.name && new.type_ != old.type_)
    });
    (!changes_type).then_some(difference)
}

fn declares(file: &File, name: &str) -> bool {
    let mut found = false;
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::Config { name: word, .. } = statement.kind {
            found |= file.word_text(word) == name;
        }
    });
    found
}

/// The number of the blocks around a statement, and its own text without what is in it.
type Key = (u32, Box<str>);

/// The numbers of blocks, each with the number of those around it and its own text.
type Contexts = FxHashMap<Key, u32>;

/// A statement of a file, in the order of the text; those in a block come after it.
struct Item<'f> {
    statement: &'f Statement,
    key: Key,
    /// The conditions of the blocks around it.
    around: Rc<[ExprId]>,
    is_in_choice: bool,
}

/// The surroundings of some statements.
struct Around {
    number: u32,
    conditions: Rc<[ExprId]>,
    is_choice: bool,
}

/// All statements of a file; `None` where it has one that may mean something else in another place, or an error.
fn items<'f>(file: &'f File, contexts: &mut Contexts) -> Option<Vec<Item<'f>>> {
    let has_macro = file.words().iter().any(|word| word.kind.needs_expansion());
    if has_macro
        || file.text().len() > MAX_SIZE
        || file.lacks_newline()
        || !file.diagnostics().is_empty()
    {
        return None;
    }
    let mut items = Vec::new();
    let around = Around {
        number: 0,
        conditions: Rc::new([]),
        is_choice: false,
    };
    add(file, file.statements(), &around, contexts, &mut items).then_some(items)
}

/// Adds statements in a block. Blocks nest a limited number of levels.
fn add<'f>(
    file: &'f File,
    statements: &'f [Statement],
    around: &Around,
    contexts: &mut Contexts,
    items: &mut Vec<Item<'f>>,
) -> bool {
    for statement in statements {
        let (body, is_choice): (&[Statement], bool) = match &statement.kind {
            StatementKind::MainMenu(_)
            | StatementKind::Assignment(..)
            | StatementKind::Expand(_) => return false,
            StatementKind::Choice { body, .. } => (body, true),
            StatementKind::Menu { body, .. } | StatementKind::If { body, .. } => (body, false),
            _ => (&[], false),
        };
        let key: Key = (around.number, file.print_head(statement).into());
        items.push(Item {
            statement,
            key: key.clone(),
            around: around.conditions.clone(),
            is_in_choice: around.is_choice,
        });
        if body.is_empty() {
            continue;
        }
        let next = contexts.len() as u32 + 1;
        let mut inner = around.conditions.to_vec();
        if let StatementKind::If { condition, .. } = statement.kind {
            inner.push(condition);
        }
        inner.extend(conditions(statement.kind.properties()));
        let inner = Around {
            number: *contexts.entry(key).or_insert(next),
            conditions: inner.into(),
            is_choice: around.is_choice || is_choice,
        };
        if !add(file, body, &inner, contexts, items) {
            return false;
        }
    }
    true
}

/// The expressions in some lines.
fn conditions(properties: &[Property]) -> impl Iterator<Item = ExprId> {
    let of = properties.iter().map(|property| match property.kind {
        PropertyKind::Type(_, prompt) => [prompt.and_then(|prompt| prompt.condition), None],
        PropertyKind::Prompt(prompt) => [prompt.condition, None],
        PropertyKind::Default {
            value, condition, ..
        } => [Some(value), condition],
        PropertyKind::DependsOn {
            dependency,
            condition,
        } => [Some(dependency), condition],
        PropertyKind::Select(_, condition)
        | PropertyKind::Imply(_, condition)
        | PropertyKind::Range(_, _, condition)
        | PropertyKind::Visible(condition) => [condition, None],
        _ => [None, None],
    });
    of.flatten().flatten()
}

/// An entry, if it is a plain one.
fn plain(file: &File, item: &Item<'_>) -> Option<Plain> {
    let StatementKind::Config {
        menuconfig,
        name,
        properties,
    } = &item.statement.kind
    else {
        return None;
    };
    if item.is_in_choice || file.word(*name).kind != WordKind::Plain {
        return None;
    }
    let name = file.word_text(*name);
    if matches!(name, "y" | "m" | "n" | "MODULES") {
        return None;
    }
    let (mut types, mut prompts, mut helps) = (Vec::new(), 0, 0);
    let mut targets = Vec::new();
    for property in properties {
        match property.kind {
            PropertyKind::Type(type_, prompt) => {
                types.push(type_);
                prompts += usize::from(prompt.is_some());
            }
            PropertyKind::Prompt(_) => prompts += 1,
            PropertyKind::Default { type_, .. } => types.extend(type_),
            PropertyKind::DependsOn {
                condition: None, ..
            } => {}
            PropertyKind::Select(target, _) | PropertyKind::Imply(target, _) => {
                if file.word(target).kind != WordKind::Plain {
                    return None;
                }
                targets.push(file.word_text(target).into());
            }
            PropertyKind::Help(text) => {
                helps += 1;
                if file.help_text(text).trim().is_empty() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    let [type_ @ (Type::Bool | Type::Tristate)] = types[..] else {
        return None;
    };
    if prompts > 1 || helps > 1 || *menuconfig && prompts == 0 {
        return None;
    }
    let exprs = item.around.iter().copied().chain(conditions(properties));
    let mut named = Vec::new();
    for expr in exprs {
        file.each_word(expr, &mut |word, _| {
            if file.word(word).kind == WordKind::Plain {
                named.push(file.word_text(word).into());
            }
        });
    }
    Some(Plain {
        name: name.into(),
        type_,
        targets,
        named,
    })
}

/// Whether two statements that say the same stand at the same place of their texts, with all of their lines.
fn stands_at_same_place(a: &Statement, b: &Statement) -> bool {
    let (lines_a, lines_b) = (a.kind.properties(), b.kind.properties());
    (a.span, a.line) == (b.span, b.line)
        && lines_a.len() == lines_b.len()
        && lines_a
            .iter()
            .zip(lines_b)
            .all(|(a, b)| (a.span, a.line) == (b.span, b.line))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const FILE: &str = "config A\n\tbool \"A\"\n\tdepends on X && Y\n\thelp\n\t  Text.\n\nif Z\nconfig B\n\ttristate \"B\"\n\tselect C if m\nendif\n\nchoice\n\tprompt \"P\"\nconfig M\n\tbool \"M\"\nendchoice\n\nsource \"drivers/d/Kconfig\"\n";

    fn of(old: &str, new: &str) -> Option<Difference> {
        let file = |text: &str| File::parse(Arc::from("Kconfig"), text.to_owned());
        difference(&file(old), &file(new))
    }

    fn changed(from: &str, to: &str) -> Option<String> {
        assert!(FILE.contains(from), "{from}");
        let found = of(FILE, &FILE.replacen(from, to, 1))?;
        let list = |plain: &[Plain]| {
            let plain = plain.iter();
            let plain = plain.map(|one| {
                format!(
                    "{}({};{})",
                    one.name,
                    one.targets.join(","),
                    one.named.join(",")
                )
            });
            plain.collect::<Vec<_>>().join(" ")
        };
        let mut moved: Vec<&str> = found.moved.iter().map(|name| &**name).collect();
        moved.sort_unstable();
        Some(format!(
            "{} -> {} | {}",
            list(&found.old),
            list(&found.new),
            moved.join(" ")
        ))
    }

    #[test]
    fn entries_that_differ_are_told() {
        let is = |from: &str, to: &str, expected: &str| {
            assert_eq!(changed(from, to).as_deref(), Some(expected));
        };
        is("X && Y", "X || W", "A(;X,Y) -> A(;X,W) | ");
        is("select C if m", "imply D", "B(C;Z,m) -> B(D;Z) | M");
        is("\tdepends on X && Y\n", "", "A(;X,Y) -> A(;) | B M");
        let end = "source \"drivers/d/Kconfig\"\n";
        let more = format!("{end}\nconfig N\n\tdef_bool y\n\tdepends on A\n");
        is(end, &more, " -> N(;y,A) | ");
        is("config A\n", "# more\nconfig A\n", " ->  | A B M");
    }

    #[test]
    fn anything_else_has_no_answer() {
        for (from, to) in [
            ("if Z", "if W"),
            ("config M", "config N"),
            ("drivers/d", "drivers/e"),
            ("\tprompt \"P\"\n", "\tprompt \"Q\"\n"),
            ("bool \"A\"", "int \"A\""),
            ("bool \"A\"", "tristate \"A\""),
            ("X && Y", "$(macro)"),
            ("config A\n", "V := 1\nconfig A\n"),
            ("config A\n", "config B\n"),
            ("\ttristate \"B\"\n", "\ttristate \"B\"\n\tmodules\n"),
            ("endif\n", ""),
        ] {
            assert_eq!(changed(from, to), None, "{from} -> {to}");
        }
    }

    #[test]
    fn a_block_around_another_file_has_to_stay_where_it_is() {
        let old = "config A\n\tbool\n\nif A\nsource \"a\"\nendif\n";
        assert_eq!(of(old, &format!("\n{old}")), None);
        assert!(of(old, &format!("{old}\nconfig B\n\tbool\n")).is_some());
    }
}
