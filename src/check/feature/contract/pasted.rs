//! Owns names that macros of an architecture paste together with `##`: whether one of them may make the name of a hook.
//!
//! The templates of all macros are collected, with those that follow from macros that invoke them. A name is made where an invocation
//! has the arguments for it. A macro whose name is handed on to another one may be invoked with anything.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::check::error::CheckError;
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::is_code;
use crate::cpp::lex::{Kind, Lexer, Token};
use crate::cpp::occurrence::made;
use crate::cpp::scan::{DirectiveKind, File};

/// How many macros may invoke each other on the way to a name.
const MAX_STEPS: usize = 4;

/// How much of a name has to be known, in bytes, where the rest is not.
const MIN_WORD: usize = 3;

/// How many arguments `__VA_ARGS__` may stand for.
const MAX_ARGUMENTS: usize = 8;

/// How many templates are kept; with more of them the name counts as made.
const MAX_TEMPLATES: usize = 4_096;

/// A part of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Word(Box<str>),
    /// The argument with this index.
    Argument(usize),
    /// Anything.
    Any,
}

/// The name that an invocation of a macro makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Template {
    /// The macro, and the file that defines it.
    name: Box<str>,
    path: Box<str>,
    parts: Vec<Part>,
}

impl Template {
    /// Whether some arguments make the name.
    fn can_make(&self, name: &str) -> bool {
        self.parts.len() > 1 && matches(&self.parts, name)
    }

    /// The name that the arguments make, as parts.
    fn with(&self, arguments: &[Vec<Part>]) -> Vec<Part> {
        let mut made = Vec::new();
        for part in &self.parts {
            match part {
                Part::Argument(index) => match arguments.get(*index) {
                    Some(argument) => made.extend(argument.iter().cloned()),
                    None => made.push(Part::Any),
                },
                part => made.push(part.clone()),
            }
        }
        made
    }
}

/// Whether the parts make the name for some values of what is not a word.
fn matches(parts: &[Part], name: &str) -> bool {
    match parts.split_first() {
        None => name.is_empty(),
        Some((Part::Word(word), rest)) => name
            .strip_prefix(&**word)
            .is_some_and(|name| matches(rest, name)),
        Some((_, rest)) => {
            (0..=name.len()).any(|at| name.is_char_boundary(at) && matches(rest, &name[at..]))
        }
    }
}

/// Whether a macro of the architecture's code below `own` may paste the name together.
///
/// # Errors
///
/// The tree cannot be read.
pub(super) fn is_pasted(cache: &Cache<'_>, own: &str, name: &str) -> Result<bool, CheckError> {
    let paths = cache.tree().walk(own, &is_code)?;
    let mut templates: Vec<Template> = Vec::new();
    for file in files(cache, &paths, &["##"])? {
        templates.extend(pasting(&file.file).filter(|template| template.can_make(name)));
    }
    let mut known: FxHashSet<Template> = templates.iter().cloned().collect();
    for _ in 0..MAX_STEPS {
        if templates.is_empty() {
            return Ok(false);
        }
        let names: Vec<&str> = templates.iter().map(|template| &*template.name).collect();
        let mut next = Vec::new();
        for file in files(cache, &paths, &names)? {
            if makes(&file.file, &templates, name, &mut next) {
                return Ok(true);
            }
        }
        next.retain(|template| known.insert(template.clone()));
        if known.len() > MAX_TEMPLATES {
            return Ok(true);
        }
        templates = next;
    }
    Ok(templates
        .iter()
        .any(|template| says_something(&template.parts, false)))
}

/// Whether some of a name is known; anything pasted to anything says nothing about it.
fn says_something(parts: &[Part], with_arguments: bool) -> bool {
    parts.iter().any(|part| match part {
        Part::Word(word) => word.len() >= MIN_WORD,
        Part::Argument(_) => with_arguments,
        Part::Any => false,
    })
}

/// The files that hold one of some texts.
///
/// # Errors
///
/// The tree cannot be read.
pub(super) fn files(
    cache: &Cache<'_>,
    paths: &[String],
    texts: &[&str],
) -> Result<Vec<Arc<Indexed>>, CheckError> {
    let wanted = cache.wanted(texts);
    let mut files = Vec::new();
    for path in paths {
        if cache.holds(path, &wanted)? {
            files.extend(cache.file(path));
        }
    }
    Ok(files)
}

/// The names that the macros of a file paste together.
fn pasting(file: &File) -> impl Iterator<Item = Template> + '_ {
    file.directives.iter().flat_map(|directive| {
        let mut found = Vec::new();
        if let DirectiveKind::Define {
            name,
            parameters: Some(parameters),
            body,
        } = &directive.kind
        {
            let parameters = split(parameters.of(&file.text));
            let tokens: Vec<Token> =
                Lexer::new(&file.text, body.start as usize, body.end as usize).collect();
            let mut index = 0;
            while index < tokens.len() {
                let (parts, behind) = pasted(&file.text, &tokens, index, &parameters);
                if parts.len() > 1 {
                    found.push(Template {
                        name: name.of(&file.text).into(),
                        path: (*file.path).into(),
                        parts,
                    });
                }
                index = behind;
            }
        }
        found
    })
}

/// The parameters of a macro.
fn split(parameters: &str) -> Vec<&str> {
    parameters.split(',').map(str::trim).collect()
}

/// The name that begins at a token, with what `##` pastes to it, and the index of the next token.
fn pasted(text: &str, tokens: &[Token], index: usize, parameters: &[&str]) -> (Vec<Part>, usize) {
    let (parts, behind) = made::name(text, tokens, index, parameters);
    let parts = parts.into_iter().map(|part| match part {
        made::Part::Argument(index) => Part::Argument(index),
        made::Part::Word("__VA_ARGS__") => Part::Any,
        made::Part::Word(word) => Part::Word(word.into()),
    });
    (parts.collect(), behind)
}

/// Whether the file invokes one of the macros so that the name is made. Invocations in other macros, whose arguments are not known yet,
/// are added to `next`.
fn makes(file: &File, templates: &[Template], name: &str, next: &mut Vec<Template>) -> bool {
    let text = &*file.text;
    let of_names: FxHashSet<&str> = templates.iter().map(|template| &*template.name).collect();
    // Two files may have different macros of one name.
    let own: FxHashSet<&str> = file
        .directives
        .iter()
        .filter_map(|directive| match &directive.kind {
            DirectiveKind::Define { name, .. } => Some(name.of(text)),
            _ => None,
        })
        .filter(|name| of_names.contains(name))
        .collect();
    let tokens: Vec<Token> = Lexer::new(text, 0, text.len()).collect();
    for (index, token) in tokens.iter().enumerate() {
        let word = token.span.of(text);
        if token.kind != Kind::Identifier || !of_names.contains(word) {
            continue;
        }
        let at = token.span.start;
        let mut parameters = Vec::new();
        let mut outer = None;
        match file.directive_at(at).map(|directive| &directive.kind) {
            Some(DirectiveKind::Define {
                name,
                parameters: of,
                ..
            }) => {
                if name.start == at {
                    continue;
                }
                outer = Some(name.of(text));
                parameters = of.map_or_else(Vec::new, |of| split(of.of(text)));
            }
            Some(_) => continue,
            None => {}
        }
        let arguments = match tokens.get(index + 1) {
            Some(open) if open.is(b'(') => arguments(text, &tokens, index + 1, &parameters),
            // Handed on by its name, it may be invoked with anything.
            _ => Vec::new(),
        };
        let known = templates.iter().filter(|template| {
            *template.name == *word && (template.path[..] == file.path[..] || !own.contains(word))
        });
        for template in known {
            let parts = template.with(&arguments);
            if !matches(&parts, name) {
                continue;
            }
            if !says_something(&parts, outer.is_some()) {
                continue;
            }
            match outer {
                Some(outer) if parts.iter().any(|part| matches!(part, Part::Argument(_))) => {
                    next.push(Template {
                        name: outer.into(),
                        path: (*file.path).into(),
                        parts,
                    });
                }
                _ => return true,
            }
        }
    }
    false
}

/// The arguments of an invocation whose parenthesis stands at `open`, each as the name that it makes; anything where it makes none.
fn arguments(text: &str, tokens: &[Token], open: usize, parameters: &[&str]) -> Vec<Vec<Part>> {
    let mut found: Vec<Vec<Part>> = Vec::new();
    let (mut depth, mut start) = (0usize, open + 1);
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(b'(') || token.is(b'[') || token.is(b'{') {
            depth += 1;
        }
        let closes = token.is(b')') || token.is(b']') || token.is(b'}');
        if depth == 1 && (closes || token.is(b',')) {
            let own = &tokens[start..index];
            let rest = parameters.iter().position(|parameter| *parameter == "...");
            match (own, rest) {
                ([], _) => found.push(Vec::new()),
                ([one], Some(rest)) if one.span.of(text) == "__VA_ARGS__" => {
                    let rest =
                        (rest..rest + MAX_ARGUMENTS).map(|index| vec![Part::Argument(index)]);
                    found.extend(rest);
                }
                _ => {
                    let (parts, behind) = pasted(text, own, 0, parameters);
                    found.push(match behind == own.len() {
                        true => parts,
                        false => vec![Part::Any],
                    });
                }
            }
            start = index + 1;
        }
        if closes {
            depth -= 1;
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_made(text: &str, name: &str) -> bool {
        let file = File::parse("a.h".into(), text);
        let mut templates: Vec<Template> = pasting(&file)
            .filter(|template| template.can_make(name))
            .collect();
        for _ in 0..MAX_STEPS {
            let mut next = Vec::new();
            if makes(&file, &templates, name, &mut next) {
                return true;
            }
            templates = next;
        }
        false
    }

    #[test]
    fn an_invocation_with_the_arguments_makes_the_name() {
        for text in [
            "#define F(x) int x##_hook(void)\nF(my);\n",
            "#define F(x) int my##_##x(void)\nF( hook );\n",
            "#define F(x, y) int x##_##y(void)\nF(my, hook);\n",
            "#define F(x) int x##_hook(void)\n#define G(y) F(y)\nG(my);\n",
            "#define F(x) int x##_hook(void)\n#define G(y) F(m##y)\nG(y);\n",
            "#define F(x) int x##_hook(void)\n#define G F(my)\n",
            "#define F(x) int x##_hook(void)\nEACH(F)\n",
            "#define F(x, ...) int x##_hook(void)\nF(my, 1, 2);\n",
            "#define F(t, x) t x##_hook(void)\n#define G(...) F(__VA_ARGS__)\nG(int, my);\n",
        ] {
            assert!(is_made(text, "my_hook"), "{text}");
        }
    }

    #[test]
    fn other_arguments_do_not() {
        for text in [
            "#define F(x) int x##_hook(void)\nF(your);\nint my;\n",
            "#define F(x) int x##_hook(void)\n",
            "#define F(x) int x##_hook(void)\n#define G(y) F(y##r)\nG(my);\n",
            "#define F(x) int x##_book(void)\nF(my);\n",
            "#define F(x) x\nF(my_hook)\n",
            "#define F(x, y) int x##y(void)\nF((1), (2));\n",
            "#define F(t, x) t x##_hook(void)\n#define G(...) F(__VA_ARGS__)\nG(my, int);\n",
        ] {
            assert!(!is_made(text, "my_hook"), "{text}");
        }
    }
}
