//! Tests of kept results.

use std::fs;
use std::time::Duration;

use super::*;
use crate::check;
use crate::feature::builtin;

/// The small tree of the fixtures. It is not written to.
fn tree() -> Tree {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
    Tree::open(&path).unwrap()
}

/// A store with the answer to `question` about `tree` in it.
fn keep(store: &Store, tree: &Tree, question: &Question) -> Outcome {
    let watch = Watch::start();
    let view = watch.over(tree);
    let architectures = view.architectures().unwrap();
    let outcome = check::check(&view, builtin::all(), &architectures, &mut |_| {}).unwrap();
    let answer = Answer::of(&outcome).unwrap();
    assert!(store.keep(tree, question, &answer, &watch).unwrap());
    outcome
}

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::in_directory(directory.path().join("not/there/yet"));
    (directory, store)
}

fn names(store: &Store) -> Vec<String> {
    let entries = fs::read_dir(store.directory()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_answer_is_found_again_for_its_question_only() {
    let (_directory, store) = store();
    let tree = tree();
    let question = Question::about(&tree, "what?").unwrap();
    assert!(store.find(&tree, &question).is_none());
    let outcome = keep(&store, &tree, &question);
    let found = store.find(&tree, &question).unwrap();
    assert_eq!(found.findings, outcome.findings);
    assert_eq!(found.pedantic, outcome.pedantic);
    assert_eq!(found.verdicts, outcome.verdicts);
    let other = Question::about(&tree, "what else?").unwrap();
    assert!(store.find(&tree, &other).is_none());
    // An entry that has got the name of another question does not answer it.
    let path = |question: &Question| store.directory().join(question.file_name());
    fs::rename(path(&question), path(&other)).unwrap();
    assert!(store.find(&tree, &other).is_none());
}

#[test]
fn a_damaged_entry_is_not_believed() {
    let (_directory, store) = store();
    let tree = tree();
    let question = Question::about(&tree, "what?").unwrap();
    keep(&store, &tree, &question);
    let path = store.directory().join(question.file_name());
    let whole = fs::read(&path).unwrap();
    let steps = whole.len() / 97;
    for at in (0..whole.len()).step_by(steps.max(1)) {
        fs::write(&path, &whole[..at]).unwrap();
        assert!(store.find(&tree, &question).is_none(), "cut off at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(store.find(&tree, &question).is_none(), "flipped at {at}");
    }
    fs::write(&path, [&whole[..], b"directory\tarch\n"].concat()).unwrap();
    assert!(store.find(&tree, &question).is_none());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(store.find(&tree, &question).is_none());
    fs::remove_dir(&path).unwrap();
    fs::write(&path, whole).unwrap();
    assert!(store.find(&tree, &question).is_some());
}

#[test]
fn old_entries_go_and_nothing_else() {
    let (_directory, store) = store();
    let tree = tree();
    let first = Question::about(&tree, "what?").unwrap();
    keep(&store, &tree, &first);
    let old = SystemTime::now() - Duration::from_secs(10 * 24 * 3600);
    let put = |name: String| {
        let file = fs::File::create(store.directory().join(name)).unwrap();
        file.set_modified(old).unwrap();
    };
    for number in 0..MAX_ENTRIES {
        put(format!("{}{SUFFIX}", Digest::of(&number.to_le_bytes())));
    }
    for name in ["letter.result", "notes", ".kfeat-abcdefgh.tmp"] {
        put(name.to_owned());
    }
    // Of two old ones that stays which was used.
    assert!(store.find(&tree, &first).is_some());
    keep(
        &store,
        &tree,
        &Question::about(&tree, "what else?").unwrap(),
    );
    let names = names(&store);
    let entries = names.iter().filter(|name| name.len() > 64).count();
    assert_eq!(entries, MAX_ENTRIES);
    assert!(names.contains(&first.file_name()));
    for stays in ["letter.result", "notes"] {
        assert!(names.iter().any(|name| name == stays), "{stays}");
    }
    assert!(!names.iter().any(|name| name == ".kfeat-abcdefgh.tmp"));
}

#[test]
fn findings_of_all_kinds_come_back_as_they_were() {
    use crate::check::reported::{Reason, Reported};
    use crate::diag::{Diagnostic, Edit, Fix, Label, Level, Location};
    let place = || Location {
        path: "a".into(),
        line: 2,
        column: 3,
        start: 4,
        end: 5,
    };
    let mut outcome = Outcome::default();
    let name = crate::check::lints::LINTS[0].name;
    for level in [Level::Allow, Level::Note, Level::Warn, Level::Deny] {
        let finding = Diagnostic::new(name, level, "a \"head\"\n", Label::new(place(), "here"))
            .with_secondary(Label::new(place(), "\u{e9}"))
            .with_note("why")
            .with_help("what to do")
            .with_arch("x86")
            .about("feature", "SYMBOL")
            .with_fix(Fix {
                title: "fix".into(),
                edits: vec![Edit {
                    location: place(),
                    text: "text".into(),
                }],
            });
        outcome.findings.push(finding);
    }
    outcome.suppressed = Reported::all(outcome.findings.clone());
    for finding in &mut outcome.suppressed {
        finding.suppression = Some(Reason {
            text: "because".into(),
            place: place(),
        });
    }
    let text = outcome::to_json(&outcome).unwrap();
    assert!(
        !text.contains('\n'),
        "the manifest begins with the next line"
    );
    let back = outcome::from_json(&text).unwrap();
    assert_eq!(back.findings, outcome.findings);
    assert_eq!(back.suppressed, outcome.suppressed);
    let unknown = text.replace(name, "no-such-lint");
    assert!(outcome::from_json(&unknown).is_none());
}
