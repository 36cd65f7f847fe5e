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

/// Whether the select stands out of its list.
pub(in crate::check) fn misplaced(model: &Model, select: PropertyId) -> Option<Misplaced> {
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
    let text = model.files[of.place.file as usize].file.text();
    Some(Misplaced {
        target: this.name.clone(),
        beside: beside.name.clone(),
        place: beside.location.clone(),
        is_before,
        fix: fix(text, &this, beside, is_before),
        location: this.location,
    })
}

/// The change that moves the line of the list at `this` before or behind that of `beside`, with all that stands in it; `None`
/// where it says more than the select.
fn fix(text: &str, this: &Line, beside: &Line, is_before: bool) -> Option<Fix> {
    let line = whole_line(text, &this.location)?;
    let words: Vec<&str> = text[line.clone()].split_ascii_whitespace().collect();
    // A condition or a comment is left to whoever wrote it, and so is a line that others go on at.
    if words != ["select", &*this.name] {
        return None;
    }
    let target = whole_line(text, &beside.location)?;
    let goes_on = text[target.clone()].trim_end().ends_with('\\');
    if goes_on && !is_before {
        return None;
    }
    let at = if is_before { target.start } else { target.end };
    let place = |start: usize, end: usize| {
        let offset = |at: usize| u32::try_from(at).ok();
        let path = this.location.path.clone();
        let bytes = text.as_bytes();
        Some(Location::in_text(path, bytes, offset(start)?, offset(end)?))
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
    let side = if is_before { "before" } else { "behind" };
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
