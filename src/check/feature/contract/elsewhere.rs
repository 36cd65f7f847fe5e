//! Owns what was not looked for at first, as it takes long: uses of a hook in drivers; and bodies in a driver, in a string of
//! assembler, behind a macro that pastes names together.

use rustc_hash::FxHashMap;

use super::named::includers;
use super::pasted::{files, is_pasted};
use super::{Hook, Lacking, MAX_USES, Search, Subject, is_of_kind};
use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::{code, place};
use crate::check::support::formula::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::Condition;
use crate::cpp::lex::{is_word, last_word, whole_words};
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::{DirectiveKind, File, Target};
use crate::cpp::wanted::Wanted;
use crate::feature::hook as spec;
use crate::kbuild;

impl Search<'_, '_, '_, '_, '_> {
    /// Whether a driver uses a hook in a configuration with the feature in which the hook is not there. One that is there in others is
    /// looked for in the likely directories alone.
    pub(super) fn lacking_in_drivers(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        there: Condition,
        is_nowhere: bool,
    ) -> Result<Lacking, CheckError> {
        let &Subject { cache, model, .. } = self.subject;
        if hook.spec.optional || hook.spec.kind == spec::Kind::Assembler {
            return Ok(Lacking::Unused);
        }
        let directories = if is_nowhere { code::DRIVERS } else { LIKELY };
        let drivers = code::of_drivers(cache, hook.name, directories)?;
        let Some(places) = drivers.places(hook.name) else {
            return Ok(Lacking::Unused);
        };
        let uses = &places.uses;
        let mut imported = FxHashMap::default();
        let mut looked_at = 0;
        for place in uses.iter().filter(|place| place.is_certain) {
            if !place.may_be_of(&model.srcarch)
                || !is_of_kind(cache, hook.spec.kind, place)
                || looked_at >= MAX_USES
            {
                continue;
            }
            looked_at += 1;
            let used = self.used(hook, &drivers, place, &mut imported);
            let bare = self.conditions.and_not(used, there);
            if self.is_possible(bare, true) {
                match self.confirm(hooks, hook, place, None, used, true)? {
                    Some(missing) => return Ok(Lacking::Used(Box::new(missing))),
                    None => return Ok(Lacking::No),
                }
            }
        }
        Ok(match places.bodies.is_empty() {
            true => Lacking::Unused,
            false => Lacking::No,
        })
    }
}

/// The directories outside of what is searched for uses of hooks that may hold a body.
const OTHERS: &[&str] = &["drivers", "net", "sound", "tools/lib", "certs"];

/// Those of their directories that do so most often: what all drivers share, and what the firmware tells of a machine. They are a
/// twentieth of all, and looked through first.
const LIKELY: &[&str] = &[
    "drivers/acpi",
    "drivers/base",
    "drivers/clocksource",
    "drivers/firmware",
    "drivers/irqchip",
    "drivers/of",
    "drivers/pci",
    "drivers/xen",
];

/// The stub that the firmware starts before the kernel. Its objects are linked apart, or their names get a prefix.
const STUB: &str = "drivers/firmware/efi/libstub/";

impl Search<'_, '_, '_, '_, '_> {
    /// When a source file that was not searched, or a macro of the architecture, may hold the body of a hook.
    pub(super) fn elsewhere(&mut self, name: &str) -> Result<Condition, CheckError> {
        if let Some(known) = self.elsewhere.get(name) {
            return Ok(*known);
        }
        let found = self.look_elsewhere(name)?;
        self.elsewhere.insert(name.into(), found);
        Ok(found)
    }

    fn look_elsewhere(&mut self, name: &str) -> Result<Condition, CheckError> {
        let &Subject {
            cache,
            model,
            names: wanted,
            ..
        } = self.subject;
        let mut archs = vec![&*model.srcarch];
        let borrowed = arch::header_arch(&model.srcarch);
        if borrowed != archs[0] {
            archs.push(borrowed);
        }
        let is_likely = |path: &str| LIKELY.contains(&path);
        // To read all drivers takes longest, so they come last.
        for arch in archs {
            let own = format!("arch/{arch}");
            if in_strings(cache, &own, wanted, name)?
                || is_given(cache, &own, name)?
                || is_pasted(cache, &own, name)?
                || is_of_linker(cache, &own, name)?
                || is_system_call(cache, &own, name)?
                || is_behind_alias(cache, &own, name)?
                || is_of_compiler(cache, &own, name)
            {
                return Ok(Condition::TRUE);
            }
        }
        let lent = match borrowed == &*model.srcarch {
            true => Condition::FALSE,
            false => self.lent(borrowed, name)?,
        };
        if lent == Condition::TRUE {
            return Ok(lent);
        }
        let likely = self.has_body(LIKELY, &|_| false, name)?;
        if likely == Condition::TRUE {
            return Ok(likely);
        }
        let other = self.has_body(OTHERS, &is_likely, name)?;
        Ok(self.conditions.any([lent, likely, other]))
    }

    /// When a source file of the architecture from which this one borrows has a body of the hook and this one's makefiles build it, as
    /// `arch/x86/um/Makefile` does with `../lib/memcpy_64.o`; true where they do not tell.
    fn lent(&mut self, lender: &str, name: &str) -> Result<Condition, CheckError> {
        let (cache, model) = (self.subject.cache, self.subject.model);
        let wanted = cache.wanted(&[name]);
        let mut any = Condition::FALSE;
        let is_source = |path: &str| path.ends_with(".c") || path.ends_with(".S");
        for path in cache.tree().walk(&format!("arch/{lender}"), &is_source)? {
            if !cache.holds(&path, &wanted)? {
                continue;
            }
            let Some(indexed) = cache.file(&path) else {
                return Ok(Condition::TRUE);
            };
            let sightings = indexed.sightings(&wanted);
            let mut sightings = sightings.iter();
            if !sightings.any(|sighting| place::is_body(&indexed.file, sighting)) {
                continue;
            }
            let Some(built) = (self.built)(&path, &mut self.conditions) else {
                return Ok(Condition::TRUE);
            };
            // A source that no makefile builds may be included by one that is built.
            let is_included = built == Condition::FALSE
                && includers(cache, &path).iter().any(|includer| {
                    (self.built)(includer, &mut self.conditions) != Some(Condition::FALSE)
                });
            if is_included {
                return Ok(Condition::TRUE);
            }
            let built = self.conditions.assume(built, &|atom| off_on(model, atom));
            any = self.conditions.or(any, built);
        }
        Ok(any)
    }

    /// When a source file below one of some directories that has a body of the hook is built; true where that is not known. What `leave`
    /// says of a directory below them is not looked at.
    fn has_body(
        &mut self,
        directories: &[&str],
        leave: &dyn Fn(&str) -> bool,
        name: &str,
    ) -> Result<Condition, CheckError> {
        let (cache, model) = (self.subject.cache, self.subject.model);
        // Nothing else is asked of these files, and one name is found faster than all.
        let wanted = cache.wanted(&[name]);
        let tree = cache.tree();
        let lists = kbuild::Lists::new(tree);
        let mut any = Condition::FALSE;
        for directory in directories {
            if tree.list(directory).is_err() {
                continue;
            }
            let is_source = |path: &str| path.ends_with(".c") || path.ends_with(".S");
            for path in tree.walk(directory, &is_source)? {
                let mut above = path.match_indices('/').take(2).map(|(at, _)| &path[..at]);
                if path.starts_with(STUB) || above.any(leave) || !cache.holds(&path, &wanted)? {
                    continue;
                }
                let Some(indexed) = cache.file(&path) else {
                    continue;
                };
                let sightings = indexed.sightings(&wanted);
                let mut sightings = sightings.iter();
                if !sightings.any(|sighting| may_be_body(&indexed.file, sighting)) {
                    continue;
                }
                let Some(ways) = lists.of_object(&path, "") else {
                    return Ok(Condition::TRUE);
                };
                let built = code::in_one_way(&mut self.conditions, &ways);
                let built = self.conditions.assume(built, &|atom| off_on(model, atom));
                any = self.conditions.or(any, built);
            }
        }
        Ok(any)
    }
}

/// Whether a C string in the architecture's code may hold a body of the hook in assembler.
fn in_strings(
    cache: &Cache<'_>,
    own: &str,
    wanted: &Wanted,
    name: &str,
) -> Result<bool, CheckError> {
    let tree = cache.tree();
    for path in tree.walk(own, &|path| path.ends_with(".c"))? {
        if !cache.holds(&path, wanted)? {
            continue;
        }
        let text = tree.read_text(&path)?;
        if is_in_string(&text, name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The linker script that those of all architectures are made of.
const LINKER_SCRIPT: &str = "include/asm-generic/vmlinux.lds.h";

/// Whether a linker script defines the name.
fn is_of_linker(cache: &Cache<'_>, own: &str, name: &str) -> Result<bool, CheckError> {
    let tree = cache.tree();
    let is_script = |path: &str| {
        [".lds.S", ".lds.h", ".lds"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    let mut scripts = tree.walk(own, &is_script)?;
    scripts.push(LINKER_SCRIPT.to_owned());
    for path in &scripts {
        let Some(text) = tree.text_if_there(path) else {
            continue;
        };
        if is_assigned(&text, name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a linker script gives the name a value, as in `name = .;` and `PROVIDE(name = .);`.
fn is_assigned(text: &str, name: &str) -> bool {
    whole_words(text, name).any(|at| {
        let behind = text[at + name.len()..].trim_start_matches([' ', '\t']);
        behind.starts_with('=') && !behind.starts_with("==")
    })
}

/// Whether `SYSCALL_DEFINE` makes a body of the name: macros of `include/linux/syscalls.h`, and those that architectures have in their
/// place, put `sys_` before what is written.
fn is_system_call(cache: &Cache<'_>, own: &str, name: &str) -> Result<bool, CheckError> {
    const DEFINE: &str = "SYSCALL_DEFINE";
    let call = ["compat_sys_", "sys_"]
        .iter()
        .find_map(|start| name.strip_prefix(start));
    let Some(call) = call else {
        return Ok(false);
    };
    let tree = cache.tree();
    let wanted = cache.wanted(&[DEFINE]);
    for directory in code::SEARCHED.iter().copied().chain(["net", own]) {
        if tree.list(directory).is_err() {
            continue;
        }
        for path in tree.walk(directory, &|path| path.ends_with(".c"))? {
            if cache.holds(&path, &wanted)? && makes_call(&tree.read_text(&path)?, DEFINE, call) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a text has `<define>N(call`, where `N` is the number of arguments.
fn makes_call(text: &str, define: &str, call: &str) -> bool {
    text.match_indices(define).any(|(at, _)| {
        let behind = &text[at + define.len()..];
        let behind = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        let argument = behind.strip_prefix('(').map(str::trim_start);
        let rest = argument.and_then(|argument| argument.strip_prefix(call));
        rest.is_some_and(|rest| rest.trim_start().starts_with([',', ')']))
    })
}

/// Whether a header of the architecture declares something by another name that a macro of the same header makes this one:
/// `#define other name` before `typedef long other;`.
fn is_behind_alias(cache: &Cache<'_>, own: &str, name: &str) -> Result<bool, CheckError> {
    let headers = cache.tree().walk(own, &|path| path.ends_with(".h"))?;
    let holding = files(cache, &headers, &[name])?;
    let mut holding = holding.iter();
    Ok(holding.any(|indexed| declares_alias(&indexed.file, name)))
}

fn declares_alias(file: &File, name: &str) -> bool {
    let aliases = file.directives.iter().filter_map(|directive| {
        let DirectiveKind::Define {
            name: alias,
            parameters: None,
            body,
        } = directive.kind
        else {
            return None;
        };
        let alias = alias.of(&file.text);
        (body.of(&file.text).trim() == name && alias != name).then_some(alias)
    });
    let aliases: Vec<&str> = aliases.collect();
    let sightings = file.sightings(&aliases);
    let mut sightings = sightings.iter();
    sightings.any(|sighting| sighting.kind.provides() && !sighting.kind.is_macro())
}

/// Whether the library of the compiler, which the architecture links, has the name: arithmetic on numbers of two registers.
fn is_of_compiler(cache: &Cache<'_>, own: &str, name: &str) -> bool {
    const KINDS: &[&str] = &["si2", "di2", "ti2", "si3", "di3", "ti3", "si4", "di4"];
    if !name.starts_with("__") || !KINDS.iter().any(|kind| name.ends_with(kind)) {
        return false;
    }
    let makefile = cache.tree().text_if_there(&format!("{own}/Makefile"));
    makefile.is_some_and(|text| text.contains("libgcc"))
}

/// Whether a header of the architecture hands the name to a macro that a header around it defines: `#include "list.h"` behind a definition
/// of `ENTRY` makes whatever it likes of `ENTRY(name)`.
fn is_given(cache: &Cache<'_>, own: &str, name: &str) -> Result<bool, CheckError> {
    let headers = cache.tree().walk(own, &|path| path.ends_with(".h"))?;
    let wanted = cache.wanted(&[name]);
    for indexed in files(cache, &headers, &[name])? {
        let file = &indexed.file;
        let sightings = indexed.sightings(&wanted);
        let macros = sightings
            .iter()
            .filter_map(|sighting| taker(file, sighting));
        let included = file.path.rsplit('/').next().unwrap_or(&file.path);
        for word in macros {
            let around = files(cache, &headers, &[word])?;
            let mut around = around.iter().map(|around| &around.file);
            let is_list_of = |around: &File| {
                around.path != file.path && defines(around, word) && includes(around, included)
            };
            if around.any(is_list_of) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a file defines a macro.
fn defines(file: &File, word: &str) -> bool {
    let mut directives = file.directives.iter();
    directives.any(|directive| match directive.kind {
        DirectiveKind::Define { name, .. } => name.of(&file.text) == word,
        _ => false,
    })
}

/// Whether a file includes a header of this name, from whatever directory.
fn includes(file: &File, name: &str) -> bool {
    let mut directives = file.directives.iter();
    directives.any(|directive| match directive.kind {
        DirectiveKind::Include(Target::Angle(path) | Target::Quote(path)) => {
            path.of(&file.text).rsplit('/').next() == Some(name)
        }
        _ => false,
    })
}

/// The macro that a name at file scope is an argument of, if the file does not define it itself.
fn taker<'f>(file: &'f File, sighting: &Sighting) -> Option<&'f str> {
    let is_at_file_scope = sighting.kind == Kind::Use
        && sighting.within.is_none()
        && file.directive_at(sighting.span.start).is_none();
    let before = file.text.get(..sighting.span.start as usize)?.trim_end();
    let open = before.rfind(['(', ')', ';', '{', '}'])?;
    let (outer, arguments) = before.split_at(open);
    let word = last_word(outer.trim_end());
    let is_taken = is_at_file_scope && arguments.starts_with('(') && !word.is_empty();
    (is_taken && !defines(file, word)).then_some(word)
}

/// Whether a string of a C file has the name in it as assembler does that defines it: as a label, or behind a directive.
fn is_in_string(text: &str, name: &str) -> bool {
    const DIRECTIVES: &[&str] = &[
        ".globl", ".global", ".weak", ".set", ".equ", ".type", ".symver",
    ];
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let is_longer = before.bytes().next_back().is_some_and(is_word)
            // Behind a backslash a letter is no part of the word, as in `"\tname:"`.
            && !(before.len() > 1 && before.as_bytes()[before.len() - 2] == b'\\')
            || after.bytes().next().is_some_and(is_word);
        let defines = after.trim_start().starts_with(':')
            || DIRECTIVES.iter().any(|directive| line.contains(directive));
        !is_longer && defines && line.matches('"').count() % 2 == 1
    })
}

/// Whether a place in a source file may be one that others can link to: a function, a variable, or a macro at file scope. A `static` one
/// is for its file alone, and a member in an initializer is another thing of that name.
fn may_be_body(file: &File, sighting: &Sighting) -> bool {
    let at = sighting.span.start;
    let before = file.text.get(..at as usize).unwrap_or_default();
    let statement = &before[before.rfind([';', '}']).map_or(0, |at| at + 1)..];
    let is_static = || place::words_before(file, at).any(|word| word == "static");
    // A macro at file scope, by its name, or assembler; a parameter stands after the type that a function returns.
    let is_macro = || {
        let first = statement.split_whitespace().next().unwrap_or_default();
        let first = first.split('(').next().unwrap_or_default();
        let is_upper =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let marks = ["alias", "asm"];
        (!first.is_empty() && first.bytes().all(is_upper) && statement.contains('('))
            || marks.iter().any(|mark| statement.contains(mark))
    };
    match sighting.kind {
        Kind::Function { is_static, .. } => !is_static,
        Kind::Variable => sighting.within.is_none() && !is_static(),
        Kind::Use => sighting.within.is_none() && is_macro(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_assembler_holds_the_name_as_a_word() {
        for text in [
            "asm(\"hook:\");\n",
            "asm(\"\\thook:\");\n",
            "asm(\".globl hook\\n\");\n",
        ] {
            assert!(is_in_string(text, "hook"), "{text}");
        }
        for text in [
            "pr_info(\"the_hook is set\");\n",
            "pr_info(\"hooks\");\n",
            "pr_info(\"needs hook of the core\");\n",
            "x = hook(\"y\");\n",
        ] {
            assert!(!is_in_string(text, "hook"), "{text}");
        }
    }

    #[test]
    fn a_linker_script_defines_what_it_assigns() {
        for text in [
            "\thook = .;\n",
            "PROVIDE(hook = .);",
            "hook\t= 4;",
            "a = 1; hook=2;",
        ] {
            assert!(is_assigned(text, "hook"), "{text}");
        }
        for text in [
            "the_hook = .;",
            "hook_end = .;",
            "x = hook;",
            "ASSERT(hook == 1)",
        ] {
            assert!(!is_assigned(text, "hook"), "{text}");
        }
    }

    #[test]
    fn a_system_call_is_made_by_its_name() {
        let is_made = |text: &str| makes_call(text, "SYSCALL_DEFINE", "hook");
        assert!(is_made("SYSCALL_DEFINE2(hook, int, a, int, b)\n"));
        assert!(is_made("COMPAT_SYSCALL_DEFINE1( hook , int, a)"));
        assert!(is_made("SYSCALL_DEFINE0(hook)"));
        assert!(!is_made("SYSCALL_DEFINE1(hook_at, int, a)"));
        assert!(!is_made("SYSCALL_DEFINE1(other, int, hook)"));
    }

    #[test]
    fn a_macro_gives_a_declaration_the_name() {
        let has = |text: &str| declares_alias(&File::parse("a.h".into(), text), "hook");
        assert!(has("#define __hook hook\ntypedef long __hook;\n"));
        assert!(has("#define __hook hook\nint __hook(void);\n"));
        assert!(!has("#define __hook hook\nint f(void);\n"));
        assert!(!has("#define __hook hook + 1\nint __hook;\n"));
        assert!(!has("#define hook hook\n"));
    }

    #[test]
    fn a_header_around_a_list_says_what_becomes_of_its_entries() {
        let macro_of = |text: &str| {
            let file = File::parse("d.h".into(), text);
            let sightings = file.sightings(&["hook"]);
            let mut macros = sightings.iter().filter_map(|one| taker(&file, one));
            macros.next().map(str::to_owned)
        };
        for text in [
            "ENTRY(hook, u8, (int x), x)\n",
            "ENTRY(a)\nENTRY(b, hook)\n",
        ] {
            assert_eq!(macro_of(text).as_deref(), Some("ENTRY"), "{text}");
        }
        for text in [
            "#define ENTRY(x) x\nENTRY(hook)\n",
            "static inline int f(void)\n{\n\treturn ENTRY(hook);\n}\n",
            "#define F() ENTRY(hook)\n",
        ] {
            assert_eq!(macro_of(text), None, "{text}");
        }
        let is_around = |text: &str| {
            let file = File::parse("e.h".into(), text);
            defines(&file, "ENTRY") && includes(&file, "d.h")
        };
        assert!(is_around(
            "#define ENTRY(x) int x(void);\n#include <asm/d.h>\n#undef ENTRY\n"
        ));
        assert!(is_around(
            "#define ENTRY(x) int x(void);\n#include \"d.h\"\n"
        ));
        assert!(!is_around(
            "#define ENTRY(x) int x(void);\n#include <asm/ad.h>\n"
        ));
        assert!(!is_around(
            "#define ENTRIES(x) int x(void);\n#include <asm/d.h>\n"
        ));
    }

    #[test]
    fn what_other_files_cannot_link_to_is_no_body() {
        let may_be = |text: &str| {
            let file = File::parse("d.c".into(), text);
            let sightings = file.sightings(&["hook"]);
            sightings.iter().any(|one| may_be_body(&file, one))
        };
        for text in [
            "void hook(void)\n{\n}\n",
            "int hook;\n",
            "DEFINE_HOOK(hook);\n",
        ] {
            assert!(may_be(text), "{text}");
        }
        for text in [
            "static int hook;\n",
            "static void hook(void)\n{\n}\n",
            "static struct chip chip = {\n\t.hook = 64,\n};\n",
            "int f(void)\n{\n\treturn hook();\n}\n",
            "int f(void)\n{\n\tconst int hook = 64;\n\n\treturn hook;\n}\n",
            "int f(int a,\n      int hook)\n{\n\treturn a;\n}\n",
        ] {
            assert!(!may_be(text), "{text}");
        }
    }
}
