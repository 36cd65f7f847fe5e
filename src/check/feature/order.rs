//! Owns the order of selects: which select of a feature's symbol is out of order in an otherwise sorted list, and the change that
//! puts it in its place.
//!
//! A list is what stands line by line in one entry, with nothing between. The order of its lines has no meaning for Kconfig: a
//! symbol takes the greatest of what selects it, whoever comes first (`symbol.c`: `sym_calc_value`).

use crate::diag::{Edit, Fix, Location};
use crate::kconfig::model::{EntryId, Model, Place, Property, PropertyId, PropertyKind, SymbolId};
use crate::kconfig::syntax::Span;

/// Of so many neighbours in a list, at least [`SORTED`] have to be in order.
const OF: usize = 10;

/// See [`OF`].
const SORTED: usize = 9;

/// A list with fewer other lines says nothing about an order.
const MIN_OTHERS: usize = 6;

/// A select that is out of order in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Misplaced {
    /// The symbol that is selected.
    pub target: String,
    /// The line.
    pub location: Location,
    /// The symbol of the line that it belongs before, or after if it is the last.
    pub beside: String,
    /// That line.
    pub place: Location,
    /// Whether it belongs before that line.
    pub is_before: bool,
    /// The change that moves it, where the lines are known to hold nothing else.
    pub fix: Option<Fix>,
}

/// A line of the list.
struct Line {
    name: String,
    place: Place,
}

/// The selects of one entry in one file, by line.
struct Lines {
    entry: EntryId,
    file: u32,
    lines: Vec<(Place, SymbolId)>,
}

impl Lines {
    fn new(model: &Model, select: &Property) -> Option<Self> {
        let symbol = model.entry(select.entry).symbol?;
        let (entry, file) = (select.entry, select.place.file);
        let mut lines: Vec<(Place, SymbolId)> = model
            .properties_of(symbol)
            .map(|id| model.property(id))
            .filter(|other| other.entry == entry && other.place.file == file)
            .filter_map(|other| match other.kind {
                PropertyKind::Select(target) => Some((other.place, target)),
                _ => None,
            })
            .collect();
        lines.sort_by_key(|(place, _)| place.line);
        Some(Self { entry, file, lines })
    }
}

/// The selects of a symbol that are out of order.
pub(in crate::check) fn misplaced(
    model: &Model,
    selects: impl Iterator<Item = PropertyId>,
) -> Vec<Misplaced> {
    // Selects come in the order of the text, so those of one entry follow each other.
    let mut last: Option<Lines> = None;
    let mut found = Vec::new();
    for select in selects.map(|select| model.property(select)) {
        let is_same = |last: &Lines| last.entry == select.entry && last.file == select.place.file;
        if !last.as_ref().is_some_and(is_same) {
            last = Lines::new(model, select);
        }
        if let Some(of) = &last {
            found.extend(misplaced_in(model, &of.lines, select.place));
        }
    }
    found
}

/// Whether the select at a place is out of order in its list.
fn misplaced_in(model: &Model, lines: &[(Place, SymbolId)], place: Place) -> Option<Misplaced> {
    let here = lines.partition_point(|(other, _)| other.line < place.line);
    lines.get(here)?;
    let joins = |pair: &[(Place, SymbolId)]| pair[1].0.line == pair[0].0.line + 1;
    // Most lines are right beside their neighbours, and then nothing else of the list matters.
    let is_beside = |at: usize, is_right: fn(&str, &str) -> bool| {
        let pair = lines.get(at..=at + 1)?;
        joins(pair).then(|| is_right(&model.name(pair[0].1), &model.name(pair[1].1)))
    };
    let in_order: fn(&str, &str) -> bool = |first, second| first <= second;
    let above = here.checked_sub(1).and_then(|at| is_beside(at, in_order));
    if above != Some(false) && is_beside(here, in_order) != Some(false) {
        return None;
    }
    let before = lines[..=here]
        .windows(2)
        .rev()
        .take_while(|pair| joins(pair))
        .count();
    let after = lines[here..]
        .windows(2)
        .take_while(|pair| joins(pair))
        .count();
    let mut list: Vec<Line> = lines[here - before..=here + after]
        .iter()
        .map(|&(place, target)| Line {
            name: model.name(target),
            place,
        })
        .collect();
    let here = before;
    let this = list.remove(here);
    let in_order = list
        .windows(2)
        .filter(|pair| pair[0].name <= pair[1].name)
        .count();
    let pairs = list.len().saturating_sub(1);
    if list.len() < MIN_OTHERS || in_order * OF < pairs * SORTED {
        return None;
    }
    // The place where the fewest other lines are on the wrong side: one of them that stands out itself does not matter. From one
    // place to the next a single line changes its side.
    let mut wrong = list.iter().filter(|line| line.name < this.name).count();
    let mut best = (wrong, 0);
    for (index, line) in list.iter().enumerate() {
        wrong += usize::from(line.name > this.name);
        wrong -= usize::from(line.name < this.name);
        best = best.min((wrong, index + 1));
    }
    let (_, index) = best;
    let (beside, is_before) = match list.get(index) {
        Some(line) => (line, true),
        None => (list.last()?, false),
    };
    let text = model.files[place.file as usize].file.text();
    Some(Misplaced {
        target: this.name.clone(),
        beside: beside.name.clone(),
        place: model.location(beside.place),
        is_before,
        fix: fix(model, text, &this, beside, is_before),
        location: model.location(this.place),
    })
}

/// The change that moves the line of the list at `this` before or after that of `beside`, with all that stands in it; `None`
/// where it says more than the select.
fn fix(model: &Model, text: &str, this: &Line, beside: &Line, is_before: bool) -> Option<Fix> {
    let (location, beside_location) = (model.location(this.place), model.location(beside.place));
    let line = whole_line(text, &location)?;
    let words: Vec<&str> = text[line.clone()].split_ascii_whitespace().collect();
    // A condition or a comment is left to whoever wrote it, and so is a line that others go on at.
    if words != ["select", &*this.name] {
        return None;
    }
    let target = whole_line(text, &beside_location)?;
    let goes_on = text[target.clone()].trim_end().ends_with('\\');
    if goes_on && !is_before {
        return None;
    }
    let at = if is_before { target.start } else { target.end };
    let file = &model.files[this.place.file as usize].file;
    let place = |start: usize, end: usize| {
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        Some(file.location(Span { start, end }))
    };
    let mut edits = vec![
        Edit {
            location: place(at, at)?,
            text: text[line.clone()].to_owned(),
        },
        Edit {
            location: place(line.start, line.end)?,
            text: String::new(),
        },
    ];
    edits.sort_by_key(|edit| edit.location.start);
    let side = if is_before { "before" } else { "after" };
    Some(Fix {
        title: format!("move it {side} `select {}`", beside.name),
        edits,
    })
}

/// The bytes of the line that a place is in, with its end; `None` where it is the last one and has none.
fn whole_line(text: &str, place: &Location) -> Option<std::ops::Range<usize>> {
    let (before, behind) = text.split_at_checked(place.start as usize)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    Some(start..place.start as usize + behind.find('\n')? + 1)
}
