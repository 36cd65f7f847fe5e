//! Owns the format `rst`: what the kernel's documentation shows of the tables, to the byte.
//!
//! Source of the layout: the output of `tools/docs/get_feat.py rest` of 7.2, and of `scripts/get_feat.pl rest` of 6.12, which
//! differs in white space. What is shown are the tables; with [`Shown::actual`] it is what Kconfig says, in the same layout, with the
//! table's claim where that differs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::template::{self, TemplateError, TemplateFile};
use super::view::{counted_of, visible};
use super::{Matrix, Selection};
use crate::check::support::verdict::Supported;
use crate::check::table::Row;
use crate::feature::arch_support::{Kind, Table};

/// The heads of the columns, which are never narrower.
const FEATURE: &str = "Feature";
const KCONFIG: &str = "Kconfig";
const DESCRIPTION: &str = "Description";
const SUBSYSTEM: &str = "Subsystem";
const STATUS: &str = "Status";
const ARCHITECTURE: &str = "Architecture";
const TEXT: &str = "Kconfig / Description";
const STATUSES: &str = "Status per architecture";
const DEFCONFIGS: &str = "Defconfigs";

/// Stands behind the number of default configurations where the answer to a question of Kconfig decides.
const DEPENDS: &str = " (depends on the compiler)";

/// Holds what is shown for `..`, a character of markup, in columns and in the whole matrix.
const NOTHING: &str = "---";
const IMPOSSIBLE: &str = "Not compatible";

/// Which document is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// All features and architectures, by subsystem.
    Whole,
    /// The features of one architecture.
    Arch(&'a str),
    /// The architectures of one feature, named by the path of its table.
    Feature(&'a str),
}

/// Describes what makes the documentation in a tree. They agree but for what is said here, and for white space, where the newer one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// `scripts/get_feat.pl`: lines of a comment stay lines, and a feature whose table has no row for an architecture is shown
    /// there without a status.
    Perl,
    /// `tools/docs/get_feat.py`: the lines of a comment are run together, and such a feature is left out.
    Python,
}

/// Describes what is shown of it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The features, by the paths of their tables; all where that is empty.
    pub features: &'a [String],
    /// Holds what makes the documentation in the tree.
    pub script: Script,
    /// What Kconfig says, where it is asked for, and which of its cells are shown.
    pub cells: Option<(&'a Matrix, &'a Selection)>,
    /// Whether the statuses are those of Kconfig, which `cells` has then.
    pub actual: bool,
}

/// A table as the documentation reads it.
struct Feature<'a> {
    row: &'a Row,
    name: String,
    subsystem: String,
    kconfig: String,
    description: String,
    comments: String,
    /// Each architecture's status, the last one of several.
    statuses: BTreeMap<String, String>,
}

/// The widths that all tables together need, shown or not, in characters.
struct Widths {
    subsystem: usize,
    name: usize,
    kconfig: usize,
    description: usize,
    /// The longest word of a description's line.
    word: usize,
    status: usize,
    arch: usize,
}

/// One document.
///
/// # Errors
///
/// A template of the user's is wrong.
pub fn rst(
    rows: &[Row],
    part: Part<'_>,
    shown: &Shown<'_>,
    files: &[TemplateFile],
) -> Result<String, TemplateError> {
    let (mut features, mut widths) = read(rows, shown.script);
    if let (true, Some((matrix, _))) = (shown.actual, shown.cells) {
        for feature in &mut features {
            use_actual(feature, matrix, &mut widths);
        }
    }
    let is_shown = |feature: &&Feature<'_>| {
        shown.features.is_empty() || shown.features.contains(&feature.row.path)
    };
    match part {
        Part::Whole => {
            let shown_features = features.iter().filter(is_shown);
            let page = whole(shown_features, &widths, shown);
            template::render("matrix.rst", &page, files)
        }
        Part::Arch(arch) => {
            let page = of_arch(features.iter().filter(is_shown), arch, &widths, shown);
            template::render("matrix-arch.rst", &page, files)
        }
        Part::Feature(path) => {
            let feature = features.iter().find(|feature| feature.row.path == path);
            let page = feature.map(|feature| of_feature(feature, &widths, shown));
            page.map_or_else(
                || Ok(String::new()),
                |page| template::render("matrix-feature.rst", &page, files),
            )
        }
    }
}

/// Whether the documentation shows a table: it leaves out one that lacks a part.
pub fn is_documented(row: &Row) -> bool {
    row.table.as_ref().is_some_and(|table| {
        let names = |of: fn(&Kind) -> bool| table.lines().iter().any(|line| of(&line.kind));
        names(|kind| matches!(kind, Kind::FeatureName(_)))
            && names(|kind| matches!(kind, Kind::Kconfig(_)))
            && names(|kind| matches!(kind, Kind::Description(_)))
            && names(|kind| matches!(kind, Kind::Row(_)))
    })
}

/// The tables that are shown, in the order of the documentation, and the widths of all.
fn read(rows: &[Row], script: Script) -> (Vec<Feature<'_>>, Widths) {
    let mut widths = Widths {
        subsystem: SUBSYSTEM.len(),
        name: FEATURE.len(),
        kconfig: KCONFIG.len(),
        description: DESCRIPTION.len(),
        word: 0,
        status: STATUS.len(),
        arch: ARCHITECTURE.len(),
    };
    // Of two tables with the same name the documentation shows one.
    let mut features: BTreeMap<String, Feature<'_>> = BTreeMap::new();
    for row in rows {
        let Some(table) = &row.table else { continue };
        let feature = feature(row, table, script, &mut widths);
        if is_documented(row) {
            features.insert(feature.name.clone(), feature);
        }
    }
    let mut features: Vec<Feature<'_>> = features.into_values().collect();
    features.sort_by_cached_key(|of| (of.subsystem.clone(), of.name.to_lowercase()));
    (features, widths)
}

fn feature<'a>(row: &'a Row, table: &Table, script: Script, widths: &mut Widths) -> Feature<'a> {
    let widen = |width: &mut usize, text: &str| *width = (*width).max(length(text));
    let directory = row.path.rsplit('/').nth(2).unwrap_or_default();
    let mut feature = Feature {
        row,
        name: String::new(),
        subsystem: visible(directory),
        kconfig: String::new(),
        description: String::new(),
        comments: String::new(),
        statuses: BTreeMap::new(),
    };
    widen(&mut widths.subsystem, &feature.subsystem);
    for line in table.lines() {
        match &line.kind {
            Kind::FeatureName(value) => {
                feature.name = visible(value);
                widen(&mut widths.name, &feature.name);
            }
            Kind::Kconfig(value) => {
                feature.kconfig = visible(value);
                widen(&mut widths.kconfig, &feature.kconfig);
            }
            Kind::Description(value) => {
                feature.description = visible(value);
                widen(&mut widths.description, &feature.description);
                // The line without its `#`.
                for word in line.text.split_whitespace().skip(1) {
                    widen(&mut widths.word, word);
                }
            }
            Kind::Comment | Kind::Continuation(_) => {
                let text = line.text.trim();
                let text = text.strip_prefix('#').unwrap_or(text).trim_start();
                feature.comments.push_str(&visible(text));
                if script == Script::Perl {
                    feature.comments.push('\n');
                }
            }
            Kind::Row(row) => {
                widen(&mut widths.status, row.status.word());
                widen(&mut widths.arch, &row.arch);
                let word = match row.status.word() {
                    ".." => NOTHING.to_owned(),
                    word => visible(word),
                };
                feature.statuses.insert(visible(&row.arch), word);
            }
            Kind::Separator | Kind::Title | Kind::Blank | Kind::Malformed => {}
        }
    }
    feature
}

/// Replaces the statuses of a table by what Kconfig says. What the table says stands beside it where it contradicts that; where no
/// configuration has the feature, the table says why not.
fn use_actual(feature: &mut Feature<'_>, matrix: &Matrix, widths: &mut Widths) {
    let row = matrix
        .features
        .iter()
        .find(|row| row.path == feature.row.path);
    for cell in row.iter().flat_map(|row| &row.cells) {
        let arch = visible(&cell.arch);
        let claim = feature.statuses.get(&arch).map(String::as_str);
        let claimed = |actual: &str, claim: &str| {
            let claim = if claim == NOTHING { ".." } else { claim };
            format!("{actual} (table: {claim})")
        };
        let status = match (cell.supported, claim) {
            (Supported::Yes, None | Some("ok")) => "ok".to_owned(),
            (Supported::Yes, Some(claim)) => claimed("ok", claim),
            (Supported::No, None) => "no".to_owned(),
            (Supported::No, Some("ok")) => claimed("no", "ok"),
            (Supported::No, Some(claim)) => claim.to_owned(),
            (Supported::Undecided, None) => "undecided".to_owned(),
            (Supported::Undecided, Some(claim)) => claimed("undecided", claim),
        };
        widths.status = widths.status.max(length(&status));
        widths.arch = widths.arch.max(length(&arch));
        feature.statuses.insert(arch, status);
    }
}

impl Shown<'_> {
    /// Whether the status of an architecture is shown.
    fn has(&self, feature: &Feature<'_>, arch: &str) -> bool {
        let Some((matrix, selection)) = self.cells else {
            return true;
        };
        let row = matrix
            .features
            .iter()
            .find(|row| row.path == feature.row.path);
        let cell = row.and_then(|row| row.cells.iter().find(|cell| cell.arch == arch));
        cell.map_or(selection.statuses.is_empty(), |cell| selection.has(cell))
    }

    /// How many default configurations turn the feature on, where that was asked for.
    fn defconfigs(&self, feature: &Feature<'_>, arch: &str) -> Option<String> {
        let (matrix, _) = self.cells?;
        let of_archs = matrix.defconfigs.as_ref()?;
        let row = matrix
            .features
            .iter()
            .find(|row| row.path == feature.row.path);
        let index = matrix.architectures.iter().position(|name| name == arch);
        let (Some(row), Some(index)) = (row, index) else {
            return Some(NOTHING.to_owned());
        };
        let of_cell = row.cells.get(index)?.defconfigs.as_ref()?;
        let text = counted_of(of_cell.on.len(), of_archs.get(index)?.all.len());
        Some(if of_cell.probes.is_empty() {
            text
        } else {
            text + DEPENDS
        })
    }
}

/// The width of the column of default configurations, where there is one.
fn width_of<'a>(texts: impl Iterator<Item = &'a Option<String>>) -> Option<usize> {
    let widest = texts.flatten().map(|text| length(text)).max()?;
    Some(widest.max(DEFCONFIGS.len()))
}

/// The architectures of one feature.
#[derive(Serialize)]
struct OfFeature {
    title: String,
    subsystem: String,
    kconfig: String,
    description: String,
    comments: String,
    widths: OfFeatureWidths,
    rows: Vec<ArchRow>,
}

#[derive(Serialize)]
struct OfFeatureWidths {
    arch: usize,
    status: usize,
    defconfigs: Option<usize>,
}

#[derive(Serialize)]
struct ArchRow {
    arch: String,
    status: String,
    defconfigs: Option<String>,
}

fn of_feature(feature: &Feature<'_>, widths: &Widths, shown: &Shown<'_>) -> OfFeature {
    let statuses = feature.statuses.iter();
    let rows: Vec<ArchRow> = statuses
        .filter(|(arch, _)| shown.has(feature, arch))
        .map(|(arch, status)| ArchRow {
            arch: arch.clone(),
            status: status.clone(),
            defconfigs: shown.defconfigs(feature, arch),
        })
        .collect();
    let description = feature.description.trim_end_matches(['.', ' ', '\t']);
    let mut letters = description.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    OfFeature {
        title: format!("Feature {}", feature.name),
        subsystem: feature.subsystem.clone(),
        kconfig: feature.kconfig.clone(),
        description: first.chain(letters).collect(),
        comments: feature.comments.trim().to_owned(),
        widths: OfFeatureWidths {
            arch: widths.arch,
            status: widths.status,
            defconfigs: width_of(rows.iter().map(|row| &row.defconfigs)),
        },
        rows,
    }
}

/// The features of one architecture.
#[derive(Serialize)]
struct OfArch {
    title: String,
    widths: OfArchWidths,
    rows: Vec<FeatureRow>,
}

#[derive(Serialize)]
struct OfArchWidths {
    subsystem: usize,
    name: usize,
    kconfig: usize,
    status: usize,
    defconfigs: Option<usize>,
    description: usize,
}

#[derive(Serialize)]
struct FeatureRow {
    subsystem: String,
    name: String,
    kconfig: String,
    status: String,
    defconfigs: Option<String>,
    description: String,
}

fn of_arch<'a>(
    features: impl Iterator<Item = &'a Feature<'a>>,
    arch: &str,
    widths: &Widths,
    shown: &Shown<'_>,
) -> OfArch {
    let rows: Vec<FeatureRow> = features
        .filter(|feature| shown.has(feature, arch))
        .filter_map(|feature| {
            Some(FeatureRow {
                subsystem: feature.subsystem.clone(),
                name: feature.name.clone(),
                kconfig: feature.kconfig.clone(),
                status: match (feature.statuses.get(arch), shown.script) {
                    (Some(status), _) => status.clone(),
                    (None, Script::Perl) => String::new(),
                    (None, Script::Python) => return None,
                },
                defconfigs: shown.defconfigs(feature, arch),
                description: feature.description.clone(),
            })
        })
        .collect();
    OfArch {
        title: format!("Feature status on {} architecture", visible(arch)),
        widths: OfArchWidths {
            subsystem: widths.subsystem,
            name: widths.name,
            kconfig: widths.kconfig,
            status: widths.status,
            defconfigs: width_of(rows.iter().map(|row| &row.defconfigs)),
            description: widths.description,
        },
        rows,
    }
}

/// All features, by subsystem.
#[derive(Serialize)]
struct Whole {
    title: &'static str,
    widths: WholeWidths,
    subsystems: Vec<Subsystem>,
}

#[derive(Serialize)]
struct WholeWidths {
    name: usize,
    text: usize,
    statuses: usize,
}

#[derive(Serialize)]
struct Subsystem {
    name: String,
    features: Vec<Block>,
}

/// One feature, line by line.
#[derive(Serialize)]
struct Block {
    lines: Vec<BlockLine>,
}

#[derive(Serialize)]
struct BlockLine {
    name: String,
    text: String,
    statuses: String,
}

fn whole<'a>(
    features: impl Iterator<Item = &'a Feature<'a>>,
    widths: &Widths,
    shown: &Shown<'_>,
) -> Whole {
    // The symbol stands between two backticks on each side.
    let text = (widths.kconfig + 4).max(widths.word).max(TEXT.len());
    let statuses = widths.status.max(IMPOSSIBLE.len()) + widths.arch + 4;
    let widths = WholeWidths {
        name: widths.name,
        text,
        statuses: statuses.max(STATUSES.len()),
    };
    let mut subsystems: Vec<Subsystem> = Vec::new();
    for feature in features {
        let block = block(feature, &widths, shown);
        match subsystems.last_mut() {
            Some(last) if last.name == feature.subsystem => last.features.push(block),
            _ => subsystems.push(Subsystem {
                name: feature.subsystem.clone(),
                features: vec![block],
            }),
        }
    }
    Whole {
        title: "Feature status on all architectures",
        widths,
        subsystems,
    }
}

fn block(feature: &Feature<'_>, widths: &WholeWidths, shown: &Shown<'_>) -> Block {
    let statuses = lists(feature, widths.statuses, shown);
    let mut texts = vec![format!("``{}``", feature.kconfig), String::new()];
    texts.extend(wrapped(&feature.description, widths.text));
    let count = statuses.len().max(texts.len());
    let line = |index: usize| BlockLine {
        name: match index {
            0 => feature.name.clone(),
            _ => String::new(),
        },
        text: texts.get(index).cloned().unwrap_or_default(),
        statuses: statuses.get(index).cloned().unwrap_or_default(),
    };
    Block {
        lines: (0..count).map(line).collect(),
    }
}

/// The architectures of each status as a list, `width` wide.
fn lists(feature: &Feature<'_>, width: usize, shown: &Shown<'_>) -> Vec<String> {
    let rank = |status: &str| match status {
        "ok" => 0,
        "TODO" => 1,
        "N/A" => 2,
        _ => 3,
    };
    // Statuses that tables do not use get lists of their own; those that contradict the table come first.
    let own = |status: &str| match shown.actual {
        true => (!status.ends_with(')'), status.to_owned()),
        false => Default::default(),
    };
    let mut sorted: Vec<(&String, &String)> = feature
        .statuses
        .iter()
        .filter(|(arch, _)| shown.has(feature, arch))
        .collect();
    sorted.sort_by_cached_key(|(arch, status)| {
        let (is_plain, text) = own(status);
        (is_plain, rank(status), text, arch.to_lowercase())
    });
    let mut lines: Vec<String> = Vec::new();
    let mut current = "";
    for (arch, status) in sorted {
        let status = match status.as_str() {
            NOTHING => IMPOSSIBLE,
            status => status,
        };
        match lines.last_mut() {
            Some(line) if status == current => {
                if length(line) + length(arch) + 2 < width {
                    line.push_str(", ");
                    line.push_str(arch);
                } else {
                    lines.push(format!("  {arch}"));
                }
            }
            _ => lines.push(format!("- **{status}**: {arch}")),
        }
        current = status;
    }
    lines
}

/// A text in lines of `width` characters, broken at blanks; a longer word is cut, with `\` at the cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let blank = rest[..width].iter().rposition(|&c| c == ' ');
        let (line, next): (String, usize) = match blank {
            Some(at) => (rest[..at].iter().collect(), at + 1),
            None => {
                let at = width.saturating_sub(1).max(1);
                let cut = rest[..at].iter().chain(&['\\']).collect();
                (cut, at)
            }
        };
        lines.push(line);
        rest.drain(..next);
    }
    if !rest.is_empty() {
        lines.push(rest.into_iter().collect());
    }
    lines
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_blanks_or_cut() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("onetwothree", 8), ["onetwot\\", "hree"]);
        assert_eq!(wrapped("", 8), Vec::<String>::new());
        // However narrow, it ends.
        assert_eq!(wrapped("abc", 0), ["a\\", "b\\", "c\\"].to_vec());
    }
}
