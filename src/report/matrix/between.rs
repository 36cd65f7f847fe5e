//! Owns how the change from one matrix to another looks, in all its formats.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::html::{About, LinkTemplate};
use super::template::{self, TemplateError, TemplateFile};
use super::view::{self, Cell, Place};
use super::{Options, Selection, csv};
use crate::check::support::verdict::Role;
use crate::check::table::between::{Between, Cause, CellChange, FeatureChange, Side, What};
use crate::report::json::written;

/// The version of the schema of a change, `docs/schema/between.schema.json`. The first number changes when a field goes away
/// or changes its meaning, the second when one is added.
pub const SCHEMA_VERSION: &str = "1.0";

/// The names of the columns of the format `csv`.
const COLUMNS: &str = "feature,arch,changed,documented_old,documented_new,actual_old,actual_new,condition_old,condition_new,cause";

const BOLD: Style = Style::new().bold();

/// A change as it is shown.
#[derive(Debug, Serialize)]
struct Page {
    schema: &'static str,
    kfeat: &'static str,
    old: String,
    new: String,
    architectures: Architectures,
    features: Vec<Feature>,
}

/// A change as its template gets it.
#[derive(Debug, Serialize)]
struct HtmlPage {
    #[serde(flatten)]
    page: Page,
    count: Count,
    index: Option<String>,
}

/// How much changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The cells that changed.
    pub cells: usize,
    /// The features that they belong to, with those whose terms of Kconfig changed.
    pub features: usize,
}

/// Architectures that only one of the trees has.
#[derive(Debug, Serialize)]
struct Architectures {
    gone: Vec<String>,
    new: Vec<String>,
}

/// Describes what changed of a feature.
#[derive(Debug, Serialize)]
struct Feature {
    name: String,
    subsystem: String,
    path: String,
    change: &'static str,
    kconfig_old: Option<Vec<String>>,
    kconfig_new: Option<Vec<String>>,
    cells: Vec<Changed>,
}

/// Describes what changed of a cell.
#[derive(Debug, Serialize)]
struct Changed {
    arch: String,
    changed: Vec<&'static str>,
    old: Option<Cell>,
    new: Option<Cell>,
    causes: Vec<Line>,
    note: Option<String>,
}

/// A line that only one of the trees has.
#[derive(Debug, Serialize)]
struct Line {
    side: &'static str,
    role: &'static str,
    symbol: Option<String>,
    condition: Option<String>,
    status: Option<String>,
    #[serde(flatten)]
    place: Place,
    note: Option<String>,
    commit: Option<Commit>,
    /// All of this as words, without the place and the commit.
    text: String,
}

/// The commit that brought a line or took it away.
#[derive(Debug, Serialize)]
struct Commit {
    id: String,
    subject: String,
}

/// Describes what changed, with the names of both trees.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Holds what changed.
    pub between: &'a Between,
    /// The name of the old tree: its directory or revision.
    pub old: &'a str,
    /// The name of the new tree.
    pub new: &'a str,
}

impl Change<'_> {
    /// The format `table`: what became of each cell, and the lines that came (`+`) and went (`-`).
    pub fn table(&self, selection: &Selection, options: &Options) -> String {
        table(&self.page(selection, &view::visible), options)
    }

    /// The format `csv`: one line a cell that changed, after one with the names of the columns, as RFC 4180 has it.
    pub fn csv(&self, selection: &Selection) -> String {
        let page = self.page(selection, &str::to_owned);
        let mut out = format!("{COLUMNS}\r\n");
        for feature in &page.features {
            for cell in &feature.cells {
                csv::record(&fields(feature, cell), &mut out);
            }
        }
        out
    }

    /// The format `json`. Its schema is `docs/schema/between.schema.json`.
    pub fn json(&self, selection: &Selection) -> String {
        written(&self.page(selection, &str::to_owned))
    }

    /// The format `yaml`: what `json` holds, as YAML.
    pub fn yaml(&self, selection: &Selection) -> String {
        let page = self.page(selection, &str::to_owned);
        serde_yaml::to_string(&page).unwrap_or_else(|error| {
            unreachable!("invariant: the views have only strings, numbers and lists: {error}")
        })
    }

    /// The format `md`: a table for each feature. `files` are templates of the user, which replace those of the same name
    /// (`between.md`).
    ///
    /// # Errors
    ///
    /// A template of the user's is wrong.
    pub fn md(
        &self,
        selection: &Selection,
        files: &[TemplateFile],
    ) -> Result<String, TemplateError> {
        template::render("between.md", &self.page(selection, &view::visible), files)
    }

    /// The format `html`: one page that needs nothing else. `links` says where places lead; revisions stand in the addresses by their
    /// names. `index` is the address of a page about all releases. `files` are templates of the user, which replace those of the same
    /// name (`between.html`).
    ///
    /// # Errors
    ///
    /// A template of the user's is wrong.
    pub fn html(
        &self,
        selection: &Selection,
        links: Option<&LinkTemplate>,
        index: Option<&str>,
        files: &[TemplateFile],
    ) -> Result<String, TemplateError> {
        let mut page = self.page(selection, &view::visible);
        let about = |name: &str| About {
            commit: Some(name.to_owned()),
            ..About::default()
        };
        let (old, new) = (about(self.old), about(self.new));
        if let Some(links) = links {
            let cells = page.features.iter_mut().flat_map(|of| &mut of.cells);
            for line in cells.flat_map(|cell| &mut cell.causes) {
                let about = match line.side == Side::New.word() {
                    true => &new,
                    false => &old,
                };
                line.place.link = Some(links.address(about, &line.place.path, line.place.line));
            }
        }
        let page = HtmlPage {
            count: self.count(selection),
            index: index.map(view::visible),
            page,
        };
        template::render("between.html", &page, files)
    }

    /// How many cells of how many features changed.
    pub fn count(&self, selection: &Selection) -> Count {
        let page = self.page(selection, &str::to_owned);
        Count {
            cells: page.features.iter().map(|of| of.cells.len()).sum(),
            features: page.features.len(),
        }
    }

    fn page(&self, selection: &Selection, text: &dyn Fn(&str) -> String) -> Page {
        let all = |names: &[String]| names.iter().map(|name| text(name)).collect();
        let features = self.between.features.iter();
        Page {
            schema: SCHEMA_VERSION,
            kfeat: env!("CARGO_PKG_VERSION"),
            old: text(self.old),
            new: text(self.new),
            architectures: Architectures {
                gone: all(&self.between.gone),
                new: all(&self.between.new),
            },
            features: features
                .map(|of| feature(of, selection, text))
                .filter(|of| selection.statuses.is_empty() || !of.cells.is_empty())
                .collect(),
        }
    }
}

fn feature(of: &FeatureChange, selection: &Selection, text: &dyn Fn(&str) -> String) -> Feature {
    let terms = |terms: &Option<Vec<String>>| -> Option<Vec<String>> {
        let terms = terms.as_ref()?;
        Some(terms.iter().map(|term| text(term)).collect())
    };
    let is_shown = |cell: &&CellChange| {
        [&cell.old, &cell.new]
            .into_iter()
            .flatten()
            .any(|cell| selection.has(cell))
    };
    Feature {
        name: text(&of.name),
        subsystem: text(&of.subsystem),
        path: text(&of.path),
        change: match (&of.old, &of.new) {
            (None, _) => "new",
            (_, None) => "gone",
            _ => "changed",
        },
        kconfig_old: terms(&of.old),
        kconfig_new: terms(&of.new),
        cells: of
            .cells
            .iter()
            .filter(is_shown)
            .map(|cell| Changed {
                arch: text(&cell.arch),
                changed: cell.changed.iter().map(|aspect| aspect.word()).collect(),
                old: cell.old.as_ref().map(|cell| view::cell(cell, 0, text)),
                new: cell.new.as_ref().map(|cell| view::cell(cell, 0, text)),
                causes: cell.causes.iter().map(|cause| line(cause, text)).collect(),
                note: cell.note.as_deref().map(text),
            })
            .collect(),
    }
}

fn line(cause: &Cause, text: &dyn Fn(&str) -> String) -> Line {
    let mut line = Line {
        side: cause.side.word(),
        role: "row",
        symbol: None,
        condition: None,
        status: None,
        place: view::place(cause.location(), text),
        note: None,
        commit: cause.origin.as_ref().map(|origin| Commit {
            id: text(&origin.commit),
            subject: text(&origin.subject),
        }),
        text: String::new(),
    };
    match &cause.what {
        What::Row(row) => {
            line.status = Some(text(row.status.word()));
            line.text = format!("the row says {}", text(row.status.word()));
        }
        What::Line(of) => {
            line.role = of.role.word();
            line.symbol = Some(text(&of.symbol));
            line.condition = of.condition.as_deref().map(text);
            line.note = of.note.as_deref().map(text);
            let of_symbol = text(&of.symbol);
            line.text = format!("{} {} {of_symbol}", of.role.word(), by(of.role));
            // Anything that selects has to be on by itself.
            if let Some(condition) = line.condition.as_ref().filter(|of| **of != of_symbol) {
                // Writing to a string cannot fail.
                let when = if of.role == Role::Declaration {
                    "below"
                } else {
                    "if"
                };
                let _ = write!(line.text, " {when} {condition}");
            }
            if let Some(note) = &line.note {
                let _ = write!(line.text, " ({note})");
            }
        }
    }
    line
}

/// How the word of a role goes with the symbol of its place.
fn by(role: Role) -> &'static str {
    match role {
        Role::Select | Role::Imply => "by",
        _ => "of",
    }
}

/// What Kconfig says of a cell, in words.
fn state(cell: Option<&Cell>) -> String {
    let Some(cell) = cell else {
        return "nothing".to_owned();
    };
    match (cell.state, &cell.condition) {
        ("conditional", Some(condition)) => condition.clone(),
        ("never", _) => "no".to_owned(),
        (state, _) => state.to_owned(),
    }
}

/// The status in the table, in words.
fn status(cell: Option<&Cell>) -> &str {
    let documented = cell.and_then(|cell| cell.documented.as_ref());
    documented.map_or("no row", |documented| &documented.status)
}

fn paint(options: &Options, style: Style, text: &str) -> String {
    if options.color && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

fn table(page: &Page, options: &Options) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "from {} to {}\n", page.old, page.new);
    for (archs, word) in [
        (&page.architectures.gone, "was removed"),
        (&page.architectures.new, "is new"),
    ] {
        for arch in archs {
            let title = format!("architecture {arch} {word}");
            let _ = writeln!(out, "{}", paint(options, BOLD, &title));
            let has = |cell: &Changed| {
                let one = cell.new.as_ref().or(cell.old.as_ref());
                cell.arch == *arch && one.is_some_and(|cell| cell.actual == "yes")
            };
            let names: Vec<&str> = page
                .features
                .iter()
                .filter(|feature| feature.cells.iter().any(has))
                .map(|feature| &*feature.name)
                .collect();
            if !names.is_empty() {
                wrapped(&mut out, "  has ", &names, options.width);
            }
            out.push('\n');
        }
    }
    let (mut cells, mut features) = (0, 0);
    for feature in &page.features {
        let is_told = |cell: &Changed| {
            page.architectures.gone.contains(&cell.arch)
                || page.architectures.new.contains(&cell.arch)
        };
        let changed: Vec<&Changed> = feature.cells.iter().filter(|cell| !is_told(cell)).collect();
        let has_other_terms = feature.kconfig_old != feature.kconfig_new;
        if changed.is_empty() && !has_other_terms {
            continue;
        }
        features += 1;
        cells += changed.len();
        of_feature(feature, &changed, options, &mut out);
    }
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let _ = match cells + features {
        0 => writeln!(out, "no cell changed"),
        _ => writeln!(
            out,
            "{} of {} changed",
            plural(cells, "cell"),
            plural(features, "feature")
        ),
    };
    out
}

/// A feature, with the cells of it that are shown.
fn of_feature(feature: &Feature, cells: &[&Changed], options: &Options, out: &mut String) {
    let terms = |terms: &Option<Vec<String>>| terms.as_ref().map(|terms| terms.join(" or "));
    let title = match (&feature.kconfig_old, &feature.kconfig_new) {
        (None, new) => format!("is new ({})", terms(new).unwrap_or_default()),
        (old, None) => format!("was removed ({})", terms(old).unwrap_or_default()),
        (old, new) if old != new => format!(
            "({}, before {})",
            terms(new).unwrap_or_default(),
            terms(old).unwrap_or_default()
        ),
        (_, new) => format!("({})", terms(new).unwrap_or_default()),
    };
    let name = format!("{}/{}", feature.subsystem, feature.name);
    let _ = writeln!(out, "{} {title}", paint(options, BOLD, &name));
    // Of a feature that comes or goes, those that do not have it are only named.
    let is_whole = feature.change != "changed";
    let has = |cell: &&&Changed| {
        let one = cell.new.as_ref().or(cell.old.as_ref());
        !is_whole || one.is_some_and(|cell| cell.state != "never")
    };
    for cell in cells.iter().filter(has) {
        let mut parts = Vec::new();
        let is = |aspect: &str| cell.changed.contains(&aspect);
        let (old, new) = (cell.old.as_ref(), cell.new.as_ref());
        if is("actual") || is("condition") {
            parts.push(match feature.change {
                "new" => state(new),
                "gone" => state(old),
                _ => format!("{} -> {}", state(old), state(new)),
            });
        }
        if is("documented") {
            parts.push(match feature.change {
                "new" => format!("table: {}", status(new)),
                "gone" => format!("table: {}", status(old)),
                _ => format!("table: {} -> {}", status(old), status(new)),
            });
        }
        let _ = writeln!(out, "  {}: {}", cell.arch, parts.join("; "));
        for line in &cell.causes {
            // Where a row changes, its new form is enough.
            let is_old_row =
                line.side == Side::Old.word() && new.is_some_and(|of| of.documented.is_some());
            if line.role == "row" && (is_whole || is_old_row) {
                continue;
            }
            let (sign, color) = match line.side == Side::New.word() {
                true => ("+", AnsiColor::Green),
                false => ("-", AnsiColor::Red),
            };
            let _ = writeln!(
                out,
                "    {} {}:{}: {}",
                paint(options, color.on_default(), sign),
                line.place.path,
                line.place.line,
                line.text
            );
            if let Some(commit) = &line.commit {
                let _ = writeln!(out, "      {} (\"{}\")", commit.id, commit.subject);
            }
        }
        if let Some(note) = &cell.note {
            let _ = writeln!(out, "    {note}");
        }
    }
    let others: Vec<&str> = cells
        .iter()
        .filter(|cell| !has(cell))
        .map(|cell| &*cell.arch)
        .collect();
    if !others.is_empty() {
        wrapped(out, "  no: ", &others, options.width);
    }
    out.push('\n');
}

/// Names with commas between, in lines that fit.
fn wrapped(out: &mut String, start: &str, names: &[&str], width: usize) {
    let indent = " ".repeat(start.len());
    let mut line = start.to_owned();
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        if line.len() > indent.len() && line.len() + 1 + name.len() + comma.len() > width.max(40) {
            let _ = writeln!(out, "{line}");
            line.clone_from(&indent);
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        let _ = write!(line, "{name}{comma}");
    }
    let _ = writeln!(out, "{line}");
}

/// The fields of a line of `csv`.
fn fields(feature: &Feature, cell: &Changed) -> [String; 10] {
    let documented = |cell: &Option<Cell>| {
        let documented = cell.as_ref().and_then(|cell| cell.documented.as_ref());
        documented.map_or_else(String::new, |of| of.status.clone())
    };
    let actual = |cell: &Option<Cell>| cell.as_ref().map_or("", |cell| cell.actual).to_owned();
    let condition = |cell: &Option<Cell>| {
        let cell = cell.as_ref();
        cell.and_then(|cell| cell.condition.clone())
            .unwrap_or_default()
    };
    let causes = cell.causes.iter().map(|line| {
        let sign = if line.side == Side::New.word() {
            "+"
        } else {
            "-"
        };
        let mut text = format!(
            "{sign} {}:{}: {}",
            line.place.path, line.place.line, line.text
        );
        if let Some(commit) = &line.commit {
            let _ = write!(text, ", {} (\"{}\")", commit.id, commit.subject);
        }
        text
    });
    let causes: Vec<String> = causes.chain(cell.note.clone()).collect();
    [
        feature.name.clone(),
        cell.arch.clone(),
        cell.changed.join(" "),
        documented(&cell.old),
        documented(&cell.new),
        actual(&cell.old),
        actual(&cell.new),
        condition(&cell.old),
        condition(&cell.new),
        causes.join("; "),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::check::support::verdict::Supported;
    use crate::check::table::between::{Origin, between};
    use crate::report::json::tests::violations;
    use crate::report::matrix::tests::matrix;

    /// From a matrix to one in which `one` got the feature, `three` its row back, and `five` went away.
    fn change() -> Between {
        let old = matrix();
        let mut new = matrix();
        let row = &mut new.features[0];
        row.cells[0].supported = Supported::Yes;
        row.cells[0].condition = Some("NEW, OR".to_owned());
        row.cells[0].evidence[0].condition = Some("NEW".to_owned());
        row.cells[2].documented = None;
        row.cells.pop();
        new.architectures.pop();
        let mut between = between(&old, &new);
        let cells = &mut between.features[0].cells;
        let one = cells.iter_mut().find(|cell| cell.arch == "one").unwrap();
        one.causes[0].origin = Some(Origin {
            commit: "0123456789ab".to_owned(),
            subject: "one: turn <it> on".to_owned(),
        });
        between
    }

    fn shown<'a>(between: &'a Between) -> Change<'a> {
        Change {
            between,
            old: "v1",
            new: "v2",
        }
    }

    fn schema(name: &str) -> Value {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/");
        let text = std::fs::read_to_string(format!("{root}{name}.schema.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn json_is_as_the_schema_says() {
        let between = change();
        let text = shown(&between).json(&Selection::default());
        let value: Value = serde_json::from_str(&text).unwrap();
        let of = schema("between");
        assert_eq!(violations(&of, &of, &value, ""), Vec::<String>::new());
        let cells = value["features"][0]["cells"].as_array().unwrap();
        assert_eq!(cells.len(), 3);
        let of = schema("matrix");
        for side in cells.iter().flat_map(|cell| [&cell["old"], &cell["new"]]) {
            if !side.is_null() {
                let wrong = violations(&of, &of["$defs"]["cell"], side, "");
                assert_eq!(wrong, Vec::<String>::new());
            }
        }
        let yaml = shown(&between).yaml(&Selection::default());
        assert_eq!(value, serde_yaml::from_str::<Value>(&yaml).unwrap());
    }

    #[test]
    fn people_see_cells_lines_and_commits() {
        let between = change();
        let options = Options {
            color: false,
            width: 80,
        };
        let text = shown(&between).table(&Selection::default(), &options);
        for part in [
            "from v1 to v2\n",
            "architecture five was removed\n  has calm\n",
            "vm/calm (HAVE_CALM)\n  one: no -> NEW, OR\n    - arch/two/Kconfig:1: select by TWO if B < C",
            "      0123456789ab (\"one: turn <it> on\")\n    + arch/two/Kconfig:1: select by TWO if NEW",
            "  three: table: .. -> no row\n",
            "\n2 cells of 1 feature changed\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
        let nothing = Between::default();
        let text = shown(&nothing).table(&Selection::default(), &options);
        assert_eq!(text, "from v1 to v2\n\nno cell changed\n");
    }

    #[test]
    fn the_other_formats_have_a_line_for_each_cell() {
        let between = change();
        let csv = shown(&between).csv(&Selection::default());
        assert_eq!(csv.lines().count(), 4, "{csv}");
        assert!(
            csv.contains(
                "calm,one,actual condition,ok,ok,no,yes,,\"NEW, OR\",\"'- arch/two/Kconfig:1"
            ),
            "{csv}"
        );
        let md = shown(&between).md(&Selection::default(), &[]).unwrap();
        assert!(md.contains("Removed architectures: five\n"), "{md}");
        assert!(
            md.contains("| one | ok | ok | no | yes: NEW, OR | − arch/two/"),
            "{md}"
        );
        assert!(md.contains("one: turn &lt;it&gt; on"), "{md}");
        let links = "https://x/{rev}/{path}#{line}".parse().unwrap();
        let all = Selection::default();
        let page = shown(&between).html(&all, Some(&links), Some("index.html"), &[]);
        let page = page.unwrap();
        for part in [
            "<title>Architecture support: from v1 to v2</title>",
            "3 cells of 1 feature changed",
            "Removed architectures: five</p>",
            "<a href=\"https://x/v1/arch/two/Kconfig#1\"",
            "<a href=\"https://x/v2/arch/two/Kconfig#1\"",
            "0123456789ab (\"one: turn &lt;it&gt; on\")",
            "<a href=\"index.html\">all releases</a>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<it>"), "{page}");
        let page = shown(&between).html(&all, None, None, &[]).unwrap();
        assert!(
            !page.contains("://") && !page.contains("all releases"),
            "{page}"
        );
        // A selection counts on either side.
        let only = Selection {
            statuses: vec!["..".to_owned()],
        };
        assert_eq!(shown(&between).csv(&only).lines().count(), 2);
    }
}
