//! Owns what `kfeat feature` writes: the list of features, and drafts of contracts as a spec, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::check::feature::derive::{Candidate, Confidence, Draft};
use crate::diag::Location;
use crate::feature::spec::Spec;

/// The version of the documents' schema.
const SCHEMA: &str = "1.0";

/// A feature of the list.
#[derive(Debug)]
pub struct Listed<'a> {
    /// Its spec.
    pub spec: &'a Spec,
    /// Whether the tree declares its symbol and has its entry header; `None` without a tree.
    pub is_in_tree: Option<bool>,
    /// Whether the tree has its table; `None` without a tree.
    pub has_table: Option<bool>,
}

/// The features, a line each.
pub fn list(features: &[Listed<'_>]) -> String {
    let widest = |width: &dyn Fn(&Listed<'_>) -> usize| features.iter().map(width).max();
    let name = widest(&|listed| listed.spec.name.len()).unwrap_or(0);
    let symbol = widest(&|listed| symbols(listed.spec).len()).unwrap_or(0);
    let mut text = String::new();
    for listed in features {
        let spec = listed.spec;
        let count = spec.hooks.len();
        let hooks = match count {
            1 => "1 hook".to_owned(),
            _ => format!("{count} hooks"),
        };
        let state = match (listed.is_in_tree, listed.has_table) {
            (Some(false), _) => "not in this tree".to_owned(),
            (_, Some(true)) => spec.table_path(),
            (_, Some(false)) => "no table".to_owned(),
            (_, None) => String::new(),
        };
        let (spec_name, symbols) = (&*spec.name, symbols(spec));
        let line = format!("{spec_name:name$}  {symbols:symbol$}  {hooks:>8}  {state}");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn symbols(spec: &Spec) -> String {
    let terms = spec.kconfig.iter().map(ToString::to_string);
    let markers = spec.markers.iter().map(ToString::to_string);
    terms.chain(markers).collect::<Vec<_>>().join(" ")
}

/// A draft as a spec in YAML, with the evidence of each line as a comment. What is not sure is commented out.
pub fn spec(draft: &Draft) -> String {
    let symbol = &draft.symbol;
    let prefixes = [
        "ARCH_HAS_",
        "ARCH_HAVE_",
        "HAVE_ARCH_",
        "ARCH_USE_",
        "HAVE_",
        "ARCH_",
    ];
    let mut bare = prefixes
        .iter()
        .filter_map(|prefix| symbol.strip_prefix(prefix));
    let bare = bare.next().unwrap_or(symbol);
    let name = bare.to_ascii_lowercase().replace('_', "-");
    let mut text = String::new();
    if let Some(declared) = &draft.declared {
        let _ = writeln!(text, "# declared at {declared}");
    }
    let archs = match draft.archs.is_empty() {
        true => "no architecture".to_owned(),
        false => draft.archs.join(", "),
    };
    let _ = writeln!(text, "# selected by {archs}");
    let _ = writeln!(
        text,
        "name: {name}\ntitle: {name}\ndirectory: core/{name}\nkconfig: {symbol}\ndescription: arch supports {name}"
    );
    let Some(entry) = draft.entry_header() else {
        text.push_str("# no generic header stubs or declares a name under this symbol\n");
        return text;
    };
    let is_sure = |candidate: &&Candidate| candidate.confidence() != Confidence::Unsure;
    let sure = draft.candidates.iter().any(|candidate| is_sure(&candidate));
    let off = if sure { "" } else { "# " };
    let _ = writeln!(text, "{off}entry_header: {entry}\n{off}hooks:");
    for candidate in &draft.candidates {
        let what = match candidate.is_stub {
            true => "stubbed without the symbol",
            false => "declared with the symbol",
        };
        let mut evidence = format!(
            "{}: {what} at {}",
            candidate.confidence().word(),
            candidate.generic
        );
        if !candidate.lacking.is_empty() {
            let _ = write!(evidence, "; not found in {}", candidate.lacking.join(", "));
        }
        let off = if is_sure(&candidate) { "" } else { "# " };
        let header = &*candidate.generic.path;
        let _ = match header == entry {
            true => writeln!(text, "  {off}- {}  # {evidence}", candidate.name),
            false => writeln!(
                text,
                "  {off}- {{name: {}, header: {header}}}  # {evidence}",
                candidate.name
            ),
        };
    }
    text
}

/// The names of drafts that look like hooks, a line each.
pub fn names(drafts: &[Draft]) -> String {
    let mut text = String::new();
    let (mut all, mut with_names) = (0, 0);
    let mut by_confidence = [0; 3];
    for draft in drafts {
        with_names += usize::from(!draft.candidates.is_empty());
        for candidate in &draft.candidates {
            all += 1;
            by_confidence[candidate.confidence() as usize] += 1;
            let _ = writeln!(
                text,
                "{}: {} ({}; {} of {} architectures; {})",
                draft.symbol,
                candidate.name,
                candidate.confidence().word(),
                candidate.having.len(),
                candidate.having.len() + candidate.lacking.len(),
                candidate.generic
            );
        }
        if draft.candidates.is_empty() {
            let _ = writeln!(text, "{}: no hook can be derived", draft.symbol);
        }
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let [certain, likely, unsure] = by_confidence;
    let _ = writeln!(
        text,
        "{with_names} symbol{}, {all} name{}: {certain} certain, {likely} likely, {unsure} unsure",
        plural(with_names),
        plural(all)
    );
    text
}

#[derive(Serialize)]
struct Document<T> {
    schema: &'static str,
    kfeat: &'static str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct Features<'a> {
    features: Vec<Feature<'a>>,
}

#[derive(Serialize)]
struct Feature<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    symbols: Vec<String>,
    markers: Vec<&'a str>,
    entry_headers: Vec<&'a str>,
    hooks: Vec<&'a str>,
    wrappers: Vec<&'a str>,
    table: String,
    in_tree: Option<bool>,
    has_table: Option<bool>,
}

/// The list as a document of `docs/schema/feature.schema.json`.
pub fn list_as_json(features: &[Listed<'_>]) -> String {
    fn of_feature<'a>(listed: &Listed<'a>) -> Feature<'a> {
        let spec = listed.spec;
        let headers = spec.entry_header.all().iter();
        Feature {
            name: &spec.name,
            title: &spec.title,
            description: &spec.description,
            symbols: spec.kconfig.iter().map(ToString::to_string).collect(),
            markers: spec.markers.iter().map(|name| &**name).collect(),
            entry_headers: headers.map(|header| &**header).collect(),
            hooks: spec.hooks.iter().map(|hook| &**hook).collect(),
            wrappers: spec.wrappers.iter().map(|name| &**name).collect(),
            table: spec.table_path(),
            in_tree: listed.is_in_tree,
            has_table: listed.has_table,
        }
    }
    let features = features.iter().map(of_feature).collect();
    document(Features { features })
}

#[derive(Serialize)]
struct Drafts<'a> {
    symbols: Vec<Symbol<'a>>,
}

#[derive(Serialize)]
struct Symbol<'a> {
    symbol: &'a str,
    declared: Option<Place<'a>>,
    archs: &'a [String],
    names: Vec<Name<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
    confidence: &'static str,
    stub: bool,
    place: Place<'a>,
    having: &'a [String],
    lacking: &'a [String],
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: u32,
}

impl<'a> Symbol<'a> {
    fn new(draft: &'a Draft) -> Self {
        let name = |candidate: &'a Candidate| Name {
            name: &candidate.name,
            confidence: candidate.confidence().word(),
            stub: candidate.is_stub,
            place: Place::new(&candidate.generic),
            having: &candidate.having,
            lacking: &candidate.lacking,
        };
        Self {
            symbol: &draft.symbol,
            declared: draft.declared.as_ref().map(Place::new),
            archs: &draft.archs,
            names: draft.candidates.iter().map(name).collect(),
        }
    }
}

impl<'a> Place<'a> {
    fn new(location: &'a Location) -> Self {
        Self {
            path: &location.path,
            line: location.line,
        }
    }
}

/// Drafts as a document of `docs/schema/feature.schema.json`.
pub fn drafts_as_json(drafts: &[Draft]) -> String {
    document(Drafts {
        symbols: drafts.iter().map(Symbol::new).collect(),
    })
}

fn document<T: Serialize>(rest: T) -> String {
    let document = Document {
        schema: SCHEMA,
        kfeat: env!("CARGO_PKG_VERSION"),
        rest,
    };
    super::json::written(&document)
}
