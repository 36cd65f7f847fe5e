//! Owns what `scripts/dummy-tools` answer: compilers that accept everything, so that a configuration holds all that any
//! compiler could allow. Nothing of the tree is run: what the tools, and the scripts that Kconfig calls with them, answer is
//! known here.
//!
//! Source: `scripts/dummy-tools/*`, `scripts/Kconfig.include` and the scripts named below, of 6.1, 6.12 and 7.2, which differ
//! where a tree's own `scripts/dummy-tools/gcc` says so. What is not known has no answer.

use std::collections::BTreeSet;

/// Where the tools stand in a tree.
pub const DIRECTORY: &str = "scripts/dummy-tools";

/// The options that the compiler is known to look for. One that a tree's compiler looks for besides leaves commands with it
/// without an answer.
const OPTIONS: &[&str] = &[
    "--version",
    "-",
    "-D__SIZEOF_INT128__=0",
    "-E",
    "-S",
    "-Wa,--version",
    "-fpatchable-function-entry=2",
    "-fstack-protector",
    "-m64",
    "-mlittle-endian",
    "-mprofile-kernel",
    "-mstack-protector-guard-reg=fs",
    "-print-file-name=plugin",
];

/// Scripts that succeed with a compiler and a linker that accept everything.
const SUCCEEDING_SCRIPTS: &[&str] = &[
    "cc-can-link.sh",
    "gcc-thunk-extern.sh",
    "gcc-x86_32-has-stack-protector.sh",
    "gcc-x86_64-has-stack-protector.sh",
    "tools-support-relr.sh",
];

/// Deepest nesting of lists in braces that is followed.
const MAX_DEPTH: usize = 4;

/// The tools of one tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DummyTools {
    /// The options that its compiler looks for.
    options: BTreeSet<String>,
    /// The names of the tools that it has.
    tools: BTreeSet<String>,
}

/// Describes what a command gave: its output and exit status.
type Ended = (String, i32);

impl DummyTools {
    /// The tools of a tree: the names of the files in [`DIRECTORY`], and the text of `gcc` there.
    pub fn new(tools: BTreeSet<String>, gcc: &str) -> Self {
        let options = gcc
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(|line| line.split("arg_contain ").skip(1))
            .filter_map(|rest| rest.split_ascii_whitespace().next())
            .filter(|word| word.starts_with('-'))
            .map(str::to_owned)
            .collect();
        Self { options, tools }
    }

    /// The variables with which kbuild calls them: `make CROSS_COMPILE=scripts/dummy-tools/`, with the tools that are not
    /// called by that prefix named, too.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = [
            ("CC", "gcc"),
            ("LD", "ld"),
            ("AR", "ar"),
            ("NM", "nm"),
            ("OBJCOPY", "objcopy"),
        ]
        .map(|(name, tool)| (name.to_owned(), format!("{DIRECTORY}/{tool}")))
        .into();
        for (name, tool) in [("PAHOLE", "pahole"), ("PYTHON3", "python3")] {
            let path = match self.tools.contains(tool) {
                true => format!("{DIRECTORY}/{tool}"),
                false => tool.to_owned(),
            };
            variables.push((name.to_owned(), path));
        }
        let version = format!("gcc ({DIRECTORY}/gcc)");
        variables.push(("CC_VERSION_TEXT".to_owned(), version));
        if self.tools.contains("pahole") {
            variables.push(("PAHOLE_VERSION".to_owned(), "9999".to_owned()));
        }
        variables
    }

    /// The options that its compiler looks for and that are not known here.
    pub fn unknown_options(&self) -> impl Iterator<Item = &str> {
        let all = self.options.iter().map(String::as_str);
        all.filter(|option| !OPTIONS.contains(option))
    }

    /// Returns what a command of Kconfig prints, as `conf` sees it, or `None` where that is not known.
    pub fn answer(&self, command: &str) -> Option<String> {
        let (output, _) = self.list(command, 0)?;
        Some(output.trim_end_matches('\n').replace('\n', " "))
    }

    /// Commands with `;`, `&&` and `||` between them.
    fn list(&self, text: &str, depth: usize) -> Option<Ended> {
        let text = text.trim();
        let mut arguments: Vec<String> = Vec::new();
        let (mut output, mut status) = (String::new(), 0);
        for (connector, pipeline) in split_list(text)? {
            let runs = match connector {
                Connector::Always => true,
                Connector::IfGood => status == 0,
                Connector::IfBad => status != 0,
            };
            if !runs || pipeline.is_empty() {
                continue;
            }
            let quiet;
            let ended;
            if let Some(rest) = pipeline.strip_prefix('{') {
                let (inner, redirected) = rest.rsplit_once('}')?;
                quiet = redirected.contains(">/dev/null");
                if depth >= MAX_DEPTH {
                    return None;
                }
                ended = self.list(inner, depth + 1)?;
            } else {
                let mut input = String::new();
                let mut last = (String::new(), 0);
                for stage in split(pipeline, "|")? {
                    let words = words(stage, &arguments)?;
                    last = self.command(&words, &input, &mut arguments)?;
                    input.clone_from(&last.0);
                }
                quiet = false;
                ended = last;
            }
            status = ended.1;
            if !quiet {
                output.push_str(&ended.0);
            }
        }
        Some((output, status))
    }

    /// One command.
    fn command(&self, words: &[String], input: &str, arguments: &mut Vec<String>) -> Option<Ended> {
        let good = || Some((String::new(), 0));
        let (name, rest) = words.split_first()?;
        let line = |text: String| Some((text + "\n", 0));
        match name.as_str() {
            "trap" | "mkdir" | "rm" | "true" | ":" => return good(),
            "set" => {
                let (dashes, given) = rest.split_first()?;
                *arguments = given.to_vec();
                return if dashes == "--" { good() } else { None };
            }
            "echo" | "printf" => return line(rest.join(" ")),
            "env" => {
                let at = rest.iter().position(|word| !word.contains('='))?;
                return self.command(&rest[at..], input, arguments);
            }
            "expr" => return expr(rest),
            "test" => return self.test(rest),
            "head" => return line(input.lines().next().unwrap_or_default().to_owned()),
            "grep" => return grep(rest, input),
            _ => {}
        }
        let (directory, file) = name.rsplit_once('/')?;
        if directory == DIRECTORY {
            return self.tool(file, rest, input);
        }
        if rest.first().map(String::as_str) != Some(&format!("{DIRECTORY}/gcc"))
            && !matches!(
                file,
                "ld-version.sh" | "pahole-version.sh" | "tools-support-relr.sh"
            )
        {
            return None;
        }
        let has = |option: &str| rest.iter().any(|word| word == option);
        let looks_for = |option: &str| self.options.contains(option);
        match file {
            "cc-version.sh" => line("GCC 200000".to_owned()),
            "as-version.sh" if has("-fintegrated-as") => line("LLVM 0".to_owned()),
            "as-version.sh" => line("GNU 25000".to_owned()),
            "ld-version.sh" if has(&format!("{DIRECTORY}/ld")) => line("BFD 25000".to_owned()),
            "pahole-version.sh" if has(&format!("{DIRECTORY}/pahole")) => line("9999".to_owned()),
            // The compiler of older trees looks for the option of little endian, too; their script may give it itself.
            "gcc-check-mprofile-kernel.sh" => {
                let little =
                    !looks_for("-mlittle-endian") || has("-mlittle-endian") || !has("-mbig-endian");
                status(looks_for("-mprofile-kernel") && little)
            }
            "check-fpatchable-function-entry.sh" | "gcc-check-fpatchable-function-entry.sh" => {
                status(looks_for("-fpatchable-function-entry=2"))
            }
            file if SUCCEEDING_SCRIPTS.contains(&file) => good(),
            _ => None,
        }
    }

    /// One of the tools.
    fn tool(&self, name: &str, arguments: &[String], input: &str) -> Option<Ended> {
        if !self.tools.contains(name) {
            // The shell does not find it.
            return Some((String::new(), 127));
        }
        let has = |option: &str| arguments.iter().any(|word| word == option);
        match name {
            "gcc" => self.gcc(arguments, input),
            "ld" | "nm" | "objcopy" if has("--version") || has("-v") => {
                Some((format!("GNU {name} ({DIRECTORY}/{name}) 2.50\n"), 0))
            }
            "ld" | "nm" | "objcopy" | "python3" => Some((String::new(), 0)),
            "pahole" => Some(("v99.99\n".to_owned(), 0)),
            _ => None,
        }
    }

    /// The compiler: it answers to what it looks for, in this order, and succeeds.
    fn gcc(&self, arguments: &[String], input: &str) -> Option<Ended> {
        let has = |option: &str| arguments.iter().any(|word| word == option);
        if self.unknown_options().any(has) {
            return None;
        }
        if has("--version") {
            return Some((format!("gcc ({DIRECTORY}/gcc)\n"), 0));
        }
        if has("-E") {
            if !has("-") {
                return Some((String::new(), 1));
            }
            // Anything that a compiler for C knows of itself.
            let mut output = String::new();
            for line in input
                .lines()
                .filter(|line| line.contains("__LONG_DOUBLE_128__"))
            {
                output += &line.replacen("__LONG_DOUBLE_128__", "1", 1);
                output.push('\n');
            }
            return Some((output, 0));
        }
        if has("-Wa,--version") {
            return Some((format!("GNU assembler ({DIRECTORY}) 2.50\n"), 0));
        }
        if has("-print-file-name=plugin") {
            return Some((format!("{DIRECTORY}/dummy-plugin-dir\n"), 0));
        }
        // Assembly that a script looks at belongs to that script.
        status(!has("-D__SIZEOF_INT128__=0") || !self.options.contains("-D__SIZEOF_INT128__=0"))
    }

    fn test(&self, words: &[String]) -> Option<Ended> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["-z", text] => status(text.is_empty()),
            ["-n", text] => status(!text.is_empty()),
            [left, "=", right] => status(left == right),
            [left, "!=", right] => status(left != right),
            // The directory holds a file of this name so that there seem to be plugins.
            ["-e", path] if path.starts_with(DIRECTORY) => {
                status(path.ends_with("/dummy-plugin-dir/include/plugin-version.h"))
            }
            _ => None,
        }
    }
}

fn status(good: bool) -> Option<Ended> {
    Some((String::new(), i32::from(!good)))
}

/// `expr A / B`
fn expr(words: &[String]) -> Option<Ended> {
    let [left, operator, right] = words else {
        return None;
    };
    let (left, right): (i64, i64) = (left.parse().ok()?, right.parse().ok()?);
    let value = match operator.as_str() {
        "/" => left.checked_div(right)?,
        _ => return None,
    };
    Some((format!("{value}\n"), i32::from(value == 0)))
}

/// `grep` with a text that is no pattern.
fn grep(words: &[String], input: &str) -> Option<Ended> {
    let (options, texts): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.starts_with('-'));
    let [text] = texts[..] else { return None };
    if text.contains(|c: char| !c.is_ascii_alphanumeric() && !" _-%".contains(c)) {
        return None;
    }
    let mut flags = options.iter().flat_map(|option| option.chars().skip(1));
    if !flags.clone().all(|flag| "qiv".contains(flag)) {
        return None;
    }
    let folds = flags.clone().any(|flag| flag == 'i');
    let inverts = flags.any(|flag| flag == 'v');
    let fold = |text: &str| match folds {
        true => text.to_lowercase(),
        false => text.to_owned(),
    };
    status(
        input
            .lines()
            .any(|line| fold(line).contains(&fold(text)) != inverts),
    )
}

/// Describes what decides whether a command runs.
#[derive(Clone, Copy)]
enum Connector {
    Always,
    IfGood,
    IfBad,
}

/// The pipelines of a list, each with the connector before it.
fn split_list(text: &str) -> Option<Vec<(Connector, &str)>> {
    let mut parts = Vec::new();
    for command in split(text, ";")? {
        for (index, and) in split(command, "&&")?.into_iter().enumerate() {
            for (at, or) in split(and, "||")?.into_iter().enumerate() {
                let connector = match (index, at) {
                    (0, 0) => Connector::Always,
                    (_, 0) => Connector::IfGood,
                    _ => Connector::IfBad,
                };
                parts.push((connector, or.trim()));
            }
        }
    }
    Some(parts)
}

/// Splits at a separator that stands in no quotes and no braces; `|` is not found in `||`.
fn split<'a>(text: &'a str, separator: &str) -> Option<Vec<&'a str>> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut start, mut at, mut nesting) = (0, 0, 0usize);
    let mut quote = None;
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(b'"') | None, b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => nesting += 1,
            (None, b'}') => nesting = nesting.saturating_sub(1),
            (None, _) if nesting == 0 && text.get(at..)?.starts_with("||") && separator == "|" => {
                at += 1;
            }
            (None, _) if nesting == 0 && bytes[at..].starts_with(separator.as_bytes()) => {
                parts.push(text.get(start..at)?);
                at += separator.len() - 1;
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(text.get(start..)?);
    quote.is_none().then_some(parts)
}

/// The words of a command, without quotes and redirections, with `$1`, … and `$CC` in place. `None` where something else would
/// have to be expanded.
fn words(text: &str, arguments: &[String]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_word = false;
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some('"'), '\\') | (None, '\\') => {
                let next = characters.next()?;
                if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
                in_word = true;
            }
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                in_word = true;
            }
            (Some('"') | None, '`') => return None,
            (Some('"') | None, '$') => {
                in_word = true;
                match characters.peek() {
                    Some(digit @ '1'..='9') => {
                        let index = digit.to_digit(10)? as usize - 1;
                        word.push_str(arguments.get(index).map_or("", String::as_str));
                        characters.next();
                    }
                    Some('$') => {
                        word.push('1');
                        characters.next();
                    }
                    Some('C') => {
                        characters.next();
                        if characters.next() != Some('C') {
                            return None;
                        }
                        word.push_str(DIRECTORY);
                        word.push_str("/gcc");
                    }
                    _ => return None,
                }
            }
            (None, c) if c.is_ascii_whitespace() => {
                if std::mem::take(&mut in_word) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                in_word = true;
            }
        }
    }
    if quote.is_some() {
        return None;
    }
    if in_word {
        words.push(word);
    }
    words.retain(|word| !matches!(word.as_str(), "2>/dev/null" | ">/dev/null" | "2>&1"));
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools() -> DummyTools {
        let tools = ["gcc", "ld", "nm", "objcopy", "pahole"];
        let looks_for: Vec<String> = OPTIONS
            .iter()
            .map(|option| format!("if arg_contain {option} \"$@\"; then"))
            .collect();
        DummyTools::new(tools.map(str::to_owned).into(), &looks_for.join("\n"))
    }

    fn probe(command: &str) -> Option<String> {
        let status = "} >/dev/null 2>&1 && echo \"y\" || echo \"n\"";
        tools().answer(&format!("{{ {command}; {status}"))
    }

    #[test]
    fn probes_of_the_compiler_succeed() {
        for command in [
            "trap \"rm -rf .tmp_$$\" EXIT; mkdir .tmp_$$; scripts/dummy-tools/gcc -Werror -fx -c -x c /dev/null -o .tmp_$$/tmp.o",
            "printf \"%b\\n\" \"add r0, r1\" | scripts/dummy-tools/gcc -Wa,--fatal-warnings -c -x assembler-with-cpp -o /dev/null -",
            "scripts/dummy-tools/ld -v --x",
            "echo 'int f(int x) { return x; }' | $CC -x c - -c -o /dev/null",
            "env \"CC=scripts/dummy-tools/gcc\" \"LD=a b\" ./scripts/tools-support-relr.sh",
            "scripts/dummy-tools/objcopy --version | head -n1 | grep -qv llvm",
            "test -e scripts/dummy-tools/dummy-plugin-dir/include/plugin-version.h",
            "test \"GCC\" = GCC",
            "test \"1\" = 1",
        ] {
            assert_eq!(probe(command).as_deref(), Some("y"), "{command}");
        }
        for command in [
            "scripts/dummy-tools/gcc -Werror -m32 -E -x c /dev/null -o /dev/null",
            "scripts/dummy-tools/gcc -D__SIZEOF_INT128__=0 -c -x c /dev/null",
            "scripts/dummy-tools/nm --help | head -n 1 | grep -qi llvm",
            "scripts/dummy-tools/ar --help | head -n 1 | grep -qi llvm",
            "test \"\" = 1",
        ] {
            assert_eq!(probe(command).as_deref(), Some("n"), "{command}");
        }
    }

    #[test]
    fn versions_are_those_of_the_tools() {
        for (command, answer) in [
            (
                "./scripts/cc-version.sh scripts/dummy-tools/gcc",
                "GCC 200000",
            ),
            (
                "./scripts/as-version.sh scripts/dummy-tools/gcc ",
                "GNU 25000",
            ),
            (
                "./scripts/ld-version.sh scripts/dummy-tools/ld",
                "BFD 25000",
            ),
            ("set -- GCC 200000 && echo $2", "200000"),
            ("expr 200000 / 10000", "20"),
            (
                "echo __LONG_DOUBLE_128__ | scripts/dummy-tools/gcc -E -P -",
                "1",
            ),
            ("echo __XTENSA_EB__ | scripts/dummy-tools/gcc -E -P -", ""),
            (
                "scripts/dummy-tools/gcc -print-file-name=plugin",
                "scripts/dummy-tools/dummy-plugin-dir",
            ),
        ] {
            assert_eq!(
                tools().answer(command).as_deref(),
                Some(answer),
                "{command}"
            );
        }
    }

    #[test]
    fn what_is_not_known_has_no_answer() {
        for command in [
            "rustc --version",
            "./scripts/rust_is_available.sh",
            "scripts/dummy-tools/gcc $(x)",
            "echo \"open",
            "grep -P x y",
            "echo `ls`",
            "echo $HOME",
            "",
            "{",
            "{ { { { { { echo; }; }; }; }; }; }",
        ] {
            let answer = tools().answer(command);
            assert!(answer.as_deref().is_none_or(str::is_empty), "{command}");
        }
        let tools = DummyTools::new(
            BTreeSet::from(["gcc".to_owned()]),
            "if arg_contain -mnew \"$@\"; then\n",
        );
        let unknown: Vec<&str> = tools.unknown_options().collect();
        assert_eq!(unknown, ["-mnew"]);
        assert_eq!(tools.answer("scripts/dummy-tools/gcc -mnew"), None);
        assert_eq!(
            tools.answer("scripts/dummy-tools/gcc -x").as_deref(),
            Some("")
        );
    }
}
