//! Owns the order of selects: where one of a feature's symbol stands out of a list that is sorted otherwise, and the change that
//! puts it in its place.
//!
//! A list is what stands line by line in one entry, with nothing between. The order of its lines has no meaning for Kconfig: a
//! symbol takes the greatest of what selects it, whoever comes first (`symbol.c`: `sym_calc_value`).

use crate::diag::{Edit, Fix, Location};
use crate::kconfig::model::{Model, PropertyId, PropertyKind};

/// Of so many neighbours in a list, at least [`SORTED`] have to be in order.
const OF: usize = 10;

/// See [`OF`].
const SORTED: usize = 9;

/// A list with fewer other lines says nothing about an order.
const MIN_OTHERS: usize = 6;

/// A select that stands out of a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The symbol that is selected.
    pub target: String,
    /// The line.
    pub location: Location,
    /// The symbol of the line that it belongs before, or behind if it is the last.
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
    location: Location,
}

impl Line {
    /// Whether there is nothing but a line's end and one tab between this line and the one below.
    fn is_clean_before(&self, next: &Location) -> bool {
        next.line == self.location.line + 1
            && next.start == self.location.end + 2
            && next.column == 2
    }
}

/// Whether the select stands out of its list.
pub(super) fn misplaced(model: &Model, select: PropertyId) -> Option<Misplaced> {
    let of = model.property(select);
    let is_select = |kind: &PropertyKind| match kind {
        PropertyKind::Select(target) => Some(*target),
        _ => None,
    };
    let mut lines: Vec<(u32, Line)> = model
        .properties
        .iter()
        .filter(|other| other.entry == of.entry && other.place.file == of.place.file)
        .filter_map(|other| {
            let line = Line {
                name: model.name(is_select(&other.kind)?),
                location: model.location(other.place),
            };
            Some((other.place.line, line))
        })
        .collect();
    lines.sort_by_key(|(number, _)| *number);
    let here = lines
        .iter()
        .position(|(number, _)| *number == of.place.line)?;
    let joins = |pair: &[(u32, Line)]| pair[1].0 == pair[0].0 + 1;
    let before = lines[..=here]
        .windows(2)
        .rev()
        .take_while(|pair| joins(pair))
        .count();
    let behind = lines[here..]
        .windows(2)
        .take_while(|pair| joins(pair))
        .count();
    let mut list: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    list.truncate(here + behind + 1);
    let mut list = list.split_off(here - before);
    let here = before;
    let this = list.remove(here);
    let in_order = list
        .windows(2)
        .filter(|pair| pair[0].name <= pair[1].name)
        .count();
    let pairs = list.len().saturating_sub(1);
    let previous = here.checked_sub(1).and_then(|index| list.get(index));
    let stands_right = previous.is_none_or(|line| line.name <= this.name)
        && list.get(here).is_none_or(|line| this.name <= line.name);
    if stands_right || list.len() < MIN_OTHERS || in_order * OF < pairs * SORTED {
        return None;
    }
    // The place where the fewest other lines are on the wrong side: one of them that stands out itself does not matter.
    let index = (0..=list.len()).min_by_key(|&index| {
        let (above, below) = list.split_at(index);
        let greater = above.iter().filter(|line| line.name > this.name).count();
        greater + below.iter().filter(|line| line.name < this.name).count()
    })?;
    let (beside, is_before) = match list.get(index) {
        Some(line) => (line, true),
        None => (list.last()?, false),
    };
    let next = list.get(here).map(|line| line.location.clone());
    let next = next.or_else(|| below(model, of.place.file, &this.location));
    Some(Misplaced {
        target: this.name.clone(),
        beside: beside.name.clone(),
        place: beside.location.clone(),
        is_before,
        fix: fix(&this, previous, next, beside, is_before),
        location: this.location,
    })
}

/// What stands next below a line in a file; `None` where the model has nothing there.
fn below(model: &Model, file: u32, line: &Location) -> Option<Location> {
    let properties = model.properties.iter().map(|property| property.place);
    let entries = model.entries.iter().map(|entry| entry.place);
    let next = properties
        .chain(entries)
        .filter(|place| place.file == file && place.span.start >= line.end)
        .min_by_key(|place| place.span.start)?;
    Some(model.location(next))
}

/// The change that moves a line; `None` where it has a condition or a comment, or other white space than one tab.
fn fix(
    this: &Line,
    previous: Option<&Line>,
    next: Option<Location>,
    beside: &Line,
    is_before: bool,
) -> Option<Fix> {
    let statement = format!("select {}", this.name);
    let at = &this.location;
    let is_plain = (at.end - at.start) as usize == statement.len() && at.column == 2;
    // Between the line and what comes next there are line's ends and white space before that, and no comment.
    let next = next?;
    let is_alone = next.start.checked_sub(at.end)? == (next.line - at.line) + (next.column - 1);
    if !is_plain || !is_alone || beside.location.column != 2 {
        return None;
    }
    let gone = match previous {
        Some(previous) if previous.is_clean_before(at) => Location {
            start: previous.location.end,
            end: at.end,
            line: previous.location.line,
            column: previous.location.column + (previous.location.end - previous.location.start),
            path: at.path.clone(),
        },
        None if next.line == at.line + 1 => Location {
            end: next.start,
            ..at.clone()
        },
        _ => return None,
    };
    let target = &beside.location;
    let (place, text) = match is_before {
        true => (target.start, format!("{statement}\n\t")),
        // The last line of the list may have a comment behind it.
        false => return None,
    };
    let come = Edit {
        location: Location {
            start: place,
            end: place,
            ..target.clone()
        },
        text,
    };
    let gone = Edit {
        location: gone,
        text: String::new(),
    };
    let mut edits = vec![come, gone];
    edits.sort_by_key(|edit| edit.location.start);
    Some(Fix {
        title: format!("move it before `select {}`", beside.name),
        edits,
    })
}
