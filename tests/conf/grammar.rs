//! Random small Kconfig files in the dialect of a tree, with a `.config` for each.
//!
//! A [`Flavour::Valid`] case is accepted by `conf` nearly always: expressions refer to symbols
//! defined earlier and selects to later ones, so there is no cycle. A [`Flavour::Faulty`] case
//! breaks these rules and has its lines damaged; `conf` mostly rejects it.
//!
//! Left out on purpose: `BOOL != y`, which `conf` gets wrong from 6.12 to 7.2 (`expr.c:
//! expr_transform`), and `$(shell,...)`.

use std::path::Path;

use anyhow::{Context, Result};

use super::environment::Environment;
use super::prng::Prng;

/// Whether a case keeps the rules of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// All constructs, used as they are meant.
    Valid,
    /// With cycles, wrong types, and lines lost, doubled or damaged.
    Faulty,
}

/// The language changes between releases, mostly as to choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Choices may have a name, be tristate or optional; their members may have defaults.
    V6_1,
    /// Choices are bool, and `bool "..."` is another way to give the prompt.
    V6_12,
    /// With `transitional` and `depends on A if B`, and stricter about help and menuconfig.
    V7_2,
}

impl Dialect {
    /// The dialect of a tree, by the words that its `parser.y` knows. Fails if that file cannot
    /// be read.
    pub fn of(tree: &Path) -> Result<Self> {
        let path = tree.join("scripts/kconfig/parser.y");
        let parser = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(if parser.contains("T_TRANSITIONAL") {
            Self::V7_2
        } else if parser.contains("T_OPTIONAL") {
            Self::V6_1
        } else {
            Self::V6_12
        })
    }
}

/// A Kconfig file, the files that it sources, and a `.config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Names in the working directory and contents; the first one is `Kconfig`.
    pub files: Vec<(String, Vec<u8>)>,
    /// A `.config` for it.
    pub config: Vec<u8>,
    /// The names of the symbols that are defined, without prefix.
    pub symbols: Vec<String>,
}

/// The environment in which all cases are meant to be read.
pub fn environment() -> Environment {
    [
        ("ARCH", "toy"),
        ("KERNELVERSION", "1.2.3"),
        ("SRCARCH", "toy"),
        ("srctree", "."),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The case with this number; the same number gives the same bytes.
pub fn case(seed: u64, flavour: Flavour, dialect: Dialect) -> Case {
    let mut prng = Prng::new(seed ^ 0x4b63_6f6e_6669_6721);
    let most = if prng.chance(20) { 60 } else { 20 };
    let count = 4 + prng.below(most);
    let kinds = (0..count).map(|_| Kind::any(&mut prng)).collect();
    let mut writer = Writer {
        prng,
        flavour,
        dialect,
        kinds,
        in_choice: vec![false; count],
        transitional: vec![false; count],
        next: 0,
        floor: None,
        modules: false,
        files: vec![("Kconfig".to_owned(), String::new())],
        current: 0,
    };
    writer.top();
    let config = writer.dot_config();
    let symbols = (0..count).map(name).collect();
    let mut files = writer.files;
    if flavour == Flavour::Faulty {
        for _ in 0..1 + writer.prng.below(2) {
            let file = writer.prng.below(files.len());
            if writer.prng.chance(75) {
                files[file].1 = damage(&files[file].1, &mut writer.prng);
            }
        }
        for (_, text) in &mut files {
            *text = without_known_fault(text);
        }
    }
    let files = files
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    Case {
        files,
        config,
        symbols,
    }
}

/// The type of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Tristate,
    Int,
    Hex,
    Text,
}

impl Kind {
    fn any(prng: &mut Prng) -> Self {
        match prng.below(100) {
            0..48 => Self::Bool,
            48..75 => Self::Tristate,
            75..85 => Self::Int,
            85..92 => Self::Hex,
            _ => Self::Text,
        }
    }

    fn keyword(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Tristate => "tristate",
            Self::Int => "int",
            Self::Hex => "hex",
            Self::Text => "string",
        }
    }

    fn logical(self) -> bool {
        matches!(self, Self::Bool | Self::Tristate)
    }
}

/// The name of the symbol with this number: mostly `S7`, some that look odd.
fn name(index: usize) -> String {
    match index % 13 {
        5 => format!("{index}BIT"),
        8 => format!("lower_{index}"),
        11 => format!("LONG_NAME_OF_{index}"),
        _ => format!("S{index}"),
    }
}

/// How deep blocks may be nested.
const DEPTH: usize = 4;

struct Writer {
    prng: Prng,
    flavour: Flavour,
    dialect: Dialect,
    kinds: Vec<Kind>,
    /// Which symbols are members of a choice.
    in_choice: Vec<bool>,
    transitional: Vec<bool>,
    /// The next symbol to define.
    next: usize,
    /// The first symbol of the innermost open block; earlier ones may be part of its condition.
    floor: Option<usize>,
    modules: bool,
    files: Vec<(String, String)>,
    current: usize,
}

impl Writer {
    fn line(&mut self, text: &str) {
        let file = &mut self.files[self.current].1;
        file.push_str(text);
        file.push('\n');
    }

    fn top(&mut self) {
        if self.prng.chance(30) {
            self.line("mainmenu \"Toy $(KERNELVERSION) for $(ARCH)\"");
        }
        self.macros();
        if self.prng.chance(70) {
            self.modules = true;
            self.line("config MODULES");
            if self.prng.chance(70) {
                self.line("\tbool \"loadable parts\"");
            } else {
                self.line("\tdef_bool y");
            }
            self.line("\tmodules");
            if self.prng.chance(60) {
                self.line("\tdefault y");
            }
            self.line("");
        }
        while self.next < self.kinds.len() {
            self.statement(0);
        }
        if self.prng.chance(10) {
            self.line("comment \"the end\"");
        }
    }

    /// Assignments and calls that later text makes use of.
    fn macros(&mut self) {
        self.line("yes := y");
        self.line("no = n");
        self.line("stem := S");
        self.line("title = part $(1) of $(2)");
        self.line("second = $(2)");
        self.line("indirect = yes");
        if self.prng.chance(40) {
            self.line("title += ($(ARCH))");
            self.line("grown += one");
            self.line("grown += two");
        }
        if self.prng.chance(30) {
            self.line("$(info,reading $(filename) at line $(lineno))");
        }
        if self.prng.chance(15) {
            self.line("$(warning-if,$(yes),a warning (or not, in brackets))");
        }
        if self.prng.chance(20) {
            self.line("$(warning-if,$(no),not to be seen)");
            self.line("$(error-if,$(no),not to be seen)");
        }
        self.line("");
    }

    /// Defines at least one more symbol, or opens a block that may do so.
    fn statement(&mut self, depth: usize) {
        if self.prng.chance(8) {
            self.line("# a remark that nobody reads");
        }
        if self.prng.chance(5) {
            let condition = self.condition(self.next);
            self.line("comment \"look at $(call-of-nothing)this\"");
            if self.prng.chance(70) {
                self.line(&format!("\tdepends on {condition}"));
            }
            self.line("");
        }
        if self.prng.chance(10) {
            self.again();
        }
        match self.prng.below(100) {
            0..8 if depth < DEPTH => self.menu(depth),
            8..16 if depth < DEPTH => self.conditional(depth),
            16..26 if self.next + 2 < self.kinds.len() => self.choice(),
            26..30 if self.files.len() < 4 => self.source(depth),
            30..36 if depth < DEPTH => self.menuconfig(depth),
            // Inside of a block it would inherit a dependency, which it must not have.
            36..40 if depth == 0 && self.dialect == Dialect::V7_2 => self.transition(),
            _ => {
                let index = self.next;
                self.next += 1;
                self.config("config", index);
            }
        }
    }

    fn block(&mut self, depth: usize, start: usize) {
        let outer = self.floor;
        self.floor = Some(start);
        for _ in 0..1 + self.prng.below(5) {
            if self.next < self.kinds.len() {
                self.statement(depth + 1);
            }
        }
        self.floor = outer;
    }

    fn menu(&mut self, depth: usize) {
        let start = self.next;
        let title = self.prompt(start);
        self.line(&format!("menu {title}"));
        if self.prng.chance(50) {
            let line = self.depends(start);
            self.line(&line);
        }
        if self.prng.chance(30) {
            let condition = self.expression(start, 1);
            self.line(&format!("\tvisible if {condition}"));
        }
        self.line("");
        self.block(depth, start);
        self.line("endmenu\n");
    }

    fn conditional(&mut self, depth: usize) {
        let start = self.next;
        let condition = self.condition(start);
        self.line(&format!("if {condition}\n"));
        self.block(depth, start);
        self.line("endif # of a condition\n");
    }

    fn menuconfig(&mut self, depth: usize) {
        let index = self.next;
        self.next += 1;
        self.config("menuconfig", index);
        if self.kinds[index].logical() {
            self.line(&format!("if {}\n", name(index)));
            self.block(depth, index + 1);
            self.line("endif\n");
        }
    }

    fn source(&mut self, depth: usize) {
        let file = format!("Kconfig.{}", self.files.len());
        let spelled = if self.prng.chance(30) {
            file.replace("Kconfig", "$(second,x,Kconfig)")
        } else {
            file.clone()
        };
        self.line(&format!("source \"{spelled}\"\n"));
        let outer = self.current;
        self.files.push((file, String::new()));
        self.current = self.files.len() - 1;
        let start = self.next;
        self.block(depth, start);
        self.current = outer;
    }

    /// A symbol of an earlier name, and a new one that takes over its value.
    fn transition(&mut self) {
        let old = self.next;
        self.next += 1;
        self.transitional[old] = true;
        let kind = self.kinds[old];
        self.line(&format!(
            "config {}\n\t{}\n\ttransitional",
            name(old),
            kind.keyword()
        ));
        if self.prng.chance(50) {
            self.line("\thelp\n\t  An earlier name.");
        }
        self.line("");
        if self.next < self.kinds.len() && self.kinds[self.next] == kind {
            let new = self.next;
            self.next += 1;
            let prompt = self.prompt(new);
            self.line(&format!(
                "config {}\n\t{} {prompt}",
                name(new),
                kind.keyword()
            ));
            self.line(&format!("\tdefault {}", name(old)));
            if self.prng.chance(40) {
                let line = self.depends(old);
                self.line(&line);
            }
            self.line("");
        }
    }

    fn choice(&mut self) {
        let start = self.next;
        let members = (2 + self.prng.below(3)).min(self.kinds.len() - start);
        let prompt = self.prompt(start);
        let condition = self.prompt_condition(start);
        let mut kind = Kind::Bool;
        match self.dialect {
            Dialect::V7_2 => self.line(&format!("choice\n\tprompt {prompt}{condition}")),
            Dialect::V6_12 => {
                let word = *self.prng.pick(&["prompt", "bool"]);
                self.line(&format!("choice\n\t{word} {prompt}{condition}"));
            }
            Dialect::V6_1 => kind = self.old_choice(start, &prompt, &condition),
        }
        for _ in 0..self.prng.below(3) {
            let wanted = if start == 0 || self.prng.chance(96) {
                start + self.prng.below(members)
            } else {
                self.prng.below(start)
            };
            let condition = self.optional_if(start);
            self.line(&format!("\tdefault {}{condition}", name(wanted)));
        }
        if self.prng.chance(30) {
            let line = self.depends(start);
            self.line(&line);
        }
        if self.prng.chance(15) {
            self.help();
        }
        self.line("");
        for index in start..start + members {
            self.next = index + 1;
            self.in_choice[index] = true;
            if self.flavour == Flavour::Valid || self.prng.chance(97) {
                self.kinds[index] = kind;
            }
            let conditional = self.prng.chance(12);
            if conditional {
                let condition = self.condition(start);
                self.line(&format!("if {condition}"));
            }
            if self.prng.chance(5) {
                self.line("comment \"inside of a choice\"");
            }
            self.member(index, start, start + members);
            if conditional {
                self.line("endif");
            }
        }
        self.line("endchoice\n");
    }

    /// The head of a choice as of 6.1. Returns the type that its members have.
    fn old_choice(&mut self, start: usize, prompt: &str, condition: &str) -> Kind {
        // conf takes the type of the first member if the choice has none.
        let kind = *self.prng.pick(&[Kind::Bool, Kind::Bool, Kind::Tristate]);
        let named = if self.prng.chance(8) {
            format!(" CHOICE_{start}")
        } else {
            String::new()
        };
        self.line(&format!("choice{named}"));
        match self.prng.below(3) {
            0 => self.line(&format!("\t{} {prompt}{condition}", kind.keyword())),
            1 => {
                self.line(&format!("\tprompt {prompt}{condition}"));
                self.line(&format!("\t{}", kind.keyword()));
            }
            _ => self.line(&format!("\tprompt {prompt}{condition}")),
        }
        if self.prng.chance(20) {
            self.line("\toptional");
        }
        kind
    }

    /// A member of a choice whose members are those from `start` to before `end`.
    fn member(&mut self, index: usize, start: usize, end: usize) {
        self.line(&format!("config {}", name(index)));
        let prompt = self.prompt(index);
        let condition = self.prompt_condition(start);
        self.line(&format!(
            "\t{} {prompt}{condition}",
            self.kinds[index].keyword()
        ));
        if self.prng.chance(25) {
            let line = self.depends(start);
            self.line(&line);
        }
        if self.prng.chance(20)
            && let Some(target) = self.later(end)
        {
            let condition = self.optional_if(start);
            self.line(&format!("\tselect {target}{condition}"));
        }
        if self.flavour == Flavour::Faulty && self.prng.chance(2) {
            self.line("\tdefault y");
        }
        self.line("");
    }

    /// Defines an earlier symbol once more.
    fn again(&mut self) {
        let floor = self.floor.unwrap_or(0);
        if floor >= self.next {
            return;
        }
        let index = floor + self.prng.below(self.next - floor);
        let allowed = !self.in_choice[index] && !self.transitional[index];
        if allowed || (self.flavour == Flavour::Faulty && self.prng.chance(10)) {
            self.config("config", index);
        }
    }

    /// A `config` or `menuconfig` entry with everything that belongs to it.
    fn config(&mut self, keyword: &str, index: usize) {
        self.line(&format!("{keyword} {}", name(index)));
        let mut options = Vec::new();
        let prompted = keyword == "menuconfig" || self.prng.chance(70);
        self.type_and_prompt(index, prompted, &mut options);
        for _ in 0..*self.prng.pick(&[0, 0, 1, 1, 2]) {
            options.push(self.depends(index));
        }
        for _ in 0..*self.prng.pick(&[0, 0, 1, 1, 2, 3]) {
            let value = self.value(index);
            let condition = self.optional_if(index);
            options.push(format!("\tdefault {value}{condition}"));
        }
        if self.kinds[index].logical() {
            for _ in 0..*self.prng.pick(&[0, 0, 0, 1, 2]) {
                let verb = *self.prng.pick(&["select", "select", "imply"]);
                if let Some(target) = self.later(index + 1) {
                    let condition = self.optional_if(index);
                    options.push(format!("\t{verb} {target}{condition}"));
                }
            }
        } else if self.kinds[index] != Kind::Text {
            for _ in 0..*self.prng.pick(&[0, 1, 1, 2]) {
                let (low, high) = self.bounds(index);
                let condition = self.optional_if(index);
                options.push(format!("\trange {low} {high}{condition}"));
            }
        }
        // The order of options does not count, but that of two defaults does.
        for _ in 0..options.len() {
            let (first, second) = (
                self.prng.below(options.len()),
                self.prng.below(options.len()),
            );
            options.swap(first, second);
        }
        for option in options {
            self.line(&option);
        }
        if self.prng.chance(12) {
            self.help();
        }
        self.line("");
    }

    fn type_and_prompt(&mut self, index: usize, prompted: bool, options: &mut Vec<String>) {
        let mut kind = self.kinds[index];
        if self.flavour == Flavour::Faulty && self.prng.chance(4) {
            // Never from or to the logical types: a tristate that turns out to be a bool could
            // bring about the fault that is left out.
            kind = if kind.logical() { kind } else { Kind::Text };
        }
        let prompt = self.prompt(index);
        let condition = self.prompt_condition(index);
        match self.prng.below(10) {
            0..2 if kind.logical() => {
                let value = self.value(index);
                let only_if = self.optional_if(index);
                options.push(format!("\tdef_{} {value}{only_if}", kind.keyword()));
                if prompted {
                    options.push(format!("\tprompt {prompt}{condition}"));
                }
            }
            2..4 if prompted => {
                options.push(format!("\t{}", kind.keyword()));
                options.push(format!("\tprompt {prompt}{condition}"));
            }
            _ if prompted => options.push(format!("\t{} {prompt}{condition}", kind.keyword())),
            _ => options.push(format!("\t{}", kind.keyword())),
        }
    }

    fn help(&mut self) {
        let text = match self.prng.below(3) {
            0 => "\thelp\n\t  A few words\n\t    and more of them.",
            1 => "\thelp\n\n\t  After a blank line: config menu endmenu\n\n\t  and another one.",
            _ => "\thelp\n          Blanks instead of a tab, \"open quote",
        };
        self.line(text);
    }

    fn prompt(&mut self, index: usize) -> String {
        match self.prng.below(8) {
            0 => format!("'item {index}'"),
            1 => format!("\"item $(title,{index},many)\""),
            2 => format!("\"item \\\"{index}\\\" # no remark\""),
            _ => format!("\"item {index}\""),
        }
    }

    /// ` if ...` after a prompt, now and then.
    fn prompt_condition(&mut self, limit: usize) -> String {
        if self.prng.chance(25) {
            format!(" if {}", self.condition(limit))
        } else {
            String::new()
        }
    }

    fn optional_if(&mut self, limit: usize) -> String {
        if self.prng.chance(40) {
            format!(" if {}", self.condition(limit))
        } else {
            String::new()
        }
    }

    fn depends(&mut self, limit: usize) -> String {
        // An entry right below the one that it depends on makes a submenu of it.
        let previous = limit
            .checked_sub(1)
            .filter(|&index| self.kinds[index].logical());
        if let Some(previous) = previous
            && self.prng.chance(35)
        {
            return format!("\tdepends on {}", name(previous));
        }
        let expression = self.condition(limit);
        if self.dialect == Dialect::V7_2 && self.prng.chance(15) {
            let condition = self.expression(limit, 1);
            return format!("\tdepends on {expression} if {condition}");
        }
        format!("\tdepends on {expression}")
    }

    fn condition(&mut self, limit: usize) -> String {
        let depth = *self.prng.pick(&[0, 0, 1, 1, 2, 3]);
        let expression = self.expression(limit, depth);
        if self.prng.chance(8) {
            return expression.replacen(" && ", " && \\\n\t\t", 1);
        }
        expression
    }

    /// An expression over symbols before `limit`.
    fn expression(&mut self, limit: usize, depth: usize) -> String {
        if depth == 0 {
            return self.atom(limit);
        }
        match self.prng.below(10) {
            0..4 => {
                let (left, right) = (
                    self.expression(limit, depth - 1),
                    self.expression(limit, depth - 1),
                );
                format!("{left} && {right}")
            }
            4..7 => {
                let (left, right) = (
                    self.expression(limit, depth - 1),
                    self.expression(limit, depth - 1),
                );
                format!("{left} || {right}")
            }
            7 => format!("!({})", self.expression(limit, depth - 1)),
            8 => format!("({})", self.expression(limit, depth - 1)),
            _ => format!("!{}", self.atom(limit)),
        }
    }

    /// A symbol before `limit`, or in a faulty case now and then any symbol.
    fn earlier(&mut self, limit: usize) -> Option<usize> {
        let limit = if self.flavour == Flavour::Faulty && self.prng.chance(1) {
            self.kinds.len()
        } else {
            limit
        };
        (limit > 0).then(|| self.prng.below(limit))
    }

    /// The name of a symbol to select: a logical one from `start` on.
    fn later(&mut self, start: usize) -> Option<String> {
        if self.prng.chance(2) {
            return Some("NOWHERE".to_owned());
        }
        let faulty = self.flavour == Flavour::Faulty && self.prng.chance(4);
        let start = if faulty { 0 } else { start };
        let targets: Vec<usize> = (start..self.kinds.len().min(start + 12))
            .filter(|&index| faulty || self.kinds[index].logical())
            .collect();
        if targets.is_empty() {
            None
        } else {
            Some(name(*self.prng.pick(&targets)))
        }
    }

    fn atom(&mut self, limit: usize) -> String {
        match self.prng.below(40) {
            0 => return (*self.prng.pick(&["y", "m", "n", "\"y\"", "'n'", "'m'"])).to_owned(),
            1 => return "UNDEFINED".to_owned(),
            2 => return (*self.prng.pick(&["$(yes)", "$(no)", "$($(indirect))"])).to_owned(),
            3 => {
                return (*self.prng.pick(&[
                    "$(ARCH) = toy",
                    "\"$(ARCH)\" = \"toy\"",
                    "UNDEFINED = UNDEFINED",
                    "UNDEFINED != \"\"",
                    "10 < 9",
                    "0x10 > 9",
                    "\"b\" > \"a\"",
                    "y > n",
                ]))
                .to_owned();
            }
            4 if self.modules => return "MODULES".to_owned(),
            _ => {}
        }
        let Some(index) = self.earlier(limit) else {
            return "y".to_owned();
        };
        let symbol = name(index);
        let symbol = match symbol.strip_prefix('S') {
            Some(number) if self.prng.chance(5) => format!("$(stem){number}"),
            _ => symbol,
        };
        if self.kinds[index].logical() && self.prng.chance(75) {
            return symbol;
        }
        if self.prng.chance(10)
            && let Some(other) = self.earlier(limit)
        {
            let operator = *self.prng.pick(&["=", "!=", "<", ">="]);
            return format!("{symbol} {operator} {}", name(other));
        }
        match self.kinds[index] {
            Kind::Bool => {
                let test = *self
                    .prng
                    .pick(&["= y", "= n", "!= n", "= m", "!= m", "> n", "< y"]);
                format!("{symbol} {test}")
            }
            Kind::Tristate if self.flavour == Flavour::Valid => {
                let operator = *self
                    .prng
                    .pick(&["=", "!=", "=", "!=", "<", "<=", ">", ">="]);
                format!("{symbol} {operator} {}", *self.prng.pick(&["y", "m", "n"]))
            }
            Kind::Tristate => format!("{symbol} = {}", *self.prng.pick(&["y", "m", "n"])),
            kind => {
                let operator = *self.prng.pick(&["=", "!=", "<", "<=", ">", ">="]);
                let value = self.literal(kind);
                if self.prng.chance(10) && !value.contains(['"', '\'']) {
                    return format!("{value} {operator} {symbol}");
                }
                format!("{symbol} {operator} {value}")
            }
        }
    }

    /// A constant of a type that is not logical.
    fn literal(&mut self, kind: Kind) -> String {
        const TEXTS: [&str; 7] = [
            "\"\"",
            "\"text\"",
            "\"two words\"",
            "'single'",
            "\"q\\\"q\"",
            "\"b\\\\b\"",
            "\"10\"",
        ];
        match kind {
            Kind::Hex => {
                let number = self.number();
                let quote = if self.prng.chance(10) { "\"" } else { "" };
                let prefix = if self.prng.chance(90) { "0x" } else { "" };
                format!("{quote}{prefix}{number:x}{quote}")
            }
            Kind::Text => (*self.prng.pick(&TEXTS)).to_owned(),
            _ => {
                let number = self.number();
                let sign = if self.prng.chance(8) { "-" } else { "" };
                format!("{sign}{number}")
            }
        }
    }

    fn number(&mut self) -> usize {
        match self.prng.below(10) {
            0 => 0,
            1 => 4_294_967_296,
            2 => 255,
            _ => self.prng.below(100),
        }
    }

    /// A default value for a symbol.
    fn value(&mut self, index: usize) -> String {
        let kind = self.kinds[index];
        if kind.logical() {
            return match self.prng.below(10) {
                0..4 => "y".to_owned(),
                4 => "m".to_owned(),
                5 => "n".to_owned(),
                _ => self.condition(index).replace("\\\n\t\t", ""),
            };
        }
        let same: Vec<usize> = (0..index)
            .filter(|&other| self.kinds[other] == kind)
            .collect();
        if !same.is_empty() && self.prng.chance(25) {
            return name(*self.prng.pick(&same));
        }
        self.literal(kind)
    }

    /// The two ends of a range.
    fn bounds(&mut self, index: usize) -> (String, String) {
        let kind = self.kinds[index];
        let same: Vec<usize> = (0..index)
            .filter(|&other| self.kinds[other] == kind)
            .collect();
        let low = self.prng.below(60);
        let high = if self.prng.chance(95) {
            low + self.prng.below(200)
        } else {
            0
        };
        let print = |number: usize| match kind {
            Kind::Hex => format!("{number:#x}"),
            _ => number.to_string(),
        };
        let (mut low, mut high) = (print(low), print(high));
        if !same.is_empty() && self.prng.chance(15) {
            high = name(*self.prng.pick(&same));
        } else if !same.is_empty() && self.prng.chance(10) {
            low = name(*self.prng.pick(&same));
        }
        (low, high)
    }

    /// A line of a `.config` for a symbol, most often of its own type.
    fn config_line(&mut self, index: usize) -> String {
        let symbol = name(index);
        let kind = if self.prng.chance(96) {
            self.kinds[index]
        } else {
            Kind::any(&mut self.prng)
        };
        match kind {
            Kind::Bool if self.prng.chance(65) => format!("CONFIG_{symbol}=y"),
            Kind::Tristate if self.prng.chance(65) => {
                format!("CONFIG_{symbol}={}", *self.prng.pick(&["y", "m", "m", "n"]))
            }
            Kind::Bool | Kind::Tristate => format!("# CONFIG_{symbol} is not set"),
            Kind::Text => {
                let text =
                    *self
                        .prng
                        .pick(&["\"\"", "\"text\"", "\"q\\\"q\"", "\"b\\\\b\"", "bare"]);
                format!("CONFIG_{symbol}={text}")
            }
            kind => format!("CONFIG_{symbol}={}", self.literal(kind).replace('"', "")),
        }
    }

    /// A `.config` with lines for some of the symbols.
    fn dot_config(&mut self) -> Vec<u8> {
        let percent = *self.prng.pick(&[0, 30, 60, 90]);
        let mut lines = Vec::new();
        if self.modules && self.prng.chance(60) {
            lines.push("CONFIG_MODULES=y".to_owned());
        }
        for index in 0..self.kinds.len() {
            if self.prng.chance(percent) {
                lines.push(self.config_line(index));
            }
            if self.prng.chance(2) {
                lines.push(self.config_line(index));
            }
        }
        if self.prng.chance(10) {
            lines.push("CONFIG_UNHEARD_OF=y".to_owned());
        }
        if self.prng.chance(30) {
            for _ in 0..lines.len() {
                let (first, second) = (self.prng.below(lines.len()), self.prng.below(lines.len()));
                lines.swap(first, second);
            }
        }
        lines
            .iter()
            .flat_map(|line| [line.as_bytes(), b"\n"].concat())
            .collect()
    }
}

/// One more fault in the text of a Kconfig file.
fn damage(text: &str, prng: &mut Prng) -> String {
    const LINES: [&str; 26] = [
        "endmenu",
        "endif",
        "endchoice",
        "menu \"open\"",
        "if S0",
        "choice",
        "config",
        "config S0 S1",
        "\tdepends on",
        "\tdepends on S0 &&",
        "\tselect",
        "\tdefault",
        "\trange 1",
        "\tbool \"open",
        "\toption modules",
        "\toptional",
        "\tvisible if S0",
        "\thelp\n\nconfig AFTER_BLANK_HELP\n\tbool",
        "nonsense",
        "source \"Kconfig\"",
        "source \"Kconfig.none\"",
        "%strange; characters?",
        "$(error-if,y,stop here)",
        "loop = $(loop)\n$(loop)",
        "x := $(unterminated",
        "$(warning-if,y)",
    ];
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return (*prng.pick(&LINES)).to_owned();
    }
    let at = prng.below(lines.len());
    match prng.below(9) {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let other = prng.below(lines.len());
            lines.swap(at, other);
        }
        3 | 4 => lines.insert(at, (*prng.pick(&LINES)).to_owned()),
        5 => lines.truncate(at + 1),
        6 => {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            let mut parts: Vec<String> = lines[at].split(' ').map(str::to_owned).collect();
            let part = prng.below(parts.len());
            if !words.is_empty() {
                parts[part].clone_from(prng.pick(&words));
            }
            lines[at] = parts.join(" ");
        }
        7 => {
            let mut characters: Vec<char> = lines[at].chars().collect();
            if !characters.is_empty() {
                let place = prng.below(characters.len());
                let new = *prng.pick(&[
                    '"', '\'', '(', ')', '!', '&', '=', '<', '$', '\\', '#', ' ', '\t', '-', '@',
                    ',',
                ]);
                if prng.chance(50) {
                    characters[place] = new;
                } else {
                    characters.remove(place);
                }
            }
            lines[at] = characters.into_iter().collect();
        }
        _ => return lines.join("\n"),
    }
    lines.join("\n") + "\n"
}

/// Turns every `!=` into `=`, so that no damage can lead to `BOOL != y`.
fn without_known_fault(text: &str) -> String {
    text.replace("!=", "=")
}
