//! Owns the line that sums up an audit.

use crate::check::support::verdict::Supported;
use crate::check::table::{Agreement, Matrix};

/// One line about all cells: how many agree with the tables, how many do not, and of how many that is not known.
pub fn summary(matrix: &Matrix) -> String {
    let cells = || matrix.features.iter().flat_map(|row| &row.cells);
    let count = |wanted: Agreement| cells().filter(|cell| cell.agreement == wanted).count();
    let undecided = cells()
        .filter(|cell| cell.supported == Supported::Undecided)
        .count();
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let agree = count(Agreement::Agrees);
    let differ = count(Agreement::Claimed) + count(Agreement::Denied);
    let mut text = format!(
        "{} of {}: {agree} {} Kconfig, {differ} {} not",
        plural(cells().count(), "cell"),
        plural(matrix.features.len(), "table"),
        if agree == 1 { "matches" } else { "match" },
        if differ == 1 { "does" } else { "do" },
    );
    let open = count(Agreement::Open).saturating_sub(undecided);
    if open > 0 {
        text.push_str(&format!(", {open} without a status"));
    }
    if undecided > 0 {
        text.push_str(&format!(", {undecided} undecided"));
    }
    text.push('\n');
    text
}
