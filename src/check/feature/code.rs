//! Owns what code does with the hooks of all features: where it uses them, and where source files hold their bodies. The names
//! of all features are looked for together, so that each file is searched once.
//!
//! [`generic`] looks at the code that all architectures share, [`of_arch`] at that of one. A place counts under the condition
//! of its file's conditionals, and under that of the lists that build its object.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::error::CheckError;
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::is_code;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Token};
use crate::cpp::local;
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::{Directive, DirectiveKind, File, region_at};
use crate::cpp::wanted::Wanted;
use crate::diag::Location;
use crate::kbuild;
use crate::tree::Change;

/// The directories of generic code that are searched: all but drivers, which are four fifths of the kernel and seldom call
/// an architecture.
pub const SEARCHED: &[&str] = &[
    "block",
    "crypto",
    "fs",
    "include/asm-generic",
    "include/linux",
    "init",
    "io_uring",
    "ipc",
    "kernel",
    "lib",
    "mm",
    "net/core",
    "security",
    "virt",
];

/// Holds what code does with the names that were looked for.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Code {
    /// The arena of all conditions in here.
    pub conditions: Conditions,
    names: FxHashMap<Box<str>, Places>,
}

/// Holds what code does with one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Places {
    /// Where it is used.
    pub uses: Vec<Use>,
    /// Where a source file holds its body.
    pub bodies: Vec<Body>,
}

/// A use of a name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Use {
    /// The name's place.
    pub location: Location,
    /// The macro whose replacement holds it, if one does: then it is used only where the macro is.
    pub within_macro: Option<Box<str>>,
    /// The inline function of a header that holds it, if one does: then it needs a body only where something calls the function.
    pub within_inline: Option<Box<str>>,
    /// When it is compiled, as far as that is known.
    pub condition: Condition,
    /// Whether that is all: the use stands in a source file, and the lists say when its object is built.
    pub is_certain: bool,
    /// The same, only that the file defines the name for itself in all these configurations.
    pub is_certain_but_own: bool,
    /// Whether all but the lists is known: they do not name the object in a way that holds for every architecture.
    pub wants_lists: bool,
    /// The architecture that the file is for, if its directory has the name of one, as `lib/crypto/x86`.
    pub arch: Option<Box<str>>,
}

/// The body of a function, or the definition of a variable, in a source file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Body {
    /// The name's place.
    pub location: Location,
    /// When it is built; true where that is not known.
    pub condition: Condition,
    /// When the compiler gets to it, if the object is built.
    pub local: Condition,
    /// Whether that is known.
    pub is_certain: bool,
    /// The first line of a list that leaves the object out in some configuration.
    pub gate: Option<kbuild::Gate>,
    /// Whether no list near the file names its object: then nothing builds it, unless something far away does.
    pub is_unlisted: bool,
}

impl Use {
    /// Whether the file of the use may be one of an architecture: it is not for another one.
    pub fn may_be_of(&self, srcarch: &str) -> bool {
        self.arch.as_deref().is_none_or(|arch| arch == srcarch)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.conditions.has_same_numbers(&other.conditions)
    }
}

impl Code {
    /// The uses of a name.
    pub fn places(&self, name: &str) -> Option<&Places> {
        self.names.get(name)
    }
}

/// Collects the uses of the names in generic code.
///
/// # Errors
///
/// The tree cannot be read.
pub fn generic(cache: &Cache<'_>, names: &Wanted) -> Result<Code, CheckError> {
    let holding = holding(cache, names, None)?;
    in_files(cache, names, &holding, "")
}

/// The same where it is known which files of generic code hold a name.
///
/// # Errors
///
/// The tree cannot be read.
pub fn generic_in(
    cache: &Cache<'_>,
    names: &Wanted,
    holding: &[String],
) -> Result<Code, CheckError> {
    in_files(cache, names, holding, "")
}

/// The files of generic code that hold one of the names, also as a part of a longer one, sorted as they are searched. `before` is the same of
/// a tree with the same base, for the same names, and what changed since.
///
/// # Errors
///
/// The tree cannot be read.
pub fn holding(
    cache: &Cache<'_>,
    names: &Wanted,
    before: Option<(&[String], &[Change])>,
) -> Result<Vec<String>, CheckError> {
    let tree = cache.tree();
    // A link makes one file appear at several places.
    let before = before.filter(|_| !tree.has_links_on_top());
    let Some((before, changes)) = before else {
        return search(cache, names, SEARCHED);
    };
    let place = |path: &str| {
        let is_in = |directory: &&str| {
            let rest = path.strip_prefix(*directory);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        SEARCHED.iter().position(is_in)
    };
    let mut holding: BTreeSet<(Option<usize>, &str)> =
        before.iter().map(|path| (place(path), &**path)).collect();
    for change in changes {
        let path = &*change.path;
        let key = (place(path), path);
        if key.0.is_none() || !is_code(path) {
            continue;
        }
        match tree.is_file(path) && cache.holds(path, names)? {
            true => holding.insert(key),
            false => holding.remove(&key),
        };
    }
    Ok(holding
        .into_iter()
        .map(|(_, path)| path.to_owned())
        .collect())
}

/// Collects the uses of the names in the code of one architecture.
///
/// # Errors
///
/// The tree cannot be read.
pub fn of_arch(cache: &Cache<'_>, names: &Wanted, arch: &str) -> Result<Code, CheckError> {
    let directory = format!("arch/{arch}");
    let holding = search(cache, names, &[&directory])?;
    in_files(cache, names, &holding, &directory)
}

/// The directories of generic code that are searched only for a hook that is nowhere.
pub const DRIVERS: &[&str] = &["drivers", "net", "sound", "certs"];

/// Collects the uses of one name in drivers, below some directories of [`DRIVERS`]. They are four fifths of the kernel, where one name is
/// found faster than all of them are.
///
/// # Errors
///
/// The tree cannot be read.
pub fn of_drivers(cache: &Cache<'_>, name: &str, directories: &[&str]) -> Result<Code, CheckError> {
    let wanted = cache.wanted(&[name]);
    let holding = search(cache, &wanted, directories)?;
    in_files(cache, &wanted, &holding, "")
}

/// The source files and headers in some directories that hold one of the names.
fn search(
    cache: &Cache<'_>,
    names: &Wanted,
    directories: &[&str],
) -> Result<Vec<String>, CheckError> {
    if names.names().is_empty() {
        return Ok(Vec::new());
    }
    let tree = cache.tree();
    let mut paths = Vec::new();
    for directory in directories
        .iter()
        .filter(|directory| tree.list(directory).is_ok())
    {
        paths.extend(tree.walk(directory, &is_code)?);
    }
    tree.fetch(&paths);
    let holds = paths
        .par_iter()
        .map(|path| cache.holds(path, names))
        .collect::<Result<Vec<bool>, _>>()?;
    let holding = paths.into_iter().zip(holds).filter(|(_, holds)| *holds);
    Ok(holding.map(|(path, _)| path).collect())
}

/// Collects the uses of names in files that hold one: each text is asked for all of them once.
fn in_files(
    cache: &Cache<'_>,
    names: &Wanted,
    paths: &[String],
    lists_from: &str,
) -> Result<Code, CheckError> {
    let mut code = Code::default();
    if names.names().is_empty() {
        return Ok(code);
    }
    let tree = cache.tree();
    let words = names.names();
    let archs = tree.architectures()?;
    let lists = kbuild::Lists::new(tree);
    for path in paths {
        let Some(indexed) = cache.file(path) else {
            continue;
        };
        let sightings = indexed.sightings(names);
        if sightings.is_empty() {
            continue;
        }
        let mut file = InFile::new(&lists, &indexed, lists_from);
        file.arch = path
            .split('/')
            .find(|part| lists_from.is_empty() && archs.iter().any(|arch| arch == part))
            .map(Box::from);
        // A file that defines the name for itself says nothing about others, where it does.
        let defined = sightings.iter().filter(|sighting| {
            sighting.kind.provides() && !matches!(sighting.kind, Kind::Prototype)
        });
        let mut own: FxHashMap<usize, Condition> = FxHashMap::default();
        for sighting in defined {
            let here = region_at(&file.regions, sighting.span.start);
            let known = own.entry(sighting.name).or_insert(Condition::FALSE);
            *known = file.own.or(*known, here);
        }
        for sighting in sightings.iter() {
            let places = code.names.entry(words[sighting.name].into()).or_default();
            let own = own.get(&sighting.name).copied();
            file.add(sighting, own, places, &mut code.conditions);
        }
    }
    Ok(code)
}

/// One file while its places are collected.
struct InFile<'a> {
    lists: &'a kbuild::Lists<'a>,
    indexed: &'a Indexed,
    lists_from: &'a str,
    own: Conditions,
    regions: Vec<(u32, Condition)>,
    imported: FxHashMap<Condition, Condition>,
    /// When the object is built, with the first gate, once that was asked.
    built: Option<(Option<Condition>, Option<kbuild::Gate>)>,
    /// The architecture that the file is for.
    arch: Option<Box<str>>,
}

impl<'a> InFile<'a> {
    fn new(lists: &'a kbuild::Lists<'a>, indexed: &'a Indexed, lists_from: &'a str) -> Self {
        let mut own = Conditions::new();
        let regions = indexed
            .file
            .regions(&mut crate::cpp::expression::Unknown, &mut own);
        Self {
            lists,
            indexed,
            lists_from,
            own,
            regions,
            imported: FxHashMap::default(),
            built: None,
            arch: None,
        }
    }

    fn add(
        &mut self,
        sighting: &Sighting,
        defined: Option<Condition>,
        places: &mut Places,
        conditions: &mut Conditions,
    ) {
        let file = &self.indexed.file;
        let is_source = !file.path.ends_with(".h");
        // A header beside the sources may have bodies that they share.
        let may_have_bodies = is_source || !file.path.contains("include/");
        let is_body = may_have_bodies && is_body(file, sighting);
        let is_operand = || is_operand(&file.text, sighting, &file.path);
        let is_use = sighting.kind == Kind::Use
            && !is_body
            && (sighting.within.is_some() || is_operand() || is_type_of_member(file, sighting));
        if !is_body && !is_use {
            return;
        }
        let directive = file.directive_at(sighting.span.start);
        let is_macro = directive.is_some();
        if directive.is_some_and(|directive| is_parameter(file, directive, sighting))
            || is_macro && is_part_of_word(&file.text, sighting)
        {
            return;
        }
        if is_use
            && !is_macro
            && let Some(function) = sighting.within
        {
            let name = sighting.span.of(&file.text);
            // The decision needs at most two tokens after the name.
            let until = sighting.span.end.saturating_add(4);
            if local::declares(&file.text, function, until, name) {
                return;
            }
        }
        let mut local = region_at(&self.regions, sighting.span.start);
        let mut is_own = defined.is_some();
        if let Some(defined) = defined.filter(|_| is_use && is_source) {
            // In the other configurations the name has to come from elsewhere.
            let rest = self.own.and_not(local, defined);
            is_own = !self.own.is_satisfiable(rest);
            local = if is_own { local } else { rest };
        }
        let local = conditions.import(&self.own, local, &mut self.imported);
        if is_body {
            let (built, gate) = match is_source {
                true => self.built(conditions),
                false => (None, None),
            };
            let is_unlisted = is_source && built.is_none() && self.lists.is_in_no_list(&file.path);
            places.bodies.push(Body {
                location: file.location(sighting.span),
                condition: match built {
                    Some(built) => conditions.and(local, built),
                    None if is_unlisted => Condition::FALSE,
                    None => Condition::TRUE,
                },
                local,
                is_certain: built.is_some(),
                gate,
                is_unlisted,
            });
            return;
        }
        let within = sighting.within.map(|span| span.of(&file.text));
        let mut condition = local;
        if let Some(function) = sighting.within.filter(|_| !is_macro) {
            let before = &file.text[function.end as usize..sighting.span.start as usize];
            for (symbol, reaches) in tests_of_symbols(before) {
                let test = match reaches {
                    true => either(conditions, symbol),
                    false => {
                        let branch = format!("a branch of IS_ENABLED(CONFIG_{symbol})");
                        conditions.atom(Atom::Opaque(branch.into()))
                    }
                };
                condition = conditions.and(condition, test);
            }
        }
        let mut is_code = is_source && !is_macro;
        if is_source
            && is_macro
            && let Some(name) = within
            && let Some(used) = self.used_in_file(name)
        {
            let used = conditions.import(&self.own, used, &mut self.imported);
            condition = conditions.and(condition, used);
            is_code = true;
        }
        let mut is_certain = is_code;
        if is_source {
            match self.built(conditions).0 {
                Some(built) => condition = conditions.and(condition, built),
                None => is_certain = false,
            }
        }
        places.uses.push(Use {
            location: file.location(sighting.span),
            within_macro: within.filter(|_| is_macro).map(Box::from),
            within_inline: within.filter(|_| !is_macro && !is_source).map(Box::from),
            condition,
            is_certain: is_certain && !is_own,
            is_certain_but_own: is_certain && is_own,
            wants_lists: is_code && !is_certain && !is_own,
            arch: self.arch.clone(),
        });
    }

    /// When a function of the source file itself uses one of its macros; `None` where none does.
    fn used_in_file(&mut self, name: &str) -> Option<Condition> {
        let file = &self.indexed.file;
        let places = file.sightings(&[name]).into_iter().filter(|place| {
            place.kind == Kind::Use
                && place.within.is_some()
                && file.directive_at(place.span.start).is_none()
        });
        let regions = &self.regions;
        let used: Vec<Condition> = places
            .map(|place| region_at(regions, place.span.start))
            .collect();
        (!used.is_empty()).then(|| self.own.any(used))
    }

    /// When the lists build the object of the file, `None` where they do not tell; and the first gate.
    fn built(&mut self, conditions: &mut Conditions) -> (Option<Condition>, Option<kbuild::Gate>) {
        if let Some(known) = &self.built {
            return known.clone();
        }
        let ways = self
            .lists
            .of_object(&self.indexed.file.path, self.lists_from);
        let known = match ways {
            Some(ways) => {
                let gate = match &*ways {
                    [way] => way.first().cloned(),
                    _ => None,
                };
                (Some(in_one_way(conditions, &ways)), gate)
            }
            None => (None, None),
        };
        self.built.insert(known).clone()
    }
}

/// All gates of one way to an object are open.
pub fn in_one_way(conditions: &mut Conditions, ways: &[kbuild::Gates]) -> Condition {
    let mut any = Vec::new();
    for way in ways {
        let gates: Vec<Condition> = way
            .iter()
            .map(|gate| either(conditions, &gate.symbol))
            .collect();
        any.push(conditions.all(gates));
    }
    conditions.any(any)
}

/// A symbol is `y` or `m`.
pub fn either(conditions: &mut Conditions, symbol: &str) -> Condition {
    let builtin = conditions.atom(Atom::Builtin(symbol.into()));
    let module = conditions.atom(Atom::Module(symbol.into()));
    conditions.or(builtin, module)
}

/// The symbols of the `IS_ENABLED(CONFIG_X)` in a piece of code in front of a use, each with whether the use is reached where the symbol
/// is on, as far as that test goes. Where it may need the symbol off, nothing is known of it.
fn tests_of_symbols(text: &str) -> impl Iterator<Item = (&str, bool)> {
    const TEST: &str = "IS_ENABLED(CONFIG_";
    text.match_indices(TEST).map(move |(at, _)| {
        let behind = &text[at + TEST.len()..];
        let end = behind
            .bytes()
            .position(|byte| !crate::cpp::lex::is_word(byte));
        let (symbol, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let before = text[..at].trim_end_matches([' ', '(', '\n', '\t']);
        (symbol, is_reached_with(before.ends_with('!'), behind))
    })
}

/// Whether what stands behind a test is reached where its symbol is on. `behind` begins with the parenthesis that closes the test.
fn is_reached_with(is_negated: bool, behind: &str) -> bool {
    let tokens: Vec<Token> = Lexer::new(behind, 0, behind.len()).skip(1).collect();
    let word = |token: &Token| token.span.of(behind);
    // The statement that the test decides about is over before the use, or holds it.
    let end = end_of_statement(&tokens);
    if is_negated {
        // `if (!IS_ENABLED(CONFIG_X)) return;` lets pass what has the symbol.
        return end.is_some();
    }
    let (statement, rest) = tokens.split_at(end.unwrap_or(tokens.len()));
    let has = |byte: u8| statement.iter().any(|token| token.is(byte));
    let is_pair = |pair: &[Token], byte: u8| pair.iter().all(|token| token.is(byte));
    let mut pairs = statement.windows(2);
    if end.is_none() {
        let is_other_value = has(b'?') && has(b':') && !has(b'{');
        let is_alternative = pairs.next().is_some_and(|first| is_pair(first, b'|'));
        return !(is_other_value || is_alternative);
    }
    let is_other = rest.iter().any(|token| word(token) == "else");
    let leaves = statement
        .iter()
        .any(|token| matches!(word(token), "return" | "goto" | "break" | "continue"));
    !(is_other || leaves && !pairs.any(|pair| is_pair(pair, b'&')))
}

/// Index of the token after the first statement of some tokens, which begin within its parentheses; `None` where it does not end.
fn end_of_statement(tokens: &[Token]) -> Option<usize> {
    let (mut braces, mut parentheses) = (0usize, 0i32);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punctuation(b'{') => braces += 1,
            TokenKind::Punctuation(b'}') if braces <= 1 => return Some(index + 1),
            TokenKind::Punctuation(b'}') => braces -= 1,
            TokenKind::Punctuation(b'(') => parentheses += 1,
            TokenKind::Punctuation(b')') => parentheses -= 1,
            TokenKind::Punctuation(b';') if braces == 0 && parentheses <= 0 => {
                return Some(index + 1);
            }
            _ => {}
        }
    }
    None
}

/// Whether a place in a source file defines the name for the linker. What cannot be told counts as a definition: a macro at file
/// scope, an alias.
fn is_body(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    if file.path.ends_with(".S") {
        if matches!(sighting.kind, Kind::Test | Kind::Undefine) || sighting.kind.is_macro() {
            return false;
        }
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(start..).unwrap_or_default();
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let label = text.get(sighting.span.end as usize..).unwrap_or_default();
        return label.trim_start().starts_with(':') || is_defined_by_macro(line, &before[start..]);
    }
    let has = |word: &str| words_before(file, sighting.span.start).any(|one| one == word);
    match sighting.kind {
        Kind::Function { is_static, .. } => !is_static,
        // Without `static` the compiler may call the function of another object, and with `extern` it makes none.
        Kind::Inline { .. } => !has("static") && !has("extern"),
        Kind::Variable => !has("extern") && !has("static"),
        // An attribute may name the function whose body it has.
        Kind::Prototype => {
            let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
            behind[..behind.find(';').unwrap_or(behind.len())].contains("alias(")
        }
        Kind::Use => {
            let statement = &before[before.rfind([';', '}']).map_or(0, |at| at + 1)..];
            sighting.within.is_none()
                && ["DEFINE", "alias", "asm", "SYSCALL", "ALIAS"]
                    .iter()
                    .any(|mark| statement.contains(mark))
        }
        _ => false,
    }
}

/// Whether a macro has a parameter of the name that its replacement holds.
fn is_parameter(file: &File, directive: &Directive, sighting: &Sighting) -> bool {
    let name = sighting.span.of(&file.text);
    match &directive.kind {
        DirectiveKind::Define {
            parameters: Some(parameters),
            ..
        } => {
            let mut parameters = parameters.of(&file.text).split(',');
            parameters.any(|parameter| parameter.trim().trim_end_matches("...") == name)
        }
        _ => false,
    }
}

/// Whether `##` makes another name of a name in a macro, or `#` a string.
fn is_part_of_word(text: &str, sighting: &Sighting) -> bool {
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    before.trim_end_matches([' ', '\t']).ends_with('#')
        || behind.trim_start_matches([' ', '\t']).starts_with("##")
}

/// Whether a place outside of functions is the type of a member or of a variable, as in `struct name member;`: the compiler has to know
/// all of it.
fn is_type_of_member(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    let declarator = behind.trim_start();
    let end = declarator.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
    let (name, behind) = declarator.split_at(end.unwrap_or(declarator.len()));
    let is_tag = ["struct", "union"]
        .iter()
        .any(|tag| before.trim_end().ends_with(tag));
    is_tag
        && sighting.within.is_none()
        && file.directive_at(sighting.span.start).is_none()
        && !name.is_empty()
        && behind.trim_start().starts_with([';', '[', '='])
        && !words_before(file, sighting.span.start).any(|word| matches!(word, "extern" | "typedef"))
}

/// The words of a statement before a place in it, without those of comments and directives.
pub(super) fn words_before(file: &File, at: u32) -> impl Iterator<Item = &str> {
    let text = &*file.text;
    let before = text.get(..at as usize).unwrap_or_default();
    let mut start = before.rfind([';', '}']).map_or(0, |end| end + 1);
    // A comment may hold the end of a sentence.
    if let Some(end) = before[start..].find("*/")
        && !before[start..start + end].contains("/*")
    {
        start += end + 2;
    }
    Lexer::new(text, start, at as usize)
        .filter(|token| token.kind == TokenKind::Identifier)
        .filter(|token| file.directive_at(token.span.start).is_none())
        .map(|token| token.span.of(text))
}

/// Whether a place in assembler is an operand of an instruction, as in `call name`.
fn is_operand(text: &str, sighting: &Sighting, path: &str) -> bool {
    if !path.ends_with(".S") {
        return false;
    }
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let instruction = match line.split_once(':') {
        Some((_, behind)) => behind,
        None => line,
    };
    let instruction = instruction.trim_start();
    let (mnemonic, operands) = instruction
        .split_once(char::is_whitespace)
        .unwrap_or_default();
    let is_mnemonic = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
    let is_of_operand = |c: char| c.is_ascii_alphanumeric() || " \t_%$,()*-".contains(c);
    mnemonic.starts_with(|c: char| c.is_ascii_lowercase())
        && mnemonic.chars().all(is_mnemonic)
        && operands.chars().all(is_of_operand)
}

/// Whether a line of assembler may define the name that stands after `before`: a directive or a macro with the name among its
/// arguments. Macros such as `LEAF(name)` and `SYM_FUNC_START(name)` differ between architectures, so each that begins in the first
/// column counts unless it is known to close or to export what another line defines.
fn is_defined_by_macro(line: &str, before: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let first = line.trim_start();
    let first = &first[..first.find(|c| !is_word(c)).unwrap_or(first.len())];
    let closes = ["END", "_ASM_", "EXPORT_"];
    let is_of_file = ["_END", "_LOCAL"].iter().any(|mark| first.contains(mark));
    if closes.iter().any(|mark| first.starts_with(mark)) || is_of_file {
        return false;
    }
    let marks = [
        "SYM_", "ENTRY", "FUNC", "GLOB", "glob", "ALIAS", "WEAK", "weak", "set",
    ];
    let is_macro = line.starts_with(first) && !first.is_empty() && before.contains('(');
    is_macro || marks.iter().any(|mark| before.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_says_whether_a_use_is_reached_with_its_symbol() {
        let reaches = |text: &str| -> Vec<bool> {
            let tests = tests_of_symbols(text);
            tests.map(|(_, reaches)| reaches).collect()
        };
        for text in [
            "if (IS_ENABLED(CONFIG_A) && x)\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\treturn ",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tg();\n\t\tif (x)\n\t\t\tcontinue;\n",
            "return IS_ENABLED(CONFIG_A) ? ",
            "if (IS_ENABLED(CONFIG_A) && x)\n\t\treturn 1;\n\t",
            "if (!IS_ENABLED(CONFIG_A))\n\t\treturn 1;\n\t",
            "BUILD_BUG_ON(!IS_ENABLED(CONFIG_A));\n\t",
            "if (!IS_ENABLED(CONFIG_A)) {\n\t\tpanic(\"x\");\n\t}\n\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tg();\n\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tif (x)\n\t\t\tg();\n\t\telse\n\t\t\tf();\n\t\t",
            "if (IS_ENABLED(CONFIG_A) /* or else */ && \"x?:\")\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tfor (i = 0; i < n; i++)\n\t\t\t",
        ] {
            assert_eq!(reaches(text), [true], "{text}");
        }
        for text in [
            "if (!IS_ENABLED(CONFIG_A))\n\t\t",
            "if (!IS_ENABLED(CONFIG_A)) {\n\t\tg();\n\t\t",
            "if (!IS_ENABLED(CONFIG_A) || !",
            "return !!IS_ENABLED(CONFIG_A) && ",
            "if (!(IS_ENABLED(CONFIG_A) && x))\n\t\t",
            "if (!unlikely(!IS_ENABLED(CONFIG_A)))\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\treturn;\n\t",
            "if (IS_ENABLED(CONFIG_A) || x)\n\t\treturn;\n\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tf();\n\telse\n\t\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tf();\n\t} else {\n\t\t",
            "x = IS_ENABLED(CONFIG_A) ? f() : ",
            "return IS_ENABLED(CONFIG_A) || ",
        ] {
            assert_eq!(reaches(text), [false], "{text}");
        }
    }

    #[test]
    fn operands_of_instructions_are_uses() {
        let is_use = |line: &str| {
            let file = crate::cpp::scan::File::parse("a.S".into(), line);
            let sightings = file.sightings(&["hook"]);
            let mut uses = sightings.iter();
            uses.any(|one| one.kind == Kind::Use && is_operand(line, one, "a.S"))
        };
        for line in [
            "\tcall\thook\n",
            "\tbl hook\n",
            "1:\tbl hook\n",
            "\tjal\thook\n",
            "\tbrasl\t%r14,hook\n",
            "\tb.eq hook\n",
        ] {
            assert!(is_use(line), "{line}");
        }
        for line in [
            "hook:\n",
            "\t.globl hook\n",
            "SYM_FUNC_START(hook)\n",
            "EXPORT_SYMBOL(hook)\n",
            "\tmov r0, r1 @ for hook\n",
            "# call hook\n",
        ] {
            assert!(!is_use(line), "{line}");
        }
    }

    #[test]
    fn macros_of_assembler_define_names() {
        for line in [
            "LEAF(name)",
            "NESTED(name, 32, sp)",
            "SYM_FUNC_START(name)",
            "SYM_TYPED_FUNC_START(name)",
            "ENTRY(name)",
            "_GLOBAL(name)",
            "\t.globl name",
            "\t.set name, other",
        ] {
            let at = line.find("name").unwrap();
            assert!(is_defined_by_macro(line, &line[..at]), "{line}");
        }
        for line in [
            "END(name)",
            "SYM_FUNC_END(name)",
            "ENDPROC(name)",
            "EXPORT_SYMBOL(name)",
            "SYM_FUNC_START_LOCAL(name)",
            "SYM_CODE_START_LOCAL_NOALIGN(name)",
            "_ASM_NOKPROBE_SYMBOL(name)",
            "\tcall name",
            "\tPTR_LA t0, name",
        ] {
            let at = line.find("name").unwrap();
            assert!(!is_defined_by_macro(line, &line[..at]), "{line}");
        }
    }
}
