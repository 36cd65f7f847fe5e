//! Owns what each line of a file is, as far as compiling it goes.

use rustc_hash::FxHashMap;

use crate::cpp::lex::{Kind as TokenKind, Lexer};
use crate::cpp::scan::{DirectiveKind, File};

/// The kind of file that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// C source.
    C,
    /// Assembler source that the preprocessor reads.
    Assembler,
    /// A header, or C that other files include.
    Header,
    /// A Kconfig file.
    Kconfig,
    /// A makefile of kbuild.
    Makefile,
    /// Not compiled: why.
    Other(&'static str),
}

/// The kind of the file at `path`.
pub fn language(path: &str) -> Language {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let top = path.split('/').next().unwrap_or_default();
    match top {
        "Documentation" => return Language::Other("documentation"),
        "tools" => return Language::Other("a tool, which its own makefiles build"),
        "scripts" => return Language::Other("a script or program of the build"),
        "LICENSES" => return Language::Other("a license"),
        _ => {}
    }
    if name.starts_with("Kconfig") {
        return Language::Kconfig;
    }
    if matches!(name, "Makefile" | "Kbuild" | "Platform") || name.starts_with("Makefile.") {
        return Language::Makefile;
    }
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("c") => Language::C,
        Some("S") => Language::Assembler,
        Some("h") => Language::Header,
        Some("rs") => Language::Other("Rust, which kfeat does not follow"),
        Some("dts" | "dtsi" | "dtso") => Language::Other("a device tree, which `dtc` compiles"),
        Some("rst" | "txt" | "yaml" | "md") => Language::Other("documentation"),
        _ if name == "MAINTAINERS" || name == "CREDITS" => Language::Other("documentation"),
        _ if name.ends_with("defconfig") || name.ends_with(".config") => {
            Language::Other("a configuration")
        }
        _ => Language::Other("not C, assembler, Kconfig or a makefile"),
    }
}

/// The kind of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Blank.
    Blank,
    /// A comment alone.
    Comment,
    /// Code: the offset of its first token.
    Code(u32),
    /// A directive that the preprocessor reads: the offset where its condition counts.
    Directive(u32),
    /// `#error`: a build that reaches it stops.
    Error,
}

/// Classifies lines of a C or assembler file; lines past its end are blank.
pub fn classify(file: &File, numbers: &[u32], is_assembler: bool) -> Vec<What> {
    let text = file.text.as_bytes();
    let mut starts = vec![0usize];
    starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
    let line_of = |offset: usize| starts.partition_point(|&start| start <= offset);
    // The first token of each line.
    let mut tokens: FxHashMap<usize, (u32, bool)> = FxHashMap::default();
    let lexer = Lexer::new(&file.text, 0, text.len());
    for token in lexer {
        let line = line_of(token.span.start as usize);
        let last = line_of(
            (token.span.end as usize)
                .saturating_sub(1)
                .max(token.span.start as usize),
        );
        for line in line..=last {
            let is_hash = token.kind == TokenKind::Punctuation(b'#');
            tokens.entry(line).or_insert((token.span.start, is_hash));
        }
    }
    // Where the condition of each directive counts: for the parts of a conditional that is where it begins.
    let mut directives: Vec<(usize, usize, u32)> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for directive in &file.directives {
        let (start, end) = (directive.span.start, directive.span.end);
        let counts = match directive.kind {
            DirectiveKind::If(_) => {
                open.push(start);
                start
            }
            DirectiveKind::Elif(_) | DirectiveKind::Else => open.last().copied().unwrap_or(start),
            DirectiveKind::Endif => open.pop().unwrap_or(start),
            _ => start,
        };
        let last = (end as usize).saturating_sub(1).max(start as usize);
        directives.push((line_of(start as usize), line_of(last), counts));
    }
    numbers
        .iter()
        .map(|&number| {
            let number = number as usize;
            let at = directives.partition_point(|&(first, ..)| first <= number);
            if let Some(&(_, last, counts)) = at.checked_sub(1).and_then(|at| directives.get(at))
                && number <= last
            {
                return What::Directive(counts);
            }
            let start = starts.get(number.wrapping_sub(1)).copied();
            let raw = start
                .and_then(|start| file.text.get(start..))
                .unwrap_or_default();
            let raw = raw.lines().next().unwrap_or_default();
            match tokens.get(&number) {
                Some((_, true))
                    if raw
                        .trim_start()
                        .trim_start_matches('#')
                        .trim_start()
                        .starts_with("error") =>
                {
                    What::Error
                }
                Some(&(offset, _)) => {
                    // Assemblers have comments of their own.
                    let is_comment =
                        is_assembler && raw.trim_start().starts_with(['@', ';', '!', '|']);
                    if is_comment {
                        What::Comment
                    } else {
                        What::Code(offset)
                    }
                }
                None if raw.trim().is_empty() => What::Blank,
                None => What::Comment,
            }
        })
        .collect()
}

/// The conditions of `if`s around a line that the compiler knows from the configuration: the texts of those that are made of
/// `IS_ENABLED()` and its like. The compiler eliminates the line where one of them is false.
pub fn eliminated(file: &File, offset: u32) -> Vec<String> {
    let mut lexer = Lexer::new(&file.text, 0, file.text.len());
    // For each open brace the condition before it.
    let mut braces: Vec<Option<String>> = Vec::new();
    // A condition whose statement has not begun, and one whose statement has no braces.
    let mut pending: Option<String> = None;
    let mut single: Option<String> = None;
    let mut after_if = false;
    while let Some(token) = lexer.next() {
        let text = token.span.of(&file.text);
        if token.span.start >= offset {
            let mut found: Vec<String> = braces.into_iter().flatten().collect();
            found.extend(single.or(pending));
            return found;
        }
        if after_if {
            after_if = false;
            if text == "(" {
                let (start, end) = closing(&mut lexer, &file.text, token.span.end as usize);
                if end > offset as usize {
                    return braces.into_iter().flatten().collect();
                }
                let condition = file.text.get(start..end).unwrap_or_default();
                pending = is_configured(condition)
                    .then(|| condition.split_whitespace().collect::<Vec<_>>().join(" "));
                continue;
            }
        }
        match text {
            "if" => {
                after_if = true;
                single = None;
                pending = None;
            }
            "{" => {
                braces.push(pending.take());
                single = None;
            }
            "}" => {
                braces.pop();
                single = None;
                pending = None;
            }
            ";" => {
                single = None;
                pending = None;
            }
            _ => {
                if let Some(condition) = pending.take() {
                    single = Some(condition);
                }
            }
        }
    }
    Vec::new()
}

/// Reads to the parenthesis that closes; the place of what stands before it.
fn closing(lexer: &mut Lexer<'_>, text: &str, start: usize) -> (usize, usize) {
    let mut depth = 1usize;
    for token in lexer.by_ref() {
        match token.span.of(text) {
            "(" => depth += 1,
            ")" => {
                depth -= 1;
                if depth == 0 {
                    return (start, token.span.start as usize);
                }
            }
            _ => {}
        }
    }
    (start, text.len())
}

/// Whether a condition can only be true where a symbol has some value: one of its conjuncts is `IS_ENABLED(…)` or the like.
fn is_configured(condition: &str) -> bool {
    !condition.contains("||")
        && ["IS_ENABLED(", "IS_BUILTIN(", "IS_MODULE(", "IS_REACHABLE("]
            .iter()
            .any(|name| condition.contains(name))
}

/// The symbols that `IS_ENABLED()` names in a condition, without `CONFIG_`; negated ones are left out.
pub fn symbols_of(condition: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in condition.split("&&") {
        let part = part.trim().trim_start_matches('(');
        for name in ["IS_ENABLED(CONFIG_", "IS_BUILTIN(CONFIG_"] {
            if let Some(rest) = part.strip_prefix(name) {
                let end = rest.find(')').unwrap_or(rest.len());
                found.push(rest[..end].trim().to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File::parse("a.c".into(), text)
    }

    #[test]
    fn lines_are_told_apart() {
        let text = "/* a\n * b */\n\nint a; /* c */\n#ifdef X\n#define Y \\\n\t1\n#else\n#error no\n#endif\nint b(int c,\n      int d);\n// e\n";
        let what = classify(
            &file(text),
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 40],
            false,
        );
        let at = |needle: &str| text.find(needle).unwrap() as u32;
        assert_eq!(
            what,
            [
                What::Comment,
                What::Comment,
                What::Blank,
                What::Code(at("int a")),
                What::Directive(at("#ifdef")),
                What::Directive(at("#define")),
                What::Directive(at("#define")),
                What::Directive(at("#ifdef")),
                What::Error,
                What::Directive(at("#ifdef")),
                What::Code(at("int d")),
                What::Comment,
                What::Blank,
            ]
        );
    }

    #[test]
    fn branches_that_the_compiler_eliminates_are_seen() {
        let text = "void f(void)\n{\n\tif (IS_ENABLED(CONFIG_A) && x) {\n\t\tone();\n\t\tif (y)\n\t\t\ttwo();\n\t}\n\tthree();\n\tif (IS_ENABLED(CONFIG_B))\n\t\tfour();\n\tfive();\n\tif (IS_ENABLED(CONFIG_C) || z)\n\t\tsix();\n}\n";
        let of = |needle: &str| eliminated(&file(text), text.find(needle).unwrap() as u32);
        assert_eq!(of("one"), ["IS_ENABLED(CONFIG_A) && x"]);
        assert_eq!(of("two"), ["IS_ENABLED(CONFIG_A) && x"]);
        assert_eq!(of("three"), [""; 0]);
        assert_eq!(of("four"), ["IS_ENABLED(CONFIG_B)"]);
        assert_eq!(of("five"), [""; 0]);
        assert_eq!(of("six"), [""; 0]);
        assert_eq!(symbols_of("IS_ENABLED(CONFIG_A) && x"), ["A"]);
    }

    #[test]
    fn files_are_told_apart() {
        assert_eq!(language("mm/memory.c"), Language::C);
        assert_eq!(language("drivers/x/Kconfig.debug"), Language::Kconfig);
        assert_eq!(language("arch/x86/Makefile"), Language::Makefile);
        assert!(matches!(language("tools/perf/a.c"), Language::Other(_)));
        assert!(matches!(
            language("Documentation/a.rst"),
            Language::Other(_)
        ));
    }
}
