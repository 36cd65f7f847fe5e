//! Owns what each line of a file is, as far as compiling it goes.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::cpp::lex::{Kind as TokenKind, Lexer};
use crate::cpp::scan::{Directive, DirectiveKind, File};

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
        Some("rs") => Language::Other("Rust, which kfeat does not analyse"),
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

/// How many `if`s around a line are looked at, from the innermost on.
const MAX_IFS: usize = 100;

/// The conditions of `if`s around a place in the code, while it is read from top to bottom.
#[derive(Default)]
struct Ifs {
    /// For each open brace, whether a condition stands before it.
    braces: Vec<bool>,
    /// The conditions that stand before open braces.
    held: Vec<Arc<str>>,
    /// A condition whose statement has not begun.
    pending: Option<Arc<str>>,
    /// A condition whose statement has no braces.
    single: Option<Arc<str>>,
    /// The condition of a statement that has just ended, for its `else`.
    closed: Option<Arc<str>>,
    /// The condition under which the `else` that was just read runs.
    otherwise: Option<Arc<str>>,
}

impl Ifs {
    fn of_braces(&self) -> Vec<Arc<str>> {
        self.held[self.held.len().saturating_sub(MAX_IFS)..].to_vec()
    }

    fn all(&self) -> Vec<Arc<str>> {
        let own = self.single.as_ref().or(self.pending.as_ref());
        let mut all = self.of_braces();
        all.extend(own.or(self.otherwise.as_ref()).cloned());
        all
    }

    /// Reads one token.
    fn read(&mut self, text: &str) {
        let before = self.closed.take();
        if text != "if"
            && let Some(condition) = self.otherwise.take()
        {
            self.pending = Some(condition);
        }
        match text {
            "if" => {
                self.single = None;
                self.pending = None;
            }
            "else" => {
                self.otherwise = before.as_deref().and_then(negated).map(Arc::from);
                self.single = None;
                self.pending = None;
            }
            "{" => {
                let condition = self.pending.take();
                self.braces.push(condition.is_some());
                self.held.extend(condition);
                self.single = None;
            }
            "}" => {
                let has_condition = self.braces.pop().unwrap_or_default();
                self.closed = has_condition.then(|| self.held.pop()).flatten();
                self.single = None;
                self.pending = None;
            }
            ";" => {
                self.closed = self.single.take().or_else(|| self.pending.take());
                self.pending = None;
            }
            _ => {
                if let Some(condition) = self.pending.take() {
                    self.single = Some(condition);
                }
            }
        }
    }
}

/// For each of the offsets, which ascend, the conditions of `if`s around it that the compiler knows from the configuration: the texts of
/// those that are made of `IS_ENABLED()` and its like. The compiler eliminates the line where one of them is false.
pub fn eliminated(file: &File, offsets: &[u32]) -> Vec<Vec<Arc<str>>> {
    let mut lexer = Lexer::new(&file.text, 0, file.text.len());
    let mut found: Vec<Vec<Arc<str>>> = Vec::with_capacity(offsets.len());
    let mut ifs = Ifs::default();
    let mut after_if = false;
    while let Some(token) = lexer.next()
        && found.len() < offsets.len()
    {
        let text = token.span.of(&file.text);
        while offsets
            .get(found.len())
            .is_some_and(|&of| token.span.start >= of)
        {
            found.push(ifs.all());
        }
        if std::mem::take(&mut after_if) && text == "(" {
            let (start, end) = closing(&mut lexer, &file.text, token.span.end as usize);
            while offsets
                .get(found.len())
                .is_some_and(|&of| end > of as usize)
            {
                found.push(ifs.of_braces());
            }
            let condition = file.text.get(start..end).unwrap_or_default();
            let own = is_configured(condition).then(|| without_comments(condition).into());
            let both: Vec<Arc<str>> = ifs.otherwise.take().into_iter().chain(own).collect();
            ifs.pending = (!both.is_empty()).then(|| both.join(" && ").into());
            continue;
        }
        after_if = text == "if";
        ifs.read(text);
    }
    found.resize(offsets.len(), Vec::new());
    found
}

/// A piece of code in one line, without its comments.
fn without_comments(code: &str) -> String {
    let mut text = String::new();
    let mut rest = code;
    while let Some((before, comment)) = rest.split_once("/*") {
        text.push_str(before);
        text.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
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
    !condition.contains("||") && MACROS.iter().any(|name| condition.contains(name))
}

/// The names of the macros that tell the compiler a symbol's value.
const MACROS: [&str; 4] = ["IS_ENABLED(", "IS_BUILTIN(", "IS_MODULE(", "IS_REACHABLE("];

/// The condition under which the `else` of an `if` is compiled, where its condition is one `IS_ENABLED()` or the like.
fn negated(condition: &str) -> Option<String> {
    let plain = condition.strip_prefix('!').unwrap_or(condition);
    let is_one = MACROS.iter().any(|name| plain.starts_with(name))
        && plain.find(')') == Some(plain.len() - 1);
    is_one.then(|| match condition.strip_prefix('!') {
        Some(plain) => plain.to_owned(),
        None => format!("!{condition}"),
    })
}

/// A value of a symbol for which a line is not eliminated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// The symbol, without `CONFIG_`.
    pub symbol: String,
    /// The macro, with its parenthesis: `IS_ENABLED(`.
    pub macro_name: &'static str,
    /// Whether the macro has to be false.
    pub is_negated: bool,
}

/// Returns what a condition asks of symbols with `IS_ENABLED()` and its like; its other parts are left out.
pub fn tested(condition: &str) -> Vec<Tested> {
    let mut found = Vec::new();
    for part in condition.split("&&") {
        let part = part.trim().trim_start_matches('(').trim_start();
        let plain = part.strip_prefix('!').unwrap_or(part).trim_start();
        let Some(&macro_name) = MACROS.iter().find(|name| plain.starts_with(**name)) else {
            continue;
        };
        let rest = &plain[macro_name.len()..];
        let end = rest.find(')').unwrap_or(rest.len());
        if let Some(symbol) = rest[..end].trim().strip_prefix("CONFIG_") {
            found.push(Tested {
                symbol: symbol.to_owned(),
                macro_name,
                is_negated: plain.len() != part.len(),
            });
        }
    }
    found
}

/// A branch of a conditional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The line where it begins, counted from 1.
    pub line: usize,
    /// The offset after its directive.
    pub start: u32,
    /// Its directive, for `#else` and `#elif` with the one that opens the conditional.
    pub text: String,
    /// The branch around it, as an index.
    outer: Option<usize>,
}

/// The branches of a file.
#[derive(Clone, Debug, Default)]
pub struct Branches {
    all: Vec<Branch>,
    /// From which offset on which branch is the innermost one, in ascending order.
    starts: Vec<(u32, Option<usize>)>,
}

impl Branches {
    /// Of a file.
    pub fn new(file: &File) -> Self {
        let text = |directive: &Directive| {
            let text = directive.span.of(&file.text).replace("\\\n", " ");
            let text = text.split("/*").next().unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            format!("`{}`", words.join(" "))
        };
        let mut found = Self::default();
        // For each open conditional its first directive, that one's line, and the branch that is read.
        let mut open: Vec<(&Directive, usize, usize)> = Vec::new();
        let (mut line, mut counted) = (1, 0);
        for directive in &file.directives {
            let start = directive.span.start as usize;
            line += memchr::memchr_iter(b'\n', &file.text.as_bytes()[counted..start]).count();
            counted = start;
            let number = found.all.len();
            let told = match directive.kind {
                DirectiveKind::If(_) => {
                    open.push((directive, line, number));
                    text(directive)
                }
                DirectiveKind::Elif(_) | DirectiveKind::Else => match open.last_mut() {
                    Some((opening, at, current)) => {
                        *current = number;
                        format!("{} of {} in line {at}", text(directive), text(opening))
                    }
                    None => continue,
                },
                DirectiveKind::Endif => {
                    open.pop();
                    let innermost = open.last().map(|&(_, _, branch)| branch);
                    found.starts.push((directive.span.end, innermost));
                    continue;
                }
                _ => continue,
            };
            let outer = open.len().checked_sub(2).map(|outer| open[outer].2);
            found.all.push(Branch {
                line,
                start: directive.span.end,
                text: told,
                outer,
            });
            found.starts.push((directive.span.end, Some(number)));
        }
        found
    }

    /// The branches around an offset, the innermost first.
    pub fn around(&self, offset: u32) -> impl Iterator<Item = &Branch> {
        let before = self.starts.partition_point(|&(start, _)| start <= offset);
        let innermost = before.checked_sub(1).and_then(|last| self.starts[last].1);
        let branch = |index: Option<usize>| self.all.get(index?);
        std::iter::successors(branch(innermost), move |inner| branch(inner.outer))
    }
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
        let of = |needle: &str| -> Vec<String> {
            let found = eliminated(&file(text), &[text.find(needle).unwrap() as u32]);
            found[0].iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("one"), ["IS_ENABLED(CONFIG_A) && x"]);
        assert_eq!(of("two"), ["IS_ENABLED(CONFIG_A) && x"]);
        assert_eq!(of("three"), [""; 0]);
        assert_eq!(of("four"), ["IS_ENABLED(CONFIG_B)"]);
        assert_eq!(of("five"), [""; 0]);
        assert_eq!(of("six"), [""; 0]);
        let symbols = |condition: &str| -> Vec<(String, bool)> {
            let tested = tested(condition).into_iter();
            tested.map(|t| (t.symbol, t.is_negated)).collect()
        };
        assert_eq!(
            symbols("IS_ENABLED(CONFIG_A) && x && !IS_MODULE(CONFIG_B)"),
            [("A".to_owned(), false), ("B".to_owned(), true)]
        );
    }

    #[test]
    fn else_is_the_opposite() {
        let text = "void f(void)\n{\n\tif (IS_ENABLED(CONFIG_A) /* a */) { // b\n\t\tone();\n\t} else {\n\t\ttwo();\n\t}\n\tthree();\n\tif (!IS_ENABLED(CONFIG_B))\n\t\tfour();\n\telse\n\t\tfive();\n\tsix();\n\tif (x)\n\t\tseven();\n\telse if (IS_ENABLED(CONFIG_C) && y)\n\t\teight();\n\telse\n\t\tnine();\n}\n";
        let of = |needle: &str| -> Vec<String> {
            let found = eliminated(&file(text), &[text.find(needle).unwrap() as u32]);
            found[0].iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("one"), ["IS_ENABLED(CONFIG_A)"]);
        assert_eq!(of("two"), ["!IS_ENABLED(CONFIG_A)"]);
        assert_eq!(of("three"), [""; 0]);
        assert_eq!(of("four"), ["!IS_ENABLED(CONFIG_B)"]);
        assert_eq!(of("five"), ["IS_ENABLED(CONFIG_B)"]);
        for needle in ["six", "seven", "nine"] {
            assert_eq!(of(needle), [""; 0]);
        }
        assert_eq!(of("eight"), ["IS_ENABLED(CONFIG_C) && y"]);
    }

    #[test]
    fn conditionals_around_a_line_are_named() {
        let text = "#ifdef A\n#if 0\nint a;\n#else\nint b;\n#endif\nint c;\n#endif\nint d;\n";
        let of = |needle: &str| {
            let branches = Branches::new(&file(text));
            let found = branches.around(text.find(needle).unwrap() as u32);
            let told = |branch: &Branch| format!("{}: {}", branch.line, branch.text);
            found.map(told).collect::<Vec<_>>()
        };
        assert_eq!(of("int a"), ["2: `#if 0`", "1: `#ifdef A`"]);
        assert_eq!(
            of("int b"),
            ["4: `#else` of `#if 0` in line 2", "1: `#ifdef A`"]
        );
        assert_eq!(of("int c"), ["1: `#ifdef A`"]);
        assert!(of("int d").is_empty());
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
