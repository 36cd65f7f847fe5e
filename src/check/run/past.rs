//! Owns notes from the history of the tree: which release declared a name that is declared nowhere now.

use rustc_hash::FxHashSet;

use crate::check::kconfig::past::last_declared;
use crate::check::lints::undeclared_name;
use crate::check::reported::Reported;
use crate::kconfig::model::environment::Version;
use crate::tree::Tree;
use crate::tree::git::Repository;

/// Adds to findings about names that nothing declares the last release that did. Where the tree is not the top of a repository with
/// tags of releases, or git does not tell, nothing is added.
pub fn add_releases(tree: &Tree, findings: &mut [Reported]) {
    let is_of_name = |finding: &&Reported| finding.lint == undeclared_name::LINT.name;
    let of_names = findings.iter().filter(is_of_name);
    let names: Vec<String> = of_names.filter_map(|one| one.symbol.clone()).collect();
    let names: FxHashSet<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() {
        return;
    }
    let (Ok(repository), Ok(version)) = (Repository::open(tree.root(), true), Version::of(tree))
    else {
        return;
    };
    if !repository.prefix().is_empty() {
        return;
    }
    let Ok(declared) = last_declared(&repository, version.release, &names) else {
        return;
    };
    for finding in findings.iter_mut().filter(|one| is_of_name(&&**one)) {
        let last = finding.symbol.as_ref().and_then(|name| declared.get(name));
        if let Some(last) = last {
            let note = format!(
                "the tag `{}` still declares it, in `{}`",
                last.tag, last.path
            );
            finding.finding.notes.push(note);
        }
    }
}
