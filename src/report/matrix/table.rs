//! Owns the format `table`. Architectures stand above their columns, downwards where the terminal is not wide enough, and in
//! several tables where even that does not fit.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Options;
use super::view::{Cell, Feature, Page, answered, counted};
use crate::report::wrap;

/// The narrowest terminal that the layout cares for, in columns.
const MIN_WIDTH: usize = 40;

/// The longest name of a feature that is shown whole.
const MAX_NAME: usize = 28;

/// The widest a column is, and the narrowest: a sign and a mark.
const MIN_COLUMN: usize = 2;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Most cells under the table whose conditions are listed.
const MAX_CONDITIONS: usize = 24;

/// The table with its legend, and the conditions where few cells are left.
pub(super) fn render(page: &Page, options: &Options) -> String {
    if page.features.is_empty() {
        return "no cell matches\n".to_owned();
    }
    let width = options.width.max(MIN_WIDTH);
    let names = page
        .features
        .iter()
        .map(|feature| length(&feature.name) + 3);
    let name_width = names.max().unwrap_or(0).clamp(7, MAX_NAME);
    let longest = page.architectures.iter().map(|arch| length(arch)).max();
    let cells = page
        .features
        .iter()
        .flat_map(|of| of.cells.iter().flatten());
    let narrow = cells.map(|cell| length(&shown(cell)) + usize::from(cell.defconfigs.is_some()));
    let narrow = narrow.max().unwrap_or(0).max(MIN_COLUMN);
    let wide = (longest.unwrap_or(0) + 1).max(narrow + 1);
    let room = width - name_width;
    let columns = page.architectures.len();
    let across = wide * columns <= room;
    let column = if across { wide } else { narrow };
    let per_table = if across { columns } else { room / column };
    let mut out = String::new();
    let mut start = 0;
    while start < columns {
        let end = columns.min(start + per_table.max(1));
        header(
            &page.architectures[start..end],
            name_width,
            column,
            across,
            options,
            &mut out,
        );
        for of_subsystem in page.features.chunk_by(|a, b| a.subsystem == b.subsystem) {
            if let Some(first) = of_subsystem.first() {
                let _ = writeln!(out, "{}", paint(options, BOLD, &first.subsystem));
            }
            for feature in of_subsystem {
                row(feature, start..end, name_width, column, options, &mut out);
            }
        }
        out.push('\n');
        start = end;
    }
    legend(page, options, &mut out);
    if has_few(page) {
        conditions(page, width, options, &mut out);
    }
    if let [feature] = &page.features[..] {
        by_name(feature, width, options, &mut out);
    }
    out
}

/// Whether the conditions of all cells are listed.
fn has_few(page: &Page) -> bool {
    let cells = page
        .features
        .iter()
        .flat_map(|of| of.cells.iter().flatten());
    let count = cells.filter(|cell| cell.condition.is_some()).count();
    (1..=MAX_CONDITIONS).contains(&count)
}

/// A line for each cell with a condition.
fn conditions(page: &Page, width: usize, options: &Options, out: &mut String) {
    let has_several = page.features.len() > 1;
    let cells = page.features.iter().flat_map(|feature| {
        let name = match has_several {
            true => format!("{} on ", feature.name),
            false => String::new(),
        };
        let cells = feature.cells.iter().flatten();
        cells.filter_map(move |cell| {
            let condition = cell.condition.as_ref()?;
            Some((format!("{name}{}", cell.arch), condition))
        })
    });
    let cells: Vec<(String, &String)> = cells.collect();
    let column = cells
        .iter()
        .map(|(name, _)| length(name))
        .max()
        .unwrap_or(0);
    let _ = writeln!(out, "\n{}", paint(options, BOLD, "conditions"));
    for (name, condition) in cells {
        let first = format!("{name}{:gap$}", "", gap = column - length(&name));
        let lines = wrap::lines(condition, column + 4, column + 6, width);
        for (index, line) in lines.iter().enumerate() {
            let _ = match index {
                0 => writeln!(out, "  {first}  {}", line.trim_start()),
                _ => writeln!(out, "{line}"),
            };
        }
    }
}

/// The default configurations that turn one feature on, by their names.
fn by_name(feature: &Feature, width: usize, options: &Options, out: &mut String) {
    for cell in feature.cells.iter().flatten() {
        let Some(defconfigs) = &cell.defconfigs else {
            continue;
        };
        let head = format!("{}: on in {}", cell.arch, counted(defconfigs));
        let _ = writeln!(out, "\n{}", paint(options, BOLD, &head));
        filled(&defconfigs.on, width, out);
        if !defconfigs.open.is_empty() {
            let _ = writeln!(out, "  undecided in {}:", defconfigs.open.len());
            filled(&defconfigs.open, width, out);
        }
        for probe in &defconfigs.probes {
            let place = &probe.place;
            let _ = writeln!(
                out,
                "  depends on {} at {}:{}, {}, in {} of them",
                probe.text,
                place.path,
                place.line,
                answered(probe.answer.as_deref()),
                probe.defconfigs.len()
            );
        }
    }
}

/// Names, as many on a line as fit.
fn filled(names: &[String], width: usize, out: &mut String) {
    let mut line = String::new();
    for name in names {
        if !line.is_empty() && length(&line) + length(name) + 5 > width {
            let _ = writeln!(out, "    {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(name);
    }
    if !line.is_empty() {
        let _ = writeln!(out, "    {line}");
    }
}

/// The names of the architectures, each above the sign of its column.
fn header(
    architectures: &[String],
    name_width: usize,
    column: usize,
    across: bool,
    options: &Options,
    out: &mut String,
) {
    let height = if across {
        1
    } else {
        architectures
            .iter()
            .map(|arch| length(arch))
            .max()
            .unwrap_or(0)
    };
    for line in 0..height {
        let mut text = " ".repeat(name_width);
        for arch in architectures {
            let part: String = if across {
                arch.clone()
            } else {
                // The last letters stand at the table.
                let above = height - length(arch);
                arch.chars()
                    .skip(line.wrapping_sub(above))
                    .take(usize::from(line >= above))
                    .collect()
            };
            let _ = write!(text, "{part:<column$}");
        }
        let _ = writeln!(out, "{}", paint(options, BOLD, text.trim_end()));
    }
}

/// One feature.
fn row(
    feature: &Feature,
    range: std::ops::Range<usize>,
    name_width: usize,
    column: usize,
    options: &Options,
    out: &mut String,
) {
    let fits = name_width - 3;
    let name: String = if length(&feature.name) > fits {
        feature.name.chars().take(fits - 1).chain(['…']).collect()
    } else {
        feature.name.clone()
    };
    let mut text = format!("  {name}");
    let mut gap = name_width - length(&text);
    for cell in feature.cells.iter().take(range.end).skip(range.start) {
        let Some(cell) = cell else {
            gap += column;
            continue;
        };
        text.push_str(&" ".repeat(gap));
        let shown = shown(cell);
        text.push_str(&paint(options, style(cell), &shown));
        gap = column.saturating_sub(length(&shown));
    }
    let _ = writeln!(out, "{text}");
}

/// The sign of a cell, with a mark where the table says something else.
fn sign(cell: &Cell) -> String {
    let sign = match cell.state {
        "always" => "Y",
        "conditional" => "y",
        "never" => "-",
        _ => "?",
    };
    if cell.contradicts() {
        format!("{sign}!")
    } else {
        sign.to_owned()
    }
}

/// The sign, and in how many default configurations it is on; `*` where that depends on the answer of a command.
fn shown(cell: &Cell) -> String {
    let sign = sign(cell);
    let Some(defconfigs) = &cell.defconfigs else {
        return sign;
    };
    // The mark of a contradiction comes last.
    let (letter, mark) = sign.split_at(1);
    let count = match defconfigs.on.len() {
        0 => String::new(),
        count => count.to_string(),
    };
    let depends = if defconfigs.probes.is_empty() {
        ""
    } else {
        "*"
    };
    format!("{letter}{count}{depends}{mark}")
}

fn style(cell: &Cell) -> Style {
    if cell.contradicts() {
        return AnsiColor::Red.on_default().bold();
    }
    match cell.state {
        "always" | "conditional" => AnsiColor::Green.on_default(),
        "never" => DIM,
        _ => AnsiColor::Yellow.on_default(),
    }
}

/// Handles what the signs mean, and how many cells there are of each kind.
fn legend(page: &Page, options: &Options, out: &mut String) {
    let cells = || {
        page.features
            .iter()
            .flat_map(|feature| feature.cells.iter().flatten())
    };
    let of = |state: &str| cells().filter(|cell| cell.state == state).count();
    let against = cells().filter(|cell| cell.contradicts()).count();
    let lines = [
        ("Y ", of("always"), "supported in every configuration"),
        (
            "y ",
            of("conditional"),
            if has_few(page) {
                "supported under a condition"
            } else {
                "supported under a condition, which is shown for fewer cells and in other formats"
            },
        ),
        ("- ", of("never"), "supported in no configuration"),
        ("? ", of("undecided"), "undecided"),
        (
            " !",
            against,
            "arch-support.txt disagrees with Kconfig; see `kfeat audit`",
        ),
    ];
    for (sign, count, text) in lines {
        if count > 0 {
            let _ = writeln!(out, "{} {count:>4}  {text}", paint(options, BOLD, sign));
        }
    }
    let Some(of_archs) = &page.defconfigs else {
        return;
    };
    let all: usize = of_archs.iter().map(|of| of.names.len()).sum();
    let number = paint(options, BOLD, "12");
    let _ = writeln!(
        out,
        "{number} {all:>4}  default configurations; a number is how many of the architecture's turn the feature on"
    );
    let depending = cells().filter_map(|cell| cell.defconfigs.as_ref());
    let depending = depending.filter(|of| !of.probes.is_empty()).count();
    if depending > 0 {
        let _ = writeln!(
            out,
            "{} {depending:>4}  depends on the compiler; `--feature NAME` shows on which test",
            paint(options, BOLD, " *")
        );
    }
    for of in of_archs {
        if let Some(reason) = &of.refused {
            let _ = writeln!(
                out,
                "{}: cannot make default configurations: {reason}",
                of.arch
            );
        }
    }
}

fn paint(options: &Options, style: Style, text: &str) -> String {
    if options.color && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// How many columns a text takes.
fn length(text: &str) -> usize {
    text.chars().count()
}
