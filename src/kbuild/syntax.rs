//! Owns the statements of a makefile: one text, split into assignments, conditionals and includes. Nothing is expanded.
//!
//! Reading never fails: what is no statement that lists of objects need (recipes, most rules) is left out. Source of the
//! syntax: the manual of GNU make 4.4, chapters "Conditional Parts of Makefiles" and "How to Use Variables".

use std::borrow::Cow;

/// How an assignment assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`: the text is expanded where the variable is used.
    Recursive,
    /// `:=` and `::=`: the text is expanded at once.
    Simple,
    /// `+=`
    Append,
    /// `?=`: only where nothing is assigned yet.
    Default,
    /// `!=`: the output of a command.
    Shell,
}

/// The test of a conditional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `ifeq`, or with `false` `ifneq`: the two texts.
    Equal(String, String, bool),
    /// `ifdef`, or with `false` `ifndef`: the name.
    Defined(String, bool),
    /// A test that cannot be read.
    Unreadable,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An assignment: the name, how, and the text.
    Assign(String, Operator, String),
    /// The begin of a conditional.
    If(Test),
    /// `else`, with another test or none.
    Else(Option<Test>),
    /// `endif`
    Endif,
    /// `include`: the words that name files.
    Include(String),
    /// Text that is expanded for what it does, such as `$(eval …)`.
    Expand(String),
    /// `export`: the names.
    Export(String),
    /// The prerequisites of a rule, where objects are among them.
    Prerequisites(String),
    /// `$(build)=DIRECTORY`, which runs the makefile of a directory from a recipe.
    Enter(String),
}

/// A statement and the line that it begins on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its kind.
    pub kind: Kind,
    /// The line.
    pub line: u32,
}

/// The statements of a text, in its order.
pub fn parse(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut lines = Logical {
        text,
        at: 0,
        line: 1,
    };
    // Whether lines with a tab before them are a recipe.
    let mut is_in_rule = false;
    while let Some((line, raw)) = lines.next() {
        let mut add = |kind| statements.push(Statement { kind, line });
        for directory in entered(&raw) {
            add(Kind::Enter(directory.to_owned()));
        }
        // A recipe: make hands it to a shell.
        if is_in_rule && raw.starts_with('\t') && !is_conditional(raw.trim_start()) {
            continue;
        }
        let joined = without_comment(&raw);
        let text = joined.trim();
        let (word, rest) = split_word(text);
        if !text.is_empty() && !is_conditional(text) {
            is_in_rule = false;
        }
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => add(Kind::If(test(word, rest))),
            "else" => {
                let (next, rest) = split_word(rest);
                add(Kind::Else(match next {
                    "ifeq" | "ifneq" | "ifdef" | "ifndef" => Some(test(next, rest)),
                    _ => None,
                }));
            }
            "endif" => add(Kind::Endif),
            "include" | "-include" | "sinclude" => add(Kind::Include(rest.to_owned())),
            "define" => {
                let (name, _) = split_word(rest);
                let name = name.to_owned();
                let mut body = String::new();
                let mut depth = 1;
                while let Some((_, raw)) = lines.next() {
                    match split_word(raw.trim()).0 {
                        "define" => depth += 1,
                        "endef" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    body.push_str(&raw);
                    body.push('\n');
                }
                add(Kind::Assign(name, Operator::Recursive, body));
            }
            "export" | "override" | "private" => match assignment(rest) {
                Some((name, operator, value)) => {
                    if word == "export" {
                        add(Kind::Export(name.clone()));
                    }
                    add(Kind::Assign(name, operator, value));
                }
                None if word == "export" => add(Kind::Export(rest.to_owned())),
                None => {}
            },
            _ => {
                if let Some((name, operator, value)) = assignment(text) {
                    add(Kind::Assign(name, operator, value));
                } else if text.starts_with("$(") && text.contains("eval") {
                    add(Kind::Expand(text.to_owned()));
                } else if let Some(prerequisites) = rule(text) {
                    is_in_rule = true;
                    let has_objects = [".o", "obj", "OBJ"]
                        .iter()
                        .any(|part| prerequisites.contains(part));
                    if has_objects && !prerequisites.contains('=') {
                        add(Kind::Prerequisites(prerequisites.to_owned()));
                    }
                }
            }
        }
    }
    statements
}

/// The text after the colon of a rule, without its recipe; `None` where a line is no rule.
fn rule(text: &str) -> Option<&str> {
    let rest = text[colon(text)?..].trim_start_matches(':');
    Some(rest.split(';').next().unwrap_or_default())
}

/// Where the first colon outside of parentheses and braces is.
pub fn colon(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Lines with those that a backslash joins.
struct Logical<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl Logical<'_> {
    fn next(&mut self) -> Option<(u32, String)> {
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        let mut joined = String::new();
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let end = rest.find('\n').unwrap_or(rest.len());
            let one = rest[..end].trim_end_matches('\r');
            self.at += end + 1;
            self.line += 1;
            match one.strip_suffix('\\') {
                Some(before) if !before.ends_with('\\') => {
                    joined.push_str(before.trim_end());
                    joined.push(' ');
                    // A continuation begins after its blanks.
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                    self.at += blanks;
                }
                _ => {
                    joined.push_str(one);
                    break;
                }
            }
        }
        Some((line, joined))
    }
}

/// The text before a comment: a `#` that no backslash precedes. Inside `$(…)` make takes it for a comment, too.
fn without_comment(line: &str) -> Cow<'_, str> {
    if !line.contains('#') {
        return Cow::Borrowed(line);
    }
    let mut found = String::new();
    let mut before = ' ';
    for letter in line.chars() {
        if letter == '#' {
            if before != '\\' {
                break;
            }
            found.pop();
        }
        found.push(letter);
        before = letter;
    }
    Cow::Owned(found)
}

fn is_conditional(text: &str) -> bool {
    let word = split_word(text).0;
    matches!(
        word,
        "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif"
    )
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text
        .find(|letter: char| letter.is_whitespace() || letter == '(' && text.starts_with("if"))
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn test(word: &str, rest: &str) -> Test {
    let rest = rest.trim();
    match word {
        "ifdef" | "ifndef" => Test::Defined(rest.to_owned(), word == "ifdef"),
        _ => match pair(rest) {
            Some((left, right)) => Test::Equal(left, right, word == "ifeq"),
            None => Test::Unreadable,
        },
    }
}

/// The two texts of `(a,b)`, `"a" "b"` or `'a' 'b'`.
fn pair(text: &str) -> Option<(String, String)> {
    if let Some(inner) = text.strip_prefix('(') {
        let mut depth = 0usize;
        let mut comma = None;
        for (at, letter) in inner.char_indices() {
            match letter {
                '(' | '{' => depth += 1,
                ')' | '}' if depth == 0 => {
                    let comma: usize = comma?;
                    let left = inner[..comma].trim_end().to_owned();
                    return Some((left, inner[comma + 1..at].trim_start().to_owned()));
                }
                ')' | '}' => depth -= 1,
                ',' if depth == 0 && comma.is_none() => comma = Some(at),
                _ => {}
            }
        }
        return None;
    }
    let quote = text
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (left, rest) = text[1..].split_once(quote)?;
    let rest = rest.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (right, _) = rest[1..].split_once(quote)?;
    Some((left.to_owned(), right.to_owned()))
}

/// The parts of an assignment: its name may hold `$(…)`, but no blank, colon or `=` outside of that.
fn assignment(text: &str) -> Option<(String, Operator, String)> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b'=' if depth == 0 => break,
            b':' if depth == 0 => {
                // `:=`, `::=`, `:::=`; else a rule.
                let colons = bytes[at..].iter().take_while(|&&byte| byte == b':').count();
                if bytes.get(at + colons) != Some(&b'=') {
                    return None;
                }
                at += colons;
                break;
            }
            _ => {}
        }
        at += 1;
    }
    if bytes.get(at) != Some(&b'=') {
        return None;
    }
    let left = &text[..at];
    let value = text[at + 1..].trim_start().to_owned();
    let (name, operator) = match left.as_bytes().last()? {
        b'+' => (&left[..at - 1], Operator::Append),
        b'?' => (&left[..at - 1], Operator::Default),
        b'!' => (&left[..at - 1], Operator::Shell),
        b':' => (left.trim_end_matches(':'), Operator::Simple),
        _ => (left, Operator::Recursive),
    };
    let name = name.trim();
    let mut depth = 0usize;
    for letter in name.chars() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            letter if letter.is_whitespace() && depth == 0 => return None,
            _ => {}
        }
    }
    (!name.is_empty()).then(|| (name.to_owned(), operator, value))
}

/// The directories that a line enters with `$(build)=`.
fn entered(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("$(build)=").filter_map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let end = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, ';' | '"' | '\''))
            .unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        parse(text)
            .into_iter()
            .map(|statement| statement.kind)
            .collect()
    }

    fn assign(name: &str, operator: Operator, value: &str) -> Kind {
        Kind::Assign(name.to_owned(), operator, value.to_owned())
    }

    #[test]
    fn assignments_are_told_from_rules() {
        use Operator::{Append, Default, Recursive, Simple};
        assert_eq!(
            kinds(
                "obj-$(CONFIG_X) += a.o \\\n\tb.o # c.o\nx=$(y:.o=.c)\nz ::= 1\nw ?= 2\nall: x=y\n$(obj)/a.o: b.c\n\tq = 1\n"
            ),
            [
                assign("obj-$(CONFIG_X)", Append, "a.o b.o"),
                assign("x", Recursive, "$(y:.o=.c)"),
                assign("z", Simple, "1"),
                assign("w", Default, "2"),
            ]
        );
        // A tab makes a recipe where a rule precedes.
        assert_eq!(
            kinds(
                "ifdef X\n\tb := 1\nelse\n\tb := 2\nendif\nall: $(obj)/a.o | b.o ; x\n\n\tb := 3\nc := 4\n"
            ),
            [
                Kind::If(Test::Defined("X".to_owned(), true)),
                assign("b", Simple, "1"),
                Kind::Else(None),
                assign("b", Simple, "2"),
                Kind::Endif,
                Kind::Prerequisites(" $(obj)/a.o | b.o ".to_owned()),
                assign("c", Simple, "4"),
            ]
        );
        assert_eq!(
            kinds("export A B\nexport C := 1\n"),
            [
                Kind::Export("A B".to_owned()),
                Kind::Export("C".to_owned()),
                assign("C", Simple, "1"),
            ]
        );
        assert_eq!(
            kinds("obj-$(filter y m,$(CONFIG_A)) := a.o\n\tobj-y += tab.o\n"),
            [
                assign("obj-$(filter y m,$(CONFIG_A))", Simple, "a.o"),
                assign("obj-y", Append, "tab.o"),
            ]
        );
    }

    #[test]
    fn conditionals_have_their_texts() {
        let equal = |a: &str, b: &str, is| Test::Equal(a.to_owned(), b.to_owned(), is);
        assert_eq!(
            kinds(
                "ifeq ($(a),$(call f,x,y))\nelse ifneq 'p' \"q\"\nelse ifdef X\nelse\nendif\nifeq($(a),)\n"
            ),
            [
                Kind::If(equal("$(a)", "$(call f,x,y)", true)),
                Kind::Else(Some(equal("p", "q", false))),
                Kind::Else(Some(Test::Defined("X".to_owned(), true))),
                Kind::Else(None),
                Kind::Endif,
                Kind::If(equal("$(a)", "", true)),
            ]
        );
        assert_eq!(kinds("ifeq ($(a\n"), [Kind::If(Test::Unreadable)]);
    }

    #[test]
    fn what_recipes_enter_is_seen() {
        assert_eq!(
            kinds(
                "x: y\n\t$(Q)$(MAKE) $(build)=arch/x86/boot/compressed $@\ndefine f\na = b\nendef\n"
            ),
            [
                Kind::Enter("arch/x86/boot/compressed".to_owned()),
                assign("f", Operator::Recursive, "a = b\n"),
            ]
        );
    }
}
