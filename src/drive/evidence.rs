//! Owns the proof that a compiled file holds the feature: what the preprocessor left of it. A configuration that asks for the
//! feature and a build that passes do not tell, and neither do the dependencies that kbuild notes: they name the symbol where
//! it is off, too.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::cpp::condition::Conditions;
use crate::cpp::occurrence::{Kind, Occurrence};
use crate::cpp::scan::File;
use crate::disk;
use crate::feature::spec::Spec;
use crate::limits::FILE_SIZE;

use super::candidates::Through;

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
    let (own, header) = (part(root, source, text), part(root, entry, text));
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

/// How often a file with the text `original` uses a hook of the spec in a line that is compiled and no longer names it: there the hook is a
/// macro. `text` is what the preprocessor left, as for [`seen`].
pub fn expanded(spec: &Spec, root: &Path, source: &str, (original, text): (&str, &str)) -> usize {
    let mut compiled: FxHashMap<u32, String> = FxHashMap::default();
    for (number, line) in lines_of(root, source, text) {
        if !line.trim().is_empty() {
            compiled.entry(number).or_default().push_str(line);
        }
    }
    let names: Vec<&str> = spec.hooks.iter().map(|name| &**name).collect();
    let file = File::parse(source.into(), original);
    let lines: Vec<&str> = original.lines().collect();
    let places = file.occurrences(&names, &mut Conditions::new());
    let uses = places.iter().filter(|place| place.kind == Kind::Use);
    uses.filter(|place| {
        let line = place.location.line;
        // The compiler puts the arguments of a macro on the line in which it begins.
        for first in (line.saturating_sub(MAX_ARGUMENTS)..=line).rev() {
            if let Some(text) = compiled.get(&first) {
                return !calls(text, &place.name);
            }
            let above = (first as usize).checked_sub(2);
            let above = above.and_then(|index| lines.get(index));
            if !above.is_some_and(|line| line.trim_end().ends_with([',', '('])) {
                return false;
            }
        }
        false
    })
    .count()
}

/// How often a file calls functions of headers that use a hook of the spec, where one of these headers has a use that is compiled. `text` is
/// what the preprocessor left, as for [`seen`].
pub fn through(spec: &Spec, root: &Path, source: &str, text: &str, functions: &[Through]) -> usize {
    let hooks: Vec<&str> = spec.hooks.iter().map(|name| &**name).collect();
    let names: Vec<&str> = functions.iter().map(|of| &*of.name).collect();
    let mut headers: Vec<&str> = functions.iter().map(|of| &*of.header).collect();
    headers.sort_unstable();
    headers.dedup();
    let is_compiled = |header: &&str| {
        let part = File::parse((*header).into(), part(root, header, text));
        let mut places = part.occurrences(&hooks, &mut Conditions::new()).into_iter();
        let in_function = |place: &Occurrence| place.kind == Kind::Use && place.within.is_some();
        places.any(|place| in_function(&place))
            || disk::read(&root.join(header), &FILE_SIZE).is_ok_and(|original| {
                let original = String::from_utf8_lossy(&original);
                expanded(spec, root, header, (&original, text)) > 0
            })
    };
    if !headers.iter().any(is_compiled) {
        return 0;
    }
    let own = File::parse(source.into(), part(root, source, text));
    let places = own.occurrences(&names, &mut Conditions::new());
    places
        .iter()
        .filter(|place| place.kind == Kind::Use)
        .count()
}

/// The lines of a preprocessed text that come from one file, each with its number there.
fn lines_of<'t>(root: &Path, of: &str, text: &'t str) -> impl Iterator<Item = (u32, &'t str)> {
    let prefix = format!("{}/", root.display());
    let (mut is_of, mut next) = (false, 0u32);
    text.lines().filter_map(move |line| {
        if let Some((number, path)) = marker(line) {
            let path = path.strip_prefix(&*prefix).unwrap_or(path);
            is_of = path.trim_start_matches("./") == of;
            next = number;
            return None;
        }
        let number = next;
        next = next.saturating_add(1);
        is_of.then_some((number, line))
    })
}

/// The same as one text.
fn part(root: &Path, of: &str, text: &str) -> String {
    let lines = lines_of(root, of, text);
    lines.flat_map(|(_, line)| [line, "\n"]).collect()
}

/// How many lines above its arguments a macro may begin.
const MAX_ARGUMENTS: u32 = 3;

/// The number that a line marker of the preprocessor gives the next line, and the file that it names: `# 12 "path" 1 3`.
fn marker(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.strip_prefix("# ")?.split_once(" \"")?;
    Some((number.parse().ok()?, rest.rsplit_once('"')?.0))
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
    use crate::feature::name::Identifier;

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
    fn a_macro_leaves_a_line_without_its_name() {
        let spec = Spec::parse("s.yaml", SPEC).unwrap();
        let count = |original: &str, own: &str| {
            let text = format!(
                "# 1 \"/tree/include/linux/small.h\" 1\nint x;\n# 1 \"/tree/mm/a.c\" 2\n{own}\n"
            );
            expanded(&spec, Path::new("/tree"), "mm/a.c", (original, &text))
        };
        let call = "void f(void)\n{\n\tarch_small_on();\n}\n";
        assert_eq!(count(call, "void f(void)\n{\n\t(cpu.on);\n}"), 1);
        // A function is called by its name, and what is left out is not compiled.
        assert_eq!(count(call, call), 0);
        assert_eq!(count(call, "void f(void)\n{\n\n}"), 0);
        let guarded = "void f(void)\n{\n#ifdef A\n\tarch_small_on();\n#endif\n}\n";
        assert_eq!(count(guarded, "void f(void)\n{\n\n\n\n}"), 0);
        let in_macro = "void f(void)\n{\n\tmax(1,\n\t    arch_small_on());\n}\n";
        assert_eq!(
            count(
                in_macro,
                "void f(void)\n{\n\t(1 > (on) ? 1 : (on))\n           ;\n}"
            ),
            1
        );
    }

    #[test]
    fn a_function_of_a_header_shows_the_hook_that_it_uses() {
        let spec = Spec::parse("s.yaml", SPEC).unwrap();
        let functions = [Through {
            name: Identifier::new("is_small").unwrap(),
            header: "include/linux/is.h".into(),
        }];
        let count = |header: &str, own: &str| {
            let text = format!(
                "# 1 \"/tree/include/linux/is.h\" 1\n{header}\n# 2 \"/tree/mm/a.c\" 2\n{own}\n"
            );
            through(&spec, Path::new("/tree"), "mm/a.c", &text, &functions)
        };
        let with = "static inline int is_small(void)\n{\n return arch_small_on();\n}";
        let without = "static inline int is_small(void)\n{\n return 0;\n}";
        let own = "int f(void)\n{\n return is_small() + is_small();\n}";
        assert_eq!(count(with, own), 2);
        assert_eq!(count(without, own), 0);
        assert_eq!(count(with, "int f(void);"), 0);
        assert_eq!(count("int arch_small_on(void);", own), 0);
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
