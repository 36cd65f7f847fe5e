//! Owns what changed between the matrices of two trees: cell by cell, with the lines that came and went.

use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::matrix::{Cell, Documented, Matrix, Row};
use crate::diag::Location;
use crate::kconfig::model::Unread;

/// Describes what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// Architectures that only the old tree has.
    pub gone: Vec<String>,
    /// Architectures that only the new tree has.
    pub new: Vec<String>,
    /// The features of which a cell or a term of Kconfig changed, sorted by the paths of their tables.
    pub features: Vec<FeatureChange>,
    /// The architectures of either tree about which nothing is concluded, because a Kconfig file of theirs could not be read, each
    /// with the reason.
    pub unread: Vec<(String, Unread)>,
}

/// Describes what changed of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureChange {
    /// The feature's own directory.
    pub name: String,
    /// The directory around it.
    pub subsystem: String,
    /// The path of its table.
    pub path: String,
    /// The terms of Kconfig in the old tree; `None` where it does not know the feature.
    pub old: Option<Vec<String>>,
    /// The terms of Kconfig in the new tree; `None` where it does not know the feature.
    pub new: Option<Vec<String>>,
    /// The cells that changed, sorted by architecture.
    pub cells: Vec<CellChange>,
}

/// Describes what changed of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The architecture.
    pub arch: String,
    /// The cell of the old tree; `None` where it does not have the feature or the architecture.
    pub old: Option<Cell>,
    /// The cell of the new tree; `None` where it does not have the feature or the architecture.
    pub new: Option<Cell>,
    /// Holds what became different.
    pub changed: Vec<Aspect>,
    /// The lines that came or went, those of the table first.
    pub causes: Vec<Cause>,
    /// What Kconfig says for a reason where no line that turns the symbol on came or went; one sentence, lower case, no full
    /// stop.
    pub note: Option<String>,
}

/// Describes what can become different in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// The status in the table, or whether it has a row.
    Documented,
    /// Whether the feature can be there.
    Actual,
    /// The condition under which it is there.
    Condition,
}

impl Aspect {
    /// All of them, in the order of the declaration.
    pub const ALL: &[Aspect] = &[Aspect::Documented, Aspect::Actual, Aspect::Condition];

    /// The word that stands in output.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Documented => "documented",
            Aspect::Actual => "actual",
            Aspect::Condition => "condition",
        }
    }
}

/// In which of the two trees a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// In the old one: it went.
    Old,
    /// In the new one: it came.
    New,
}

impl Side {
    /// The word that stands in output.
    pub fn word(self) -> &'static str {
        match self {
            Side::Old => "old",
            Side::New => "new",
        }
    }
}

/// A line that only one of the trees has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Which tree has it.
    pub side: Side,
    /// Holds what it is.
    pub what: What,
    /// The commit that brought it or took it away, where the history was asked and knows it.
    pub origin: Option<Origin>,
}

/// Describes what kind of line it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A row of the table.
    Row(Documented),
    /// A line of a Kconfig file.
    Line(Evidence),
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The first twelve digits of its name.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

impl Cause {
    /// Where the line stands, in the tree of its side.
    pub fn location(&self) -> &Location {
        match &self.what {
            What::Row(row) => &row.location,
            What::Line(line) => &line.location,
        }
    }
}

impl Between {
    /// Every line that came or went, for whoever looks for the commits.
    pub fn causes_mut(&mut self) -> impl Iterator<Item = &mut Cause> {
        let cells = self.features.iter_mut().flat_map(|of| &mut of.cells);
        cells.flat_map(|cell| &mut cell.causes)
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty() && self.features.is_empty()
    }
}

/// Returns what changed from one matrix to the other. A condition that is only written in another order is the same. Cells of an architecture
/// of which a Kconfig file could not be read are not compared, nor is a table that could not be read.
pub fn between(old: &Matrix, new: &Matrix) -> Between {
    let missing = |from: &Matrix, other: &Matrix| -> Vec<String> {
        let archs = from.architectures.iter();
        archs
            .filter(|arch| !other.architectures.contains(arch))
            .cloned()
            .collect()
    };
    let mut paths: Vec<&str> = old
        .features
        .iter()
        .chain(&new.features)
        .map(|row| &*row.path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let mut archs: Vec<&str> = old
        .architectures
        .iter()
        .chain(&new.architectures)
        .map(String::as_str)
        .collect();
    archs.sort_unstable();
    archs.dedup();
    let find = |matrix: &'_ Matrix, path: &str| -> Option<usize> {
        matrix.features.iter().position(|row| row.path == path)
    };
    let features = paths.iter().filter_map(|path| {
        let old_row = find(old, path).and_then(|at| old.features.get(at));
        let new_row = find(new, path).and_then(|at| new.features.get(at));
        let mut both = old_row.iter().chain(&new_row);
        if both.any(|row| row.why_unread().is_some()) {
            return None;
        }
        let cells: Vec<CellChange> = archs
            .iter()
            .filter_map(|arch| {
                let is_unread = |matrix: &Matrix| matrix.unread.iter().any(|(of, _)| of == arch);
                if is_unread(old) || is_unread(new) {
                    return None;
                }
                let of = |row: Option<&Row>, matrix: &Matrix| row?.cell(matrix, arch).cloned();
                cell(arch, of(old_row, old), of(new_row, new))
            })
            .collect();
        let any = new_row.or(old_row)?;
        let (old_terms, new_terms) = (old_row.map(terms), new_row.map(terms));
        (!cells.is_empty() || old_terms != new_terms).then(|| FeatureChange {
            name: any.name.clone(),
            subsystem: any.subsystem.clone(),
            path: any.path.clone(),
            old: old_terms,
            new: new_terms,
            cells,
        })
    });
    Between {
        gone: missing(old, new),
        new: missing(new, old),
        features: features.collect(),
        unread: old.unread.iter().chain(&new.unread).cloned().collect(),
    }
}

fn terms(row: &Row) -> Vec<String> {
    let terms = row.spec.iter().flat_map(|spec| &spec.kconfig);
    terms.map(ToString::to_string).collect()
}

/// Returns what changed of a cell, if anything.
fn cell(arch: &str, old: Option<Cell>, new: Option<Cell>) -> Option<CellChange> {
    let status = |cell: &Option<Cell>| {
        let documented = cell.as_ref()?.documented.as_ref()?;
        Some(documented.status.clone())
    };
    let supported = |cell: &Option<Cell>| cell.as_ref().map(|cell| cell.supported);
    let same_condition = match (&old, &new) {
        (Some(old), Some(new)) => {
            let parts =
                |cell: &'_ Cell| cell.condition.clone().map(|condition| in_order(&condition));
            parts(old) == parts(new)
        }
        // A cell that comes or goes says so by itself.
        _ => true,
    };
    let mut changed = Vec::new();
    if status(&old) != status(&new) {
        changed.push(Aspect::Documented);
    }
    if supported(&old) != supported(&new) {
        changed.push(Aspect::Actual);
    }
    if !same_condition {
        changed.push(Aspect::Condition);
    }
    if changed.is_empty() {
        return None;
    }
    let mut causes = Vec::new();
    if changed.contains(&Aspect::Documented) {
        for (side, cell) in [(Side::Old, &old), (Side::New, &new)] {
            let row = cell.as_ref().and_then(|cell| cell.documented.clone());
            causes.extend(row.map(|row| Cause {
                side,
                what: What::Row(row),
                origin: None,
            }));
        }
    }
    let mut note = None;
    if changed.iter().any(|aspect| *aspect != Aspect::Documented) {
        let before = causes.len();
        causes.extend(lines(Side::Old, old.as_ref(), new.as_ref()));
        causes.extend(lines(Side::New, new.as_ref(), old.as_ref()));
        let acts = |cause: &Cause| matches!(&cause.what, What::Line(line) if line.role != Role::Declaration);
        if let (Some(old), Some(new)) = (&old, &new)
            && !causes.iter().skip(before).any(acts)
        {
            note = Some(reason(old, new));
        }
    }
    Some(CellChange {
        arch: arch.to_owned(),
        old,
        new,
        changed,
        causes,
        note,
    })
}

/// A condition as a sorted list of its parts: what is written in another order is equal.
fn in_order(condition: &str) -> Vec<String> {
    // Of a negation the parts are inside.
    let inner = condition
        .strip_prefix("!(")
        .and_then(|inner| inner.strip_suffix(')'));
    let mut parts: Vec<String> = inner
        .unwrap_or(condition)
        .split(" || ")
        .map(str::to_owned)
        .collect();
    parts.extend(inner.map(|_| "!".to_owned()));
    parts.sort_unstable();
    parts
}

/// The lines about the symbol that `from` has and `other` has not, wherever they stand.
fn lines(side: Side, from: Option<&Cell>, other: Option<&Cell>) -> Vec<Cause> {
    let evidence = |cell: Option<&Cell>| -> Vec<Evidence> {
        let all = cell.map_or(&[][..], |cell| &cell.evidence);
        all.iter()
            .filter(|line| line.role != Role::Mention)
            .cloned()
            .collect()
    };
    // Where there is no other cell at all, the lines that do something are the news.
    let is_alone = other.is_none();
    if is_alone && from.is_none_or(|cell| cell.supported != Supported::Yes) {
        return Vec::new();
    }
    let others = evidence(other);
    let is_same = |a: &Evidence, b: &Evidence| {
        (a.role, &a.symbol, &a.condition, a.note.is_some())
            == (b.role, &b.symbol, &b.condition, b.note.is_some())
    };
    evidence(from)
        .into_iter()
        .filter(|line| !others.iter().any(|other| is_same(line, other)))
        .map(|line| Cause {
            side,
            what: What::Line(line),
            origin: None,
        })
        .collect()
}

/// Why a cell changed although the lines about its symbol are the same.
fn reason(old: &Cell, new: &Cell) -> String {
    match (&old.reason, &new.reason) {
        (_, Some(reason)) if old.reason != new.reason => reason.clone(),
        (Some(reason), None) => format!("no longer: {reason}"),
        _ => "the lines that turn it on did not change, but their dependencies did".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::table::rows;
    use crate::feature::builtin;
    use crate::tree::Tree;
    use std::path::Path;

    /// The matrix of the small tree, with other texts in some files.
    fn matrix(edits: &[(&str, &str, &str)]) -> Matrix {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
        let mut tree = Tree::open(&root).unwrap();
        for (path, from, to) in edits {
            let text = tree.read_text(path).unwrap();
            assert!(text.contains(from), "{from}");
            let text = text.replacen(from, to, 1);
            tree.overlay(path, Some(text.into_bytes())).unwrap();
        }
        let rows = rows::of_tree(&tree, builtin::default()).unwrap();
        let archs = tree.architectures().unwrap();
        crate::check::table::matrix(&tree, rows, &archs, &mut |_| {}).unwrap()
    }

    #[test]
    fn nothing_changes_between_a_tree_and_itself() {
        assert!(between(&matrix(&[]), &matrix(&[])).is_empty());
        // Lines that only move are the same.
        let moved = matrix(&[("arch/arm64/Kconfig", "config ARM64", "\n\nconfig ARM64")]);
        assert!(between(&matrix(&[]), &moved).is_empty());
    }

    #[test]
    fn a_select_that_goes_away_is_the_cause() {
        let new = matrix(&[(
            "arch/arm64/Kconfig",
            "select ARCH_HAS_LAZY_MMU_MODE",
            "select ARCH_HAS_LAZY_MMU_MODE if BROKEN_HERE",
        )]);
        let changes = between(&matrix(&[]), &new);
        assert_eq!(changes.features.len(), 1);
        let cells = &changes.features[0].cells;
        assert_eq!(cells.len(), 1);
        let cell = &cells[0];
        assert_eq!(
            (&*cell.arch, &*cell.changed),
            ("arm64", &[Aspect::Actual][..])
        );
        let sides: Vec<(Side, &str)> = cell
            .causes
            .iter()
            .map(|cause| (cause.side, &*cause.location().path))
            .collect();
        let path = "arch/arm64/Kconfig";
        assert_eq!(sides, [(Side::Old, path), (Side::New, path)]);
        assert_eq!(cell.note, None);
        // The other way round the sides change places.
        let back = between(&new, &matrix(&[]));
        assert_eq!(back.features[0].cells[0].causes.len(), 2);
    }

    #[test]
    fn what_a_line_depends_on_is_told_where_the_line_is_the_same() {
        let without = matrix(&[]);
        let mut new = without.clone();
        let cell = &mut new.features[2].cells[0];
        let old = cell.condition.clone();
        cell.condition = Some("SOMETHING".to_owned());
        assert_ne!(old, cell.condition);
        let changes = between(&without, &new);
        let cell = &changes.features[0].cells[0];
        assert!(cell.changed.contains(&Aspect::Condition));
        assert!(cell.causes.is_empty());
        assert!(
            cell.note
                .as_deref()
                .unwrap()
                .contains("their dependencies did")
        );
    }

    #[test]
    fn features_and_architectures_come_and_go() {
        let old = matrix(&[]);
        let mut new = old.clone();
        let gone = new.features.remove(0);
        new.keep_architectures(&["arm64".to_owned(), "x86".to_owned()]);
        let changes = between(&old, &new);
        assert!(!changes.gone.is_empty() && changes.new.is_empty());
        let of = &changes.features[0];
        assert_eq!((&*of.name, of.new.is_none()), (&*gone.name, true));
        assert_eq!(of.cells.len(), old.architectures.len());
        assert!(changes.features[1..].iter().all(|of| {
            of.cells
                .iter()
                .all(|cell| cell.new.is_none() && changes.gone.contains(&cell.arch))
        }));
    }

    #[test]
    fn the_order_of_a_condition_means_nothing() {
        assert_eq!(in_order("A || (B && C)"), in_order("(B && C) || A"));
        assert_eq!(in_order("!(A || B)"), in_order("!(B || A)"));
        assert_ne!(in_order("A || B"), in_order("A && B"));
        assert_ne!(in_order("!(A || B)"), in_order("A || B"));
    }
}
