//! Owns where C and Rust files and makefiles name Kconfig symbols: the words of their code that may be such a name.
//!
//! It must not know which symbols there are.

mod assembler;
mod rust;

use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::cpp::is_code;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Span, Token, is_word};
use crate::cpp::scan::{DirectiveKind, File};
use crate::diag::{Lines, Location};
use crate::kconfig::sources::is_named_kconfig;

/// The macros that ask for a symbol by the name of its macro.
const QUESTIONS: [&str; 4] = ["IS_ENABLED", "IS_REACHABLE", "IS_BUILTIN", "IS_MODULE"];

/// The prefix of a symbol's name in C and in makefiles.
pub(in crate::check) const PREFIX: &str = "CONFIG_";

/// Programs that are not the kernel, and texts about it.
const OTHERS: [&str; 4] = ["Documentation/", "tools/", "scripts/", "LICENSES/"];

/// A name in C or in a makefile.
#[derive(Clone, Debug)]
pub(in crate::check) struct Word {
    /// As it is written.
    pub text: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it is what `IS_ENABLED()` or a macro like it is given.
    pub is_asked: bool,
    /// Whether a slip would go unnoticed: a conditional or a macro that asks takes a name that nothing defines for one that is off. A
    /// name in other code has to be defined for the file to compile, for example as the field of a register.
    pub is_tested: bool,
    /// Whether a macro of another name is given it, which may ask for it, as `ALTERNATIVE()` of riscv does.
    pub is_argument: bool,
}

impl Word {
    /// Whether something takes it for the name of a symbol, or may.
    pub fn asks(&self) -> bool {
        self.is_tested || self.is_argument
    }
}

/// The names in a C file, a Rust file or a makefile that may be those of symbols.
pub(in crate::check) fn words(path: &Arc<str>, text: &str) -> Vec<Word> {
    if is_rust(path) {
        return in_rust(path, text);
    }
    if !is_code(path) {
        return in_makefile(path, text);
    }
    let file = File::parse(path.clone(), text);
    let mut words = Vec::new();
    let parameters = |at: u32| {
        let around = file
            .directives
            .iter()
            .find(|directive| (directive.span.start..directive.span.end).contains(&at));
        match around.map(|directive| &directive.kind) {
            Some(DirectiveKind::Define {
                parameters: Some(span),
                ..
            }) => span.of(&file.text),
            _ => "",
        }
    };
    let is_directive = |at: u32| {
        file.directives.iter().any(|directive| {
            (directive.span.start..directive.span.end).contains(&at)
                && matches!(
                    directive.kind,
                    DirectiveKind::If(_) | DirectiveKind::Elif(_)
                )
        })
    };
    let tokens: Vec<Token> = Lexer::new(&file.text, 0, file.text.len()).collect();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Identifier {
            continue;
        }
        let name = token.span.of(&file.text);
        // `##` on one of both sides makes another name of it.
        let is_pasting = |at: usize| {
            let pair = [tokens.get(at), tokens.get(at.wrapping_add(1))];
            pair.iter()
                .all(|token| token.is_some_and(|token| token.is(b'#')))
        };
        let is_pasted = is_pasting(index + 1) || index >= 2 && is_pasting(index - 2);
        let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
        let is_asked = before(1).is_some_and(|token| token.is(b'('))
            && before(2).is_some_and(|token| QUESTIONS.contains(&token.span.of(&file.text)))
            && tokens.get(index + 1).is_some_and(|token| token.is(b')'));
        let has_prefix = name.starts_with(PREFIX) && name.len() > PREFIX.len();
        let is_tested = is_asked || is_directive(token.span.start);
        let is_slip = name.contains("ONFIG_") && is_directive(token.span.start);
        if is_pasted || !(has_prefix || is_asked || is_slip) {
            continue;
        }
        if path.ends_with(".S") && assembler::is_in_comment(path, &file.text, token.span.start) {
            continue;
        }
        let mut of_macro =
            parameters(token.span.start).split(|c: char| !c.is_alphanumeric() && c != '_');
        if of_macro.any(|parameter| parameter == name) {
            continue;
        }
        words.push(Word {
            text: name.to_owned(),
            location: file.location(Span::new(
                token.span.start as usize,
                token.span.end as usize,
            )),
            is_asked,
            is_tested,
            is_argument: !is_tested && is_argument(&file.text, &tokens, index),
        });
    }
    // A name that the file defines or undefines itself is a macro of its own.
    let own: BTreeSet<&str> = file
        .directives
        .iter()
        .filter_map(|directive| match &directive.kind {
            DirectiveKind::Define { name, .. } => Some(name.of(&file.text)),
            _ => None,
        })
        .collect();
    words.retain(|word| !own.contains(&*word.text));
    words
}

/// Parts of the names of macros that ask for a symbol which they are given. Most others take what has to be defined, such as the field of
/// a register.
const ASKING: [&str; 2] = ["ENABLED", "ALTERNATIVE"];

/// Whether a token is the whole of one argument of a macro that asks for a symbol.
fn is_argument(text: &str, tokens: &[Token], index: usize) -> bool {
    /// How far the name of the macro may be, in tokens.
    const MOST: usize = 200;
    let is_next = |bytes: [u8; 2]| {
        let next = tokens.get(index + 1);
        next.is_some_and(|token| bytes.iter().any(|&byte| token.is(byte)))
    };
    let before = &tokens[index.saturating_sub(MOST)..index];
    let is_first = |token: &&Token| token.is(b'(') || token.is(b',');
    if !is_next([b',', b')']) || before.last().filter(is_first).is_none() {
        return false;
    }
    let mut depth = 0usize;
    let open = before.iter().rposition(|token| {
        if token.is(b')') {
            depth += 1;
        } else if token.is(b'(') {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    });
    let name = open.and_then(|open| before.get(open.checked_sub(1)?));
    name.is_some_and(|name| {
        let name = name.span.of(text);
        name == "__is_defined" || ASKING.iter().any(|part| name.contains(part))
    })
}

/// The names with the prefix in the conditions of a Rust file.
fn in_rust(path: &Arc<str>, text: &str) -> Vec<Word> {
    let lines = Lines::new(text.as_bytes());
    let places = rust::places(text, PREFIX).into_iter();
    let word = |(start, end): (usize, usize)| Word {
        text: text[start..end].to_owned(),
        location: lines.location(path.clone(), start as u32, end as u32),
        is_asked: false,
        is_tested: true,
        is_argument: false,
    };
    places.map(word).collect()
}

/// The names with the prefix in a makefile, without its comments.
fn in_makefile(path: &Arc<str>, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let places = Lines::new(text.as_bytes());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        for (at, _) in code.match_indices(PREFIX) {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (before, rest) = (&code[..at], &code[at + PREFIX.len()..]);
            let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            let after = &rest[length..];
            // A make variable of this prefix is only followed where it is asked for as one, or tested.
            let is_asked_for = before.ends_with("$(") && after.starts_with([')', ':'])
                || before.ends_with("${") && after.starts_with(['}', ':']);
            let is_tested = matches!(
                before.split_ascii_whitespace().collect::<Vec<_>>()[..],
                ["ifdef" | "ifndef"] | ["else", "ifdef" | "ifndef"]
            ) && after.trim().is_empty();
            let is_name = length > 0 && !before.ends_with(is_word) && &rest[..length] != "SHELL";
            if !is_name || !(is_asked_for || is_tested) {
                continue;
            }
            let end = at + PREFIX.len() + length;
            let (from, to) = ((start + at) as u32, (start + end) as u32);
            words.push(Word {
                text: code[at..end].to_owned(),
                location: places.location(path.clone(), from, to),
                is_asked: false,
                is_tested: true,
                is_argument: false,
            });
        }
        start += line.len();
    }
    words
}

/// How a file defines a name of its own, which is not that of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Definition {
    /// By `#define`, or `-D` or `--cfg` on a command line.
    Macro,
    /// By an assignment in a makefile, which only makefiles see.
    Variable,
}

/// Calls `found` with each name in such a file that begins with the prefix, comments and strings included: without the
/// prefix, and with how the file defines it there. `finder` looks for the prefix.
pub(in crate::check) fn each_prefixed(
    path: &str,
    text: &[u8],
    finder: &Finder<'_>,
    found: &mut dyn FnMut(&str, Option<Definition>),
) {
    for at in finder.find_iter(text) {
        let before = &text[..at];
        // `-DCONFIG_X` on a command line.
        let is_whole = !before.last().is_some_and(|&byte| is_word(byte)) || before.ends_with(b"-D");
        if !is_whole {
            continue;
        }
        let rest = &text[at + PREFIX.len()..];
        let length = rest.iter().position(|&byte| !is_word(byte));
        let (name, rest) = rest.split_at(length.unwrap_or(rest.len()));
        let name = String::from_utf8_lossy(name);
        let words = before.trim_ascii_end();
        let defines: [&[u8]; 4] = [b"define", b"-D", b"--cfg", b"--cfg="];
        let definition = if defines.iter().any(|word| words.ends_with(word)) {
            Some(Definition::Macro)
        } else if is_makefile(path) && is_assigned(before, rest) {
            Some(Definition::Variable)
        } else {
            None
        };
        found(&name, definition);
    }
}

/// Whether a makefile assigns to the variable between two parts of its text.
fn is_assigned(before: &[u8], after: &[u8]) -> bool {
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let mut words = before[line_start..].split(u8::is_ascii_whitespace);
    let modifiers: [&[u8]; 4] = [b"", b"export", b"override", b"private"];
    let is_modifier = |word: &[u8]| modifiers.contains(&word);
    let after = after.trim_ascii_start();
    let operators: [&[u8]; 7] = [b"=", b":=", b"::=", b":::=", b"?=", b"+=", b"!="];
    words.all(is_modifier) && operators.iter().any(|operator| after.starts_with(operator))
}

/// Whether a file is a C file, a Rust file or a makefile of the kernel itself, other than one that only git or an editor reads.
pub(in crate::check) fn is_code_of_kernel(path: &str) -> bool {
    is_of_kernel(path) && !path.starts_with('.') && !is_named_kconfig(path)
}

/// Whether a file is one of Rust.
fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

/// Whether a file that names symbols is a makefile.
pub(in crate::check) fn is_makefile(path: &str) -> bool {
    !is_code(path) && !is_rust(path) && !is_named_kconfig(path)
}

/// Whether a file can name symbols.
pub(in crate::check) fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_code(path)
        || is_rust(path)
        || is_named_kconfig(path)
        || name.starts_with("Makefile")
        || name.starts_with("Kbuild")
}

/// Whether a file is one of these and belongs to the kernel itself.
pub(in crate::check) fn is_of_kernel(path: &str) -> bool {
    // The makefiles of kbuild stand among the programs.
    let is_other = || OTHERS.iter().any(|other| path.starts_with(other));
    is_read(path) && (path.starts_with("scripts/Makefile") || !is_other())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str, text: &str) -> Vec<String> {
        words(&Arc::from(path), text)
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn names_stand_in_code() {
        let text = "#ifdef CONFIG_A\n/* CONFIG_B */\n#define CONFIG_C 1\nint x = CONFIG_C + IS_ENABLED(D);\n\
            char *s = \"CONFIG_E\";\n#define f(opt) IS_ENABLED(opt)\n#define g(x) CONFIG_##x\n#if defined(CCONFIG_F)\n#endif\n#endif\n";
        assert_eq!(names("a.c", text), ["CONFIG_A", "D", "CCONFIG_F"]);
        let text = "IF_ENABLED(CONFIG_A, x);\nf(CONFIG_B);\nALTERNATIVE(\"n\", g(0), CONFIG_C)\n__is_defined(CONFIG_D)\n\
            enum { CONFIG_E, CONFIG_F };\nFIELD_PREP(CONFIG_G, 1);\nIF_ENABLED(CONFIG_H + 1)\n\
            #define P_ENABLED(CONFIG_I) X_ENABLED(CONFIG_I)\n";
        let words = words(&Arc::from("a.c"), text);
        let arguments = words.into_iter().filter(|word| word.is_argument);
        let arguments: Vec<String> = arguments.map(|word| word.text).collect();
        assert_eq!(arguments, ["CONFIG_A", "CONFIG_C", "CONFIG_D"]);
        let text = "obj-$(CONFIG_A) += a.o # CONFIG_B\nX := $(KCONFIG_C) $(CONFIG_SHELL)\nifdef CONFIG_D\nifeq ($(CONFIG_E:m=y),y)\n\
            else ifndef CONFIG_F # CONFIG_G\nobj-${CONFIG_H} += h.o\nifdef CONFIG_$(X)\n\techo ifdef CONFIG_I\nX := CONFIG_J\n";
        assert_eq!(
            names("Makefile", text),
            ["CONFIG_A", "CONFIG_D", "CONFIG_E", "CONFIG_F", "CONFIG_H"]
        );
    }

    #[test]
    fn files_define_names_of_their_own() {
        let defined = |path: &str, text: &str| {
            let mut defined = Vec::new();
            let finder = Finder::new(PREFIX);
            each_prefixed(path, text.as_bytes(), &finder, &mut |name, definition| {
                defined.extend(definition.map(|how| (name.to_owned(), how)));
            });
            defined
        };
        let macro_ = |name: &str| (name.to_owned(), Definition::Macro);
        let variable = |name: &str| (name.to_owned(), Definition::Variable);
        let text = "# define CONFIG_A 1\n#ifdef CONFIG_B\nint x = CONFIG_C;\nCONFIG_D = 1;\n";
        assert_eq!(defined("a.c", text), [macro_("A")]);
        let text = "ccflags-y += -DCONFIG_A=1 -D CONFIG_B\nCONFIG_C := y\n\texport CONFIG_D ?= $(CONFIG_E:=x)\n\
            # CONFIG_F = y\nifdef CONFIG_G\nobj-$(CONFIG_H) = x.o\n";
        assert_eq!(
            defined("Makefile", text),
            [macro_("A"), macro_("B"), variable("C"), variable("D")]
        );
    }
}
