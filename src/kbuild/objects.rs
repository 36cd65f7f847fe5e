//! Owns what the makefiles of one architecture build: a function from configurations to objects, as the condition of each object.
//!
//! Directories are read when they are asked for. Source of the lists and what they mean: `scripts/Makefile.build` and
//! `scripts/Makefile.lib` of 7.2, `Kbuild` and the top `Makefile`, Documentation/kbuild/makefiles.rst. An object of a directory
//! that only `obj-m` names is built as a module or not at all.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::run::{Runner, Symbols, Unknown, Variables};
use super::value::{Piece, Words};
use crate::cpp::{Condition, Conditions};
use crate::tree::Tree;
use crate::tree::normalized;

/// Target that kbuild makes from the source file at `source`: its object, or the preprocessed linker script of a `.lds.S`.
pub fn target(source: &str) -> String {
    match source.strip_suffix(".S") {
        Some(script) if script.ends_with(".lds") => script.to_owned(),
        _ => {
            let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
            format!("{stem}.o")
        }
    }
}

/// When an object is built, one condition for each way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The target: the path of the object, or of what else the makefiles have the compiler make of the source file.
    pub target: String,
    /// The directory whose makefile names it, if that is not one above it: `../pm/x.o` in the makefile of a neighbour.
    pub holder: Option<String>,
    /// The object that a pattern rule makes of the source file in its place, by its path: `x.nvhe.o`.
    pub variant: Option<String>,
    /// As a part of the kernel.
    pub kernel: Condition,
    /// As a part of a module, where it is no part of the kernel.
    pub module: Condition,
    /// By a rule of its directory: an object that no list has, such as those of a vDSO or a boot loader. Under the condition its
    /// directory is entered; whether the rule runs depends on what is built.
    pub rule: Condition,
    /// Parts of the makefiles on the way that could not be evaluated. If there are any, an object that is in no list may be
    /// built all the same.
    pub unknown: Vec<Unknown>,
}

impl Built {
    /// When the object is built at all.
    pub fn any(&self, conditions: &mut Conditions) -> Condition {
        conditions.any([self.kernel, self.module, self.rule])
    }

    /// Whether some configuration may build it.
    pub fn is_possible(&self) -> bool {
        [self.kernel, self.module, self.rule]
            .iter()
            .any(|&condition| condition != Condition::FALSE)
    }
}

/// In which list of a directory a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Listed {
    /// `obj-y`, `lib-y`
    kernel: Condition,
    /// `obj-m`
    module: Condition,
    /// `always-y`, `extra-y`, `targets` and lists of that kind.
    rule: Condition,
    /// `subdir-y`, `subdir-m`: entered, but nothing of it becomes a part of the kernel.
    entered: Condition,
}

impl Default for Listed {
    fn default() -> Self {
        Self {
            kernel: Condition::FALSE,
            module: Condition::FALSE,
            rule: Condition::FALSE,
            entered: Condition::FALSE,
        }
    }
}

/// The lists of one directory.
#[derive(Debug, Default)]
struct List {
    /// By path relative to the root: objects, and directories with a slash at their ends.
    words: FxHashMap<String, Listed>,
    unknown: Vec<Unknown>,
    /// The directories that recipes enter.
    entered: Vec<String>,
    /// The programs that run on the host or in user space.
    programs: FxHashSet<String>,
}

/// When a directory is entered.
#[derive(Clone, Debug)]
struct Entered {
    /// On a way of `obj-y` alone.
    kernel: Condition,
    /// On any way.
    any: Condition,
    unknown: Vec<Unknown>,
}

/// The objects that the makefiles of one architecture build.
pub struct Objects<'a> {
    tree: &'a Tree,
    symbols: &'a dyn Symbols,
    srcarch: String,
    /// The conditions of all answers.
    pub conditions: Conditions,
    /// The variables that every directory's makefile sees.
    shared: Variables,
    root: Rc<List>,
    lists: FxHashMap<String, Option<Rc<List>>>,
    directories: FxHashMap<String, Entered>,
    /// For each directory those below it whose makefiles name files elsewhere.
    neighbours: FxHashMap<String, Rc<Vec<String>>>,
    /// For each directory at the root what makefiles name from afar.
    afar: FxHashMap<String, Rc<FxHashMap<String, Vec<String>>>>,
    passed: FxHashMap<String, Rc<Passed>>,
}

/// Directories that a makefile passes to the compiler with `-I`.
#[derive(Debug, Default)]
struct Passed {
    /// For the objects of its own lists.
    here: Vec<String>,
    /// For those and all in directories below.
    below: Vec<String>,
    /// For single objects, by path.
    of_objects: FxHashMap<String, Vec<String>>,
}

impl<'a> Objects<'a> {
    /// Reads what stands above all directories: `Kbuild`, the top makefile and that of the architecture. `arch` is the value
    /// of `ARCH`.
    pub fn new(tree: &'a Tree, symbols: &'a dyn Symbols, srcarch: &str, arch: &str) -> Self {
        let mut conditions = Conditions::new();
        let mut variables = Variables::default();
        for (name, text) in [
            ("srctree", "."),
            ("srcroot", "."),
            ("abs_srctree", "."),
            ("objtree", "."),
            ("SRCARCH", srcarch),
            ("ARCH", arch),
            ("SUBARCH", if srcarch == "um" { "x86" } else { arch }),
            ("KBUILD_BUILTIN", "y"),
            ("KBUILD_MODULES", "y"),
            ("comma", ","),
            ("empty", ""),
            ("space", " "),
            ("pound", "#"),
            ("quote", "\""),
            ("squote", "'"),
        ] {
            variables.set(name, text);
        }
        let given = variables.names();
        let given: FxHashSet<&str> = given.iter().map(|name| &**name).collect();
        let tops = ["core", "drivers", "libs", "head", "net", "init", "virt"];
        for top in tops {
            for suffix in ["y", "m"] {
                variables.set(&format!("{top}-{suffix}"), "");
            }
        }
        let is_top = |name: &str| {
            let stem = name.split_once('-').map_or("", |(stem, _)| stem);
            tops.contains(&stem) && !name.ends_with("-y1") && !name.ends_with("-y2")
        };
        let before = variables.clone();
        let mut runner = Runner::new(tree, symbols, &mut conditions, variables);
        runner.assignments("Makefile", &is_top);
        let own = format!("arch/{srcarch}/Makefile");
        runner.file(&own);
        let mut entered = std::mem::take(&mut runner.entered);
        let exported = std::mem::take(&mut runner.exported);
        let mut unknown = std::mem::take(&mut runner.unknown);
        // Compiler options that the architecture's makefile cannot decide do not matter for lists.
        unknown.retain(|unknown| unknown.text.contains("include"));
        let mut list = List::default();
        if let Some(stopped) = runner.stopped.take() {
            runner.variables = before;
            unknown.push(stopped);
        }
        for top in tops {
            for (suffix, is_kernel) in [("y", true), ("m", false)] {
                let value = runner.variable(&format!("{top}-{suffix}"), &[]);
                let words = value.words(runner.conditions);
                list.add("", words, runner.conditions, |listed| match is_kernel {
                    true => &mut listed.kernel,
                    false => &mut listed.module,
                });
            }
        }
        let mut shared = runner.variables;
        shared.retain(|name| given.contains(name) || exported.contains(name));
        let mut variables = shared.clone();
        begin(&mut variables, "");
        let mut runner = Runner::new(tree, symbols, &mut conditions, variables);
        runner.file("Kbuild");
        list.take("", &mut runner);
        entered.append(&mut runner.entered);
        list.unknown.append(&mut unknown);
        list.entered = entered
            .iter()
            .filter_map(|directory| plain_directory(directory, "", srcarch))
            .collect();
        Self {
            tree,
            symbols,
            srcarch: srcarch.to_owned(),
            conditions,
            shared,
            root: Rc::new(list),
            lists: FxHashMap::default(),
            directories: FxHashMap::default(),
            neighbours: FxHashMap::default(),
            afar: FxHashMap::default(),
            passed: FxHashMap::default(),
        }
    }

    /// When the object of a source file is built; `source` is a path that ends in `.c`, `.S` or `.rs`.
    pub fn built(&mut self, source: &str) -> Built {
        let built = self.object(&target(source));
        // Headers of offsets are made of what the compiler says in assembler.
        match source.strip_suffix(".c") {
            Some(stem) if !built.is_possible() => {
                let said = self.object(&format!("{stem}.s"));
                if said.is_possible() { said } else { built }
            }
            _ => built,
        }
    }

    /// When an object is built, by its path.
    pub fn object(&mut self, object: &str) -> Built {
        let at_root = self.root.words.get(object).copied().unwrap_or_default();
        let mut built = Built {
            target: object.to_owned(),
            holder: None,
            variant: None,
            kernel: at_root.kernel,
            module: at_root.module,
            rule: at_root.rule,
            unknown: Vec::new(),
        };
        let mut is_on_way = built.is_possible();
        for holder in &self.holders(object) {
            let Some(list) = self.list(holder) else {
                continue;
            };
            let listed = list.words.get(object).copied().unwrap_or_default();
            let is_named = listed != Listed::default();
            if !is_named && list.unknown.is_empty() {
                continue;
            }
            let entered = self.directory(holder);
            let conditions = &mut self.conditions;
            let kernel = conditions.and(entered.kernel, listed.kernel);
            let module = conditions.and(entered.any, listed.module);
            let module = conditions.and_not(module, kernel);
            let rule = conditions.and(entered.any, listed.rule);
            if [kernel, module, rule] != [Condition::FALSE; 3] {
                if rule != Condition::FALSE && built.variant.is_none() {
                    built.variant = list.variant(object);
                }
                match above(object).any(|directory| directory == holder) {
                    true => is_on_way = true,
                    false => built.holder = built.holder.or_else(|| Some(holder.clone())),
                }
            }
            built.kernel = conditions.or(built.kernel, kernel);
            built.module = conditions.or(built.module, module);
            built.rule = conditions.or(built.rule, rule);
            if !is_named {
                let unknown = entered.unknown.iter().chain(&list.unknown);
                for unknown in unknown {
                    if !built.unknown.contains(unknown) {
                        built.unknown.push(unknown.clone());
                    }
                }
            }
        }
        if built.is_possible() {
            built.unknown.clear();
        }
        if is_on_way {
            built.holder = None;
        }
        // An object that a list has is made as it is.
        if built.kernel != Condition::FALSE || built.module != Condition::FALSE {
            built.variant = None;
        }
        built
    }

    /// The directories whose lists may have an object: those on the way to it, neighbours that name it, and those that name it from
    /// afar.
    fn holders(&mut self, object: &str) -> Vec<String> {
        let mut holders: Vec<String> = above(object).map(str::to_owned).collect();
        // `../pm/x.o` stands in the makefile of a neighbour.
        for above in holders.clone() {
            for neighbour in self.neighbours(&above).iter() {
                if !holders.contains(neighbour) && self.lists_object(neighbour, object) {
                    holders.push(neighbour.clone());
                }
            }
        }
        let is_listed = holders.iter().any(|holder| {
            self.lists_object(holder, object) && self.directory(holder).any != Condition::FALSE
        });
        if !is_listed {
            let top = object.split('/').next().unwrap_or_default();
            let afar = self.afar(top);
            holders.extend(afar.get(object).into_iter().flatten().cloned());
        }
        holders
    }

    /// The objects that makefiles of the architecture, and those below `top`, name with a path that leads far away, such as
    /// `../../../virt/kvm/eventfd.o`, each with the directories of these makefiles.
    fn afar(&mut self, top: &str) -> Rc<FxHashMap<String, Vec<String>>> {
        if let Some(known) = self.afar.get(top) {
            return known.clone();
        }
        let is_makefile = |path: &str| path.ends_with("/Makefile") || path.ends_with("/Kbuild");
        let mut roots = vec![format!("arch/{}", self.srcarch)];
        roots.extend((top != "arch").then(|| top.to_owned()));
        let mut found: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for root in roots {
            for path in self.tree.walk(&root, &is_makefile).unwrap_or_default() {
                let text = self.tree.read_text(&path).unwrap_or_default();
                let leads_away = text.contains("../..")
                    || text.lines().any(|line| {
                        line.starts_with("include $(srctree)/") && !line.contains("/scripts/")
                    });
                let Some((directory, _)) = path.rsplit_once('/').filter(|_| leads_away) else {
                    continue;
                };
                let Some(list) = self.list(directory) else {
                    continue;
                };
                let own = format!("{directory}/");
                let words = list.words.keys();
                for word in words.filter(|word| word.ends_with(".o") && !word.starts_with(&own)) {
                    let holders = found.entry(word.clone()).or_default();
                    if !holders.iter().any(|holder| holder == directory) {
                        holders.push(directory.to_owned());
                    }
                }
            }
        }
        let found = Rc::new(found);
        self.afar.insert(top.to_owned(), found.clone());
        found
    }

    fn lists_object(&mut self, directory: &str, object: &str) -> bool {
        let list = self.list(directory);
        list.is_some_and(|list| list.words.contains_key(object))
    }

    /// The directories of the tree where the compiler looks for headers of a source file besides those of the whole kernel: what
    /// the makefile that lists its object, and those above that, pass with `-I`. In their order; conditionals do not matter.
    pub fn include_directories(&mut self, source: &str) -> Vec<String> {
        let object = target(source);
        let mut found: Vec<String> = Vec::new();
        for holder in self.holders(&object) {
            if !self.lists_object(&holder, &object) {
                continue;
            }
            let own = self.passed(&holder);
            let of_object = own.of_objects.get(&object).into_iter().flatten();
            found.extend(own.here.iter().chain(&own.below).chain(of_object).cloned());
            for above in above(&holder) {
                found.extend(self.passed(above).below.iter().cloned());
            }
        }
        let mut seen = FxHashSet::default();
        found.retain(|directory| seen.insert(directory.clone()));
        found
    }

    /// The directories that a makefile passes with `-I`.
    fn passed(&mut self, directory: &str) -> Rc<Passed> {
        if let Some(known) = self.passed.get(directory) {
            return known.clone();
        }
        let mut passed = Passed::default();
        if let Some(path) = self.makefile(directory) {
            let mut variables = self.shared.clone();
            begin(&mut variables, directory);
            let mut runner = Runner::new(self.tree, self.symbols, &mut self.conditions, variables);
            runner.file(&path);
            for name in runner.variables.names() {
                if self.shared.has(&name) || !name.to_ascii_lowercase().contains("flags") {
                    continue;
                }
                let object = ["CFLAGS_", "AFLAGS_"]
                    .iter()
                    .find_map(|prefix| name.strip_prefix(prefix))
                    .filter(|object| object.ends_with(".o"));
                let directories = match object {
                    Some(object) => match normalized(&format!("{directory}/{object}")) {
                        Some(object) => passed.of_objects.entry(object).or_default(),
                        None => continue,
                    },
                    None if name.starts_with("subdir-") => &mut passed.below,
                    // vDSOs have variables of their own that come to the compiler's options.
                    None => &mut passed.here,
                };
                let value = runner.variable(&name, &[]);
                directories.extend(included(&value.words(runner.conditions)));
            }
        }
        let passed = Rc::new(passed);
        self.passed.insert(directory.to_owned(), passed.clone());
        passed
    }

    /// Whether the file is a part of a program for the host or user space.
    pub fn is_program(&mut self, source: &str) -> bool {
        let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
        let mut holder = source;
        while let Some((above, _)) = holder.rsplit_once('/') {
            holder = above;
            if let Some(list) = self.list(holder)
                && (list.programs.contains(stem) || list.programs.contains(&format!("{stem}.o")))
            {
                return true;
            }
        }
        false
    }

    /// Every object that the lists of a directory and of those below it name, with the condition under which it is built; for
    /// comparisons with what make lists. The walk starts at the root.
    pub fn all(&mut self) -> Vec<(String, Built)> {
        let mut seen: FxHashSet<String> = FxHashSet::default();
        let mut pending: Vec<String> = self.root.directories();
        let mut objects: FxHashSet<String> = FxHashSet::default();
        while let Some(directory) = pending.pop() {
            if !seen.insert(directory.clone()) {
                continue;
            }
            let Some(list) = self.list(&directory) else {
                continue;
            };
            pending.extend(list.directories());
            let names = list.words.keys();
            objects.extend(names.filter(|name| name.ends_with(".o")).cloned());
        }
        let mut objects: Vec<String> = objects.into_iter().collect();
        objects.sort();
        objects
            .into_iter()
            .map(|object| {
                let built = self.object(&object);
                (object, built)
            })
            .collect()
    }

    /// When kbuild enters a directory at all.
    pub fn entered(&mut self, directory: &str) -> Condition {
        match directory {
            "" => Condition::TRUE,
            directory => self.directory(directory).any,
        }
    }

    /// The directories right below one whose makefiles name files with `..`; none for those of the whole tree.
    fn neighbours(&mut self, directory: &str) -> Rc<Vec<String>> {
        if let Some(known) = self.neighbours.get(directory) {
            return known.clone();
        }
        let mut found = Vec::new();
        let entries = match directory.contains('/') {
            true => self.tree.list(directory).unwrap_or_default(),
            false => Vec::new(),
        };
        for entry in entries.into_iter().filter(|entry| !entry.is_file) {
            let inner = format!("{directory}/{}", entry.name);
            let names_others = ["Kbuild", "Makefile"].iter().any(|name| {
                let path = format!("{inner}/{name}");
                self.tree.is_file(&path)
                    && self
                        .tree
                        .read_text(&path)
                        .is_ok_and(|text| text.contains(".."))
            });
            if names_others {
                found.push(inner);
            }
        }
        let found = Rc::new(found);
        self.neighbours.insert(directory.to_owned(), found.clone());
        found
    }

    /// The lists of a directory; `None` where it has no makefile.
    fn list(&mut self, directory: &str) -> Option<Rc<List>> {
        if let Some(known) = self.lists.get(directory) {
            return known.clone();
        }
        let list = self.makefile(directory).map(|path| {
            let mut variables = self.shared.clone();
            begin(&mut variables, directory);
            let mut runner = Runner::new(self.tree, self.symbols, &mut self.conditions, variables);
            runner.file(&path);
            let mut list = List::default();
            list.take(directory, &mut runner);
            let entered = std::mem::take(&mut runner.entered);
            list.entered = entered
                .iter()
                .filter_map(|entered| plain_directory(entered, directory, &self.srcarch))
                .collect();
            Rc::new(list)
        });
        self.lists.insert(directory.to_owned(), list.clone());
        list
    }

    /// The makefile of a directory. That of the architecture is the top makefile's part, and was read with it.
    fn makefile(&self, directory: &str) -> Option<String> {
        let path = ["Kbuild", "Makefile"]
            .iter()
            .map(|name| format!("{directory}/{name}"))
            .find(|path| self.tree.is_file(path))?;
        let is_top = directory == format!("arch/{}", self.srcarch);
        (!(is_top && path.ends_with("/Makefile"))).then_some(path)
    }

    /// When a directory is entered.
    fn directory(&mut self, directory: &str) -> Entered {
        if let Some(known) = self.directories.get(directory) {
            return known.clone();
        }
        let mut entered = Entered {
            kernel: Condition::FALSE,
            any: Condition::FALSE,
            unknown: Vec::new(),
        };
        let word = format!("{directory}/");
        let mut add = |this: &mut Self, list: &List, around: Option<&Entered>| {
            let listed = list.words.get(&word).copied().unwrap_or_default();
            let conditions = &mut this.conditions;
            let any = conditions.any([listed.kernel, listed.module, listed.entered, listed.rule]);
            let (mut kernel, mut any) = (listed.kernel, any);
            if list.entered.iter().any(|entered| entered == directory) {
                any = Condition::TRUE;
            }
            if let Some(around) = around {
                kernel = conditions.and(around.kernel, kernel);
                any = conditions.and(around.any, any);
                if listed == Listed::default() {
                    for unknown in &list.unknown {
                        if !entered.unknown.contains(unknown) {
                            entered.unknown.push(unknown.clone());
                        }
                    }
                }
            }
            entered.kernel = conditions.or(entered.kernel, kernel);
            entered.any = conditions.or(entered.any, any);
        };
        let root = self.root.clone();
        add(self, &root, None);
        let mut holder = directory;
        while let Some((above, _)) = holder.rsplit_once('/') {
            holder = above;
            if let Some(list) = self.list(holder) {
                let around = self.directory(holder);
                add(self, &list, Some(&around));
            }
        }
        self.directories
            .insert(directory.to_owned(), entered.clone());
        entered
    }
}

impl List {
    /// An object whose name is longer than that of another one, and begins like it: `x.nvhe.o` for `x.o`.
    fn variant(&self, object: &str) -> Option<String> {
        let stem = format!("{}.", object.strip_suffix(".o")?);
        let is_longer = |word: &&String| {
            let rest = word
                .strip_prefix(&stem)
                .and_then(|rest| rest.strip_suffix(".o"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        };
        self.words.keys().filter(is_longer).min().cloned()
    }

    /// Reads the lists that a makefile left.
    fn take(&mut self, directory: &str, runner: &mut Runner<'_>) {
        if let Some(stopped) = runner.stopped.take() {
            return self.unknown.push(stopped);
        }
        let words_of = |runner: &mut Runner<'_>, name: &str| {
            let value = runner.variable(name, &[]);
            value.words(runner.conditions)
        };
        let builtin = words_of(runner, "obj-y");
        let mut modules = words_of(runner, "obj-m");
        // An object that is to be built both ways is built for the kernel alone.
        modules = joined(modules, runner.conditions);
        let builtin = joined(builtin, runner.conditions);
        let twice: FxHashMap<&Piece, Condition> = builtin
            .iter()
            .map(|(condition, word)| (word, *condition))
            .collect();
        for (condition, word) in &mut modules {
            if let (Piece::Text(_), Some(&builtin)) = (&*word, twice.get(word)) {
                *condition = runner.conditions.and_not(*condition, builtin);
            }
        }
        modules.retain(|(condition, _)| *condition != Condition::FALSE);
        for (words, is_module) in [(builtin, false), (modules, true)] {
            let mut parts = Words::new();
            for (condition, word) in words {
                let mut tell = |condition, word| parts.push((condition, word));
                composite(runner, condition, word, is_module, &mut tell);
            }
            self.add(
                directory,
                parts,
                runner.conditions,
                |listed| match is_module {
                    true => &mut listed.module,
                    false => &mut listed.kernel,
                },
            );
        }
        for name in ["lib-y", "lib-m"] {
            let words = words_of(runner, name);
            self.add(directory, words, runner.conditions, |listed| {
                &mut listed.kernel
            });
        }
        for name in ["subdir-y", "subdir-m"] {
            let words = words_of(runner, name);
            let words = words.into_iter().map(|(condition, word)| match word {
                Piece::Text(text) => {
                    let text = format!("{}/", text.trim_end_matches('/'));
                    (condition, Piece::Text(text.into()))
                }
                unknown => (condition, unknown),
            });
            let words = words.collect();
            self.add(directory, words, runner.conditions, |listed| {
                &mut listed.entered
            });
        }
        let rules = [
            "always-y",
            "always-m",
            "extra-y",
            "targets",
            "vmlinux-objs-y",
            "setup-y",
            "realmode-y",
            "purgatory-y",
            "vobjs-y",
            "OBJECTS",
            "hyp-obj-y",
            "pi-objs",
            "efi-obj-y",
            "boot-y",
            "src-boot",
            "obj-pi-y",
            "always",
        ];
        for name in rules {
            if !runner.variables.has(name) {
                continue;
            }
            let mut words = words_of(runner, name);
            // Unknown words in these variables are names of images, not objects.
            words.retain(|(_, word)| matches!(word, Piece::Text(_)));
            let mut parts = Words::new();
            for (condition, word) in words {
                let mut tell = |condition, word| parts.push((condition, word));
                composite(runner, condition, word, false, &mut tell);
            }
            self.add(directory, parts, runner.conditions, |listed| {
                &mut listed.rule
            });
        }
        let prerequisites = std::mem::take(&mut runner.prerequisites);
        self.add(directory, prerequisites, runner.conditions, |listed| {
            &mut listed.rule
        });
        let programs = [
            "hostprogs",
            "hostprogs-y",
            "hostprogs-m",
            "hostprogs-always-y",
            "always-hostprogs",
            "userprogs",
            "userprogs-always-y",
            "userprogs-always-m",
        ];
        for name in programs {
            for (_, word) in words_of(runner, name) {
                let Piece::Text(program) = word else { continue };
                let mut add = |name: &str| {
                    if let Some(path) = normalized(&format!("{directory}/{name}")) {
                        self.programs.insert(path);
                    }
                };
                add(&program);
                for suffix in ["objs", "cxxobjs"] {
                    for (_, part) in words_of(runner, &format!("{program}-{suffix}")) {
                        if let Piece::Text(part) = part {
                            add(&part);
                        }
                    }
                }
            }
        }
        self.unknown.append(&mut runner.unknown);
    }

    fn add(
        &mut self,
        directory: &str,
        words: Words,
        conditions: &mut Conditions,
        of: impl Fn(&mut Listed) -> &mut Condition,
    ) {
        // A word that is there many times gets one condition, and not a longer one each time.
        for (condition, word) in joined(words, conditions) {
            let text = match word {
                Piece::Text(text) => text,
                Piece::Unknown(what) => {
                    let unknown = Unknown {
                        path: format!("{directory}/Makefile").into(),
                        line: 0,
                        text: what,
                    };
                    if !self.unknown.contains(&unknown) {
                        self.unknown.push(unknown);
                    }
                    continue;
                }
            };
            let is_directory = text.ends_with('/');
            let own = format!("{directory}/");
            let path =
                match text.trim_start_matches("./").starts_with(&own) && !directory.is_empty() {
                    true => normalized(&text),
                    false => normalized(&format!("{directory}/{text}")),
                };
            let Some(mut path) = path else { continue };
            if is_directory {
                path.push('/');
            }
            let known = of(self.words.entry(path).or_default());
            *known = conditions.or(*known, condition);
        }
    }

    /// The directories that it names.
    fn directories(&self) -> Vec<String> {
        let named = self.words.keys().filter_map(|word| word.strip_suffix('/'));
        let mut found: Vec<String> = named.map(str::to_owned).collect();
        found.extend(self.entered.iter().cloned());
        found.sort();
        found
    }
}

/// The words, those with the same text once, under any of their conditions.
fn joined(words: Words, conditions: &mut Conditions) -> Words {
    let mut places: FxHashMap<Piece, usize> = FxHashMap::default();
    let mut of_words: Vec<(Vec<Condition>, Piece)> = Vec::with_capacity(words.len());
    for (condition, word) in words {
        match places.get(&word) {
            Some(&place) => of_words[place].0.push(condition),
            None => {
                places.insert(word.clone(), of_words.len());
                of_words.push((vec![condition], word));
            }
        }
    }
    let joined = of_words.into_iter().map(|(all, word)| match all[..] {
        [condition] => (condition, word),
        _ => (conditions.any(all), word),
    });
    joined.collect()
}

/// The directories above a path, the nearest first; not the root.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        path.rsplit_once('/').map(|(above, _)| above)
    })
    .skip(1)
}

/// The directories of the tree after each `-I`.
fn included(words: &Words) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_next = false;
    for (_, word) in words {
        let Piece::Text(word) = word else {
            is_next = false;
            continue;
        };
        let directory = match word.strip_prefix("-I") {
            _ if is_next => &**word,
            Some(rest) => rest,
            None => continue,
        };
        is_next = directory.is_empty();
        if !is_next && !directory.starts_with('/') {
            found.extend(normalized(directory).filter(|path| !path.is_empty()));
        }
    }
    found
}

/// Tells what an object of a list is made of: its parts, or itself where it has none. Parts are not taken apart again. Source:
/// `real-search` and `multi-search` of scripts/Makefile.build.
fn composite(
    runner: &mut Runner<'_>,
    condition: Condition,
    word: Piece,
    is_module: bool,
    tell: &mut dyn FnMut(Condition, Piece),
) {
    let stem = match &word {
        Piece::Text(text) => text.strip_suffix(".o"),
        Piece::Unknown(_) => None,
    };
    let Some(stem) = stem else {
        return tell(condition, word);
    };
    let mut rest = condition;
    let suffixes: &[&str] = match is_module {
        true => &["objs", "y", "m", ""],
        false => &["objs", "y", ""],
    };
    for suffix in suffixes {
        let name = format!("{stem}-{suffix}");
        if !runner.variables.has(&name) {
            continue;
        }
        let value = runner.variable(&name, &[]);
        for (own, part) in value.words(runner.conditions) {
            let both = runner.conditions.and(condition, own);
            rest = runner.conditions.and_not(rest, own);
            // In `x-` are the parts that are left out; that there are any makes `x.o` composite all the same.
            if both != Condition::FALSE && !suffix.is_empty() {
                tell(both, part);
            }
        }
    }
    if rest != Condition::FALSE {
        tell(rest, word);
    }
}

/// Sets the variables that every directory's makefile is given.
fn begin(variables: &mut Variables, directory: &str) {
    variables.set("obj", directory);
    variables.set("src", directory);
    variables.set("kbuild-file", &format!("{directory}/Makefile"));
    for list in [
        "obj-y",
        "obj-m",
        "lib-y",
        "lib-m",
        "always-y",
        "always-m",
        "targets",
        "subdir-y",
        "subdir-m",
        "ccflags-y",
        "asflags-y",
    ] {
        variables.set(list, "");
    }
}

/// The directory that `$(build)=` names, if it can be read without the makefile.
fn plain_directory(text: &str, directory: &str, srcarch: &str) -> Option<String> {
    let text = text
        .replace("$(obj)", directory)
        .replace("$(src)", directory)
        .replace("$(boot)", &format!("arch/{srcarch}/boot"))
        .replace("$(SRCARCH)", srcarch)
        .replace("$(ARCH)", srcarch)
        .replace("$(srctree)", ".");
    let path = normalized(&text)?;
    (!path.contains('$') && !path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests;
