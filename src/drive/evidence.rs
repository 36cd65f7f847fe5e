//! Owns the proof that a compiled file holds the feature: what the preprocessor left of it. A configuration that asks for the
//! feature and a build that passes do not tell, and neither do the dependencies that kbuild notes: they name the symbol where
//! it is off, too.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cpp::condition::Conditions;
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::File;
use crate::feature::spec::Spec;

/// Describes what the wrappers are in one preprocessed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// They call the hooks.
    Hooks,
    /// They are the fallbacks for architectures without the feature.
    Fallback,
    /// They are not there: nothing that the file includes leads to them.
    Absent,
}

impl Layer {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Layer::Hooks => "hooks",
            Layer::Fallback => "fallback",
            Layer::Absent => "absent",
        }
    }
}

/// Describes what a preprocessed file shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Holds what the wrappers are.
    pub layer: Layer,
    /// The hooks that wrappers call, in the order of the spec.
    pub hooks: Vec<String>,
    /// How often the file itself calls a wrapper or a hook.
    pub sites: usize,
}

/// Reads the preprocessed text `text` of the file `source`. Paths in it may begin with that of the tree, `root`.
pub fn seen(spec: &Spec, root: &Path, source: &str, text: &str) -> Seen {
    let entry = spec.entry_header.as_deref().unwrap_or_default();
    let prefix = format!("{}/", root.display());
    let (mut own, mut header) = (String::new(), String::new());
    let mut current = "";
    for line in text.lines() {
        if let Some(path) = marker(line) {
            let path = path.strip_prefix(&*prefix).unwrap_or(path);
            current = path.trim_start_matches("./");
        } else if current == source {
            own.push_str(line);
            own.push('\n');
        } else if current == entry {
            header.push_str(line);
            header.push('\n');
        }
    }
    let wrappers: Vec<&str> = spec.wrappers.iter().map(|name| &**name).collect();
    let header = File::parse(entry.into(), header);
    let bodies: Vec<&str> = header
        .occurrences(&wrappers, &mut Conditions::new())
        .into_iter()
        .filter(|place| matches!(place.kind, Kind::Inline { .. } | Kind::Function { .. }))
        .filter_map(|place| place.body)
        .map(|body| body.of(&header.text))
        .collect();
    let hooks: Vec<String> = spec
        .hooks
        .iter()
        .filter(|hook| bodies.iter().any(|body| calls(body, hook)))
        .map(ToString::to_string)
        .collect();
    let names: Vec<&str> = wrappers
        .iter()
        .copied()
        .chain(spec.hooks.iter().map(|name| &**name))
        .collect();
    let own = File::parse(source.into(), own);
    let sites = own
        .occurrences(&names, &mut Conditions::new())
        .into_iter()
        .filter(|place| place.kind == Kind::Use)
        .count();
    Seen {
        layer: match (bodies.is_empty(), hooks.is_empty()) {
            (true, _) => Layer::Absent,
            (false, true) => Layer::Fallback,
            (false, false) => Layer::Hooks,
        },
        hooks,
        sites,
    }
}

/// The file that a line marker of the preprocessor names: `# 12 "path" 1 3`.
fn marker(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# ")?;
    let (number, rest) = rest.split_once(" \"")?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(rest.rsplit_once('"')?.0)
}

/// Whether a text calls a function: its name as a word of its own, and a parenthesis.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].bytes().next_back();
        let after = text[at + name.len()..].trim_start();
        !before.is_some_and(crate::cpp::lex::is_word) && after.starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "\
name: small
title: small feature
directory: vm/small
kconfig: HAS_SMALL
description: arch is small
entry_header: include/linux/small.h
hooks: [arch_small_on, arch_small_off]
wrappers: [small_on, small_off]
";

    fn of(header: &str, own: &str) -> Seen {
        let spec = Spec::parse("s.yaml", SPEC).unwrap();
        let text = format!(
            "# 0 \"/tree/mm/a.c\"\n# 1 \"/tree/include/linux/small.h\" 1\n{header}\n# 3 \"/tree/mm/a.c\" 2\n{own}\n"
        );
        seen(&spec, Path::new("/tree"), "mm/a.c", &text)
    }

    #[test]
    fn wrappers_that_call_hooks_are_told_from_fallbacks() {
        let on = "static inline void small_on(void)\n{\n if (x) arch_small_on();\n}";
        let seen = of(on, "void f(void)\n{\n small_on();\n g(small_on ());\n}");
        assert_eq!((seen.layer, seen.sites), (Layer::Hooks, 2));
        assert_eq!(seen.hooks, ["arch_small_on"]);
        let off = "static inline void small_on(void) {}\nvoid my_arch_small_on(void);";
        assert_eq!(of(off, "").layer, Layer::Fallback);
        assert_eq!(of("", "int x;").layer, Layer::Absent);
    }
}
