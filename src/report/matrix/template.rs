//! Owns the templates: those that are built in, those of the user that replace them, and what is said where one is wrong.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, ErrorKind, Kwargs, State, Tera, Value};
use thiserror::Error;

use crate::limits::TEMPLATE_OUTPUT;

/// The templates that are built in, by their names.
const BUILT_IN: &[(&str, &str)] = &[
    (
        "matrix.html",
        include_str!("../../../templates/matrix.html"),
    ),
    (
        "between.html",
        include_str!("../../../templates/between.html"),
    ),
    ("between.md", include_str!("../../../templates/between.md")),
    ("index.html", include_str!("../../../templates/index.html")),
    (
        "colours.css",
        include_str!("../../../templates/colours.css"),
    ),
    ("head.html", include_str!("../../../templates/head.html")),
    ("page.css", include_str!("../../../templates/page.css")),
    ("matrix.md", include_str!("../../../templates/matrix.md")),
    ("matrix.rst", include_str!("../../../templates/matrix.rst")),
    (
        "matrix-arch.rst",
        include_str!("../../../templates/matrix-arch.rst"),
    ),
    (
        "matrix-feature.rst",
        include_str!("../../../templates/matrix-feature.rst"),
    ),
];

/// The widest that a template may have something filled up to, in characters.
const MAX_WIDTH: usize = 100_000;

/// A template of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFile {
    /// The name by which templates refer to it; it replaces a built-in one of the same name.
    pub name: String,
    /// Where it lies, as errors name it.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A template that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {message}")]
pub struct TemplateError {
    /// The file with line and column, as far as they are known.
    pub place: String,
    /// Holds what is wrong.
    pub message: String,
}

/// Renders the template called `name`. Texts are escaped where that name, or that of a template it includes, ends with `.html`.
///
/// # Errors
///
/// A template has a mistake, or asks for something that the page does not have.
pub(super) fn render(
    name: &str,
    page: &impl Serialize,
    files: &[TemplateFile],
) -> Result<String, TemplateError> {
    let mut tera = Tera::new();
    tera.register_filter("md", |text: String, _: Kwargs, _: &State| markdown(&text));
    tera.register_filter("rule", |text: String, _: Kwargs, _: &State| {
        "=".repeat(text.chars().count())
    });
    tera.register_filter("times", |text: String, arguments: Kwargs, _: &State| {
        let count: usize = arguments.must_get("count")?;
        tera::TeraResult::Ok(text.repeat(count.min(MAX_WIDTH)))
    });
    tera.register_filter("pad", |text: String, arguments: Kwargs, _: &State| {
        let width: usize = arguments.must_get("to")?;
        let missing = width.min(MAX_WIDTH).saturating_sub(text.chars().count());
        tera::TeraResult::Ok(text + &" ".repeat(missing))
    });
    tera.register_filter("code", |text: String, _: Kwargs, _: &State| {
        Value::safe_string(&html_with_code(&text))
    });
    let built_in = BUILT_IN
        .iter()
        .filter(|(name, _)| files.iter().all(|file| file.name != *name))
        .copied();
    let of_user = files.iter().map(|file| (&*file.name, &*file.text));
    let mut made = Page::default();
    let result = tera
        .add_raw_templates(built_in.chain(of_user))
        .and_then(|()| Context::from_serialize(page))
        .and_then(|context| tera.render_to(name, &context, &mut made));
    let paths: HashMap<&str, &str> = files
        .iter()
        .map(|file| (&*file.name, &*file.path))
        .collect();
    if made.is_full {
        return Err(TemplateError {
            place: paths.get(name).map_or(name, |path| path).to_owned(),
            message: TEMPLATE_OUTPUT.reached("the page").to_string(),
        });
    }
    result.map_err(|error| explain(name, &error, &paths))?;
    // The engine writes only text.
    Ok(String::from_utf8_lossy(&made.bytes).into_owned())
}

/// A page that is being made, up to the limit.
#[derive(Debug, Default)]
struct Page {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.bytes.len() as u64 + bytes.len() as u64;
        if length > TEMPLATE_OUTPUT.get() {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the mistake is, and what it is.
fn explain(name: &str, error: &tera::Error, paths: &HashMap<&str, &str>) -> TemplateError {
    let path = |name: &str| paths.get(name).map_or(name, |path| path).to_owned();
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            TemplateError {
                place: format!(
                    "{}:{}:{}",
                    path(report.filename()),
                    span.start_line,
                    span.start_col + 1
                ),
                message: report.message().to_owned(),
            }
        }
        ErrorKind::MissingParent { current, .. } => TemplateError {
            place: path(current),
            message: error.to_string(),
        },
        ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => {
            TemplateError {
                place: path(tpl),
                message: error.to_string(),
            }
        }
        _ => {
            // An unknown filter, function or test is reported as text that shows the place, possibly several places.
            let text = error.to_string();
            let mut lines = text.lines();
            let first = lines.next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
            let shown = lines.find_map(|line| line.trim_start().strip_prefix("--> "));
            let place = shown.and_then(|shown| {
                let (file, place) = shown.split_once(':')?;
                Some(format!("{}:{place}", path(file)))
            });
            TemplateError {
                place: place.unwrap_or_else(|| path(name)),
                message,
            }
        }
    }
}

/// A text in which names may stand between backticks, in parts: each with whether it is such a name.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let backticks = text.matches('`').count();
    // Where a backtick has no partner, or nothing stands between two of them, all of them mean themselves.
    let is_paired = backticks.is_multiple_of(2) && !text.contains("``");
    let separator = move |character: char| is_paired && character == '`';
    text.split(separator)
        .enumerate()
        .map(|(index, part)| (index % 2 == 1, part))
        .filter(|(_, part)| !part.is_empty())
}

/// A text as HTML, what stands between backticks as code.
fn html_with_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (is_code, part) in parts(text) {
        out.push_str(if is_code { "<code>" } else { "" });
        for character in part.chars() {
            match character {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                _ => out.push(character),
            }
        }
        out.push_str(if is_code { "</code>" } else { "" });
    }
    out
}

/// A text that stands in a cell of a Markdown table and means nothing there but itself; only what stands between backticks is
/// code there, too.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (is_code, part) in parts(text) {
        if is_code {
            // Within code only the bar means something, as it ends the cell.
            out.push('`');
            out.push_str(&part.replace('|', "\\|"));
            out.push('`');
            continue;
        }
        for character in part.chars() {
            match character {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                    out.push('\\');
                    out.push(character);
                }
                _ => out.push(character),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_backticks_are_code() {
        let text = "`A_B` is <never> on: `C || D` & \"E\"";
        assert_eq!(
            html_with_code(text),
            "<code>A_B</code> is &lt;never&gt; on: <code>C || D</code> &amp; &quot;E&quot;"
        );
        assert_eq!(
            markdown(text),
            "`A_B` is &lt;never&gt; on: `C \\|\\| D` &amp; \"E\""
        );
        assert_eq!(html_with_code("`<b>`"), "<code>&lt;b&gt;</code>");
    }

    #[test]
    fn a_backtick_without_partner_means_itself() {
        assert_eq!(html_with_code("a`b"), "a`b");
        assert_eq!(markdown("a`b_c``"), "a\\`b\\_c\\`\\`");
        assert_eq!(html_with_code("a``b"), "a``b");
    }
}
