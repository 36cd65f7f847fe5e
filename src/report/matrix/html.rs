//! Owns what the page has besides the cells: what tree it is of, where links lead, and the sums of rows and columns.

use serde::Serialize;

use super::template::{self, TemplateError, TemplateFile};
use super::view::{self, Cell, Feature, Page, visible};
use super::{Matrix, Selection};

/// Describes what the page says of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The release, such as `7.2.13`.
    pub release: String,
    /// The commit, in full, where the tree is one or is checked out.
    pub commit: Option<String>,
    /// The day of the commit, such as `2026-01-31`.
    pub date: Option<String>,
    /// Where places lead.
    pub links: Option<LinkTemplate>,
    /// The address of a page about all releases.
    pub index: Option<String>,
}

/// An address with `{path}`, `{line}`, `{rev}` (the commit, or the tag of the release) and `{tag}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTemplate(String);

/// Addresses of source browsers, by the names that users type.
pub const PRESETS: &[(&str, &str)] = &[
    (
        "elixir",
        "https://elixir.bootlin.com/linux/{tag}/source/{path}#L{line}",
    ),
    (
        "kernel.org",
        "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git/tree/{path}?id={rev}#n{line}",
    ),
    (
        "github",
        "https://github.com/gregkh/linux/blob/{rev}/{path}#L{line}",
    ),
];

impl std::str::FromStr for LinkTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, address)) = PRESETS.iter().find(|(name, _)| *name == text) {
            return Ok(Self((*address).to_owned()));
        }
        let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
        let is_address = ["https://", "http://", "file://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        if !is_address || !text.contains("{path}") {
            return Err(format!(
                "write an address that begins with https:// and has {{path}} in it, or one of: {}",
                names.join(", ")
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl LinkTemplate {
    /// The address of a line in a tree.
    pub(super) fn address(&self, about: &About, path: &str, line: u32) -> String {
        let tag = format!(
            "v{}",
            about.release.strip_suffix(".0").unwrap_or(&about.release)
        );
        let revision = about.commit.as_deref().unwrap_or(&tag);
        self.0
            .replace("{path}", &escaped(path))
            .replace("{line}", &line.to_string())
            .replace("{rev}", &escaped(revision))
            .replace("{tag}", &escaped(&tag))
    }
}

/// A path as part of an address (RFC 3986): all but unreserved characters and `/` as bytes in hexadecimal.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Describes what the template gets.
#[derive(Debug, Serialize)]
pub(super) struct HtmlPage {
    #[serde(flatten)]
    page: Page,
    release: String,
    /// The first twelve digits of the commit.
    commit: Option<String>,
    date: Option<String>,
    index: Option<String>,
    /// All cells that are shown.
    total: Sum,
    /// One for each feature.
    row_sums: Vec<Sum>,
    /// One for each architecture.
    column_sums: Vec<Sum>,
}

/// Describes what cells come to.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Sum {
    cells: usize,
    /// Those with support in some configuration.
    yes: usize,
    /// Those that contradict Kconfig.
    against: usize,
}

impl Sum {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        cells.fold(Self::default(), |sum, cell| Self {
            cells: sum.cells + 1,
            yes: sum.yes + usize::from(cell.actual == "yes"),
            against: sum.against + usize::from(cell.contradicts()),
        })
    }
}

/// A release in the index of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The name shown to the user: a revision or a directory.
    pub name: String,
    /// The release, such as `7.2.13`.
    pub release: String,
    /// The day of its commit, such as `2026-01-31`.
    pub date: Option<String>,
    /// The file of its page.
    pub page: String,
    /// How many features it has.
    pub features: usize,
    /// How many architectures it has.
    pub architectures: usize,
    /// The cells of its matrix.
    pub cells: usize,
    /// Those with support in some configuration.
    pub yes: usize,
    /// Those that contradict Kconfig.
    pub against: usize,
    /// The changes since the previous release.
    pub changes: Option<Changes>,
}

/// Changes since the previous release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// The name of the previous release, as in [`Release::name`].
    pub since: String,
    /// The file of the page.
    pub page: String,
    /// The cells that changed.
    pub cells: usize,
    /// The features that they belong to.
    pub features: usize,
}

/// Describes what the template of the index gets.
#[derive(Debug, Serialize)]
struct Index<'a> {
    kfeat: &'static str,
    releases: &'a [Release],
}

/// The index of a site: a line for each release. `files` are templates of the user, which replace those of the same name
/// (`index.html`).
///
/// # Errors
///
/// A template of the user's is wrong.
pub fn index(releases: &[Release], files: &[TemplateFile]) -> Result<String, TemplateError> {
    let kfeat = env!("CARGO_PKG_VERSION");
    template::render("index.html", &Index { kfeat, releases }, files)
}

/// The cells of a matrix that are shown, those with support, and those that contradict Kconfig.
pub fn counts(matrix: &Matrix, selection: &Selection) -> [usize; 3] {
    let page = view::page(matrix, selection, &str::to_owned);
    let cells = page.features.iter().flat_map(|feature| &feature.cells);
    let sum = Sum::of(cells.flatten());
    [sum.cells, sum.yes, sum.against]
}

/// The page with all that it has besides the cells.
pub(super) fn page(mut page: Page, about: &About) -> HtmlPage {
    let shown = |feature: &Feature| Sum::of(feature.cells.iter().flatten());
    let row_sums: Vec<Sum> = page.features.iter().map(shown).collect();
    let column = |index: usize| {
        let cells = page
            .features
            .iter()
            .map(move |feature| feature.cells.get(index));
        Sum::of(cells.filter_map(|cell| cell?.as_ref()))
    };
    let column_sums: Vec<Sum> = (0..page.architectures.len()).map(column).collect();
    let all = page.features.iter().flat_map(|feature| &feature.cells);
    let total = Sum::of(all.flatten());
    if let Some(links) = &about.links {
        let cells = page
            .features
            .iter_mut()
            .flat_map(|feature| &mut feature.cells);
        for cell in cells.flatten() {
            let of_table = cell.documented.iter_mut().map(|of| &mut of.place);
            let of_evidence = cell.evidence.iter_mut().map(|of| &mut of.place);
            for place in of_table.chain(of_evidence) {
                place.link = Some(links.address(about, &place.path, place.line));
            }
        }
    }
    HtmlPage {
        page,
        release: visible(&about.release),
        commit: about
            .commit
            .as_deref()
            .map(|id| visible(id.get(..12).unwrap_or(id))),
        date: about.date.as_deref().map(visible),
        index: about.index.as_deref().map(visible),
        total,
        row_sums,
        column_sums,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_line_of_the_commit_or_the_tag() {
        let mut about = About {
            release: "7.2.0".to_owned(),
            ..About::default()
        };
        let links: LinkTemplate = "https://x/{rev}/{path}#{line}".parse().unwrap();
        assert_eq!(
            links.address(&about, "mm/a b.c", 3),
            "https://x/v7.2/mm/a%20b.c#3"
        );
        about.commit = Some("abc".to_owned());
        assert_eq!(
            links.address(&about, "mm/Kconfig", 3),
            "https://x/abc/mm/Kconfig#3"
        );
        for (name, _) in PRESETS {
            let links: LinkTemplate = name.parse().unwrap();
            let address = links.address(&about, "mm/Kconfig", 3);
            assert!(
                address.starts_with("https://") && !address.contains('{'),
                "{address}"
            );
            assert!(
                address.contains("mm/Kconfig") && address.ends_with('3'),
                "{address}"
            );
        }
        for wrong in ["", "lxr", "javascript:alert({path})", "https://x/"] {
            let said = wrong.parse::<LinkTemplate>().unwrap_err();
            assert!(said.contains("elixir"), "{said}");
        }
    }
}
