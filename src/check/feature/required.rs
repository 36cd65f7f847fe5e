//! Owns whether an architecture has the headers that a contract requires of it.

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::code::SEARCHED;
use crate::check::feature::headers::entry_path;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::is_c;
use crate::cpp::scan::DirectiveKind;
use crate::diag::Location;
use crate::kbuild;

/// Whether an architecture has `asm/x.h`: a file of its own, one that it borrows, or one that kbuild makes for it.
pub fn has_header(cache: &Cache<'_>, arch: &str, header: &str) -> bool {
    let path = entry_path(cache, arch, header);
    if path.starts_with("arch/") {
        return true;
    }
    let Some(name) = header.strip_prefix("asm/") else {
        return false;
    };
    let tree = cache.tree();
    let borrowed = arch::header_arch(arch);
    let uapi = format!("arch/{borrowed}/include/uapi/{header}");
    if cache.is_file(&uapi) {
        return true;
    }
    let is_in_list = |list: &str, variables: &[&str]| {
        let text = tree.text_if_there(list).unwrap_or_default();
        let text = text.replace("\\\n", " ");
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|word| variables.contains(&word))
                && words.any(|word| word == name)
        })
    };
    let lists = [arch, borrowed].map(|arch| format!("arch/{arch}/include/asm/Kbuild"));
    let is_made = lists
        .iter()
        .any(|list| is_in_list(list, &["generated-y", "syscall-y"]));
    let has_generic = cache.is_file(&format!("include/asm-generic/{name}"));
    let is_generic = || {
        lists.iter().any(|list| is_in_list(list, &["generic-y"]))
            || is_in_list("include/asm-generic/Kbuild", &["mandatory-y"])
    };
    is_made || (has_generic && is_generic())
}

/// Where generic code includes a header, with the condition of that. The arena is that of all the places.
///
/// # Errors
///
/// The tree cannot be read.
pub fn includes(
    cache: &Cache<'_>,
    header: &str,
) -> Result<(Conditions, Vec<(Location, Condition)>), CheckError> {
    let tree = cache.tree();
    let mut conditions = Conditions::new();
    let mut places = Vec::new();
    let finder = memchr::memmem::Finder::new(header);
    for directory in SEARCHED.iter().chain(&["drivers", "net"]) {
        if tree.list(directory).is_err() {
            continue;
        }
        for path in tree.walk(directory, &is_c)? {
            if finder.find(&tree.read(&path)?).is_none() {
                continue;
            }
            let Some(indexed) = cache.file(&path) else {
                continue;
            };
            let file = &indexed.file;
            for directive in &file.directives {
                let text = directive.span.of(&file.text);
                let is_it = matches!(directive.kind, DirectiveKind::Include(_))
                    && text.contains(&format!("<{header}>"));
                if !is_it {
                    continue;
                }
                let own = file.condition_at(directive.span.start, &mut conditions);
                let built = match path.ends_with(".c") {
                    true => built(cache, &path, &mut conditions),
                    false => Some(Condition::TRUE),
                };
                // Where it is not known when an object is built, the place proves nothing.
                if let Some(built) = built {
                    let condition = conditions.and(own, built);
                    places.push((file.location(directive.span), condition));
                }
            }
        }
    }
    Ok((conditions, places))
}

fn built(cache: &Cache<'_>, path: &str, conditions: &mut Conditions) -> Option<Condition> {
    let ways = kbuild::of_object(cache.tree(), path, "")?;
    let mut any = Condition::FALSE;
    for way in &ways {
        let mut all = Condition::TRUE;
        for gate in way {
            let builtin = conditions.atom(Atom::Builtin((&*gate.symbol).into()));
            let module = conditions.atom(Atom::Module((&*gate.symbol).into()));
            let on = conditions.or(builtin, module);
            all = conditions.and(all, on);
        }
        any = conditions.or(any, all);
    }
    Some(any)
}
