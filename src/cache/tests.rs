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
    let pieces: Arc<Pieces> = Arc::default();
    let outcome = outcome_of(&view, None, Some(pieces.clone()));
    let answer = Answer::of(&outcome).unwrap();
    let from = From::Start(pieces);
    assert!(store.keep(tree, question, &answer, &watch, &from).unwrap());
    outcome
}

/// The result of a check that goes on from pieces, or gives its own away.
fn outcome_of(tree: &Tree, kept: Option<Box<Kept>>, keep: Option<Arc<Pieces>>) -> Outcome {
    let architectures = tree.architectures().unwrap();
    check::Checker::once(builtin::default(), check::Search::Near)
        .with_kept(kept)
        .keeping(keep.map(|keep| keep as Arc<dyn check::kept::Keep>))
        .check(tree, &architectures, &mut |_| {})
        .unwrap()
}

/// The answer, if it is known and holds.
fn find(store: &Store, tree: &Tree, question: &Question) -> Option<Outcome> {
    match store.find(tree, question) {
        Found::Outcome(outcome) => Some(*outcome),
        Found::Pieces(..) | Found::Nothing => None,
    }
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
    assert!(find(&store, &tree, &question).is_none());
    let outcome = keep(&store, &tree, &question);
    let found = find(&store, &tree, &question).unwrap();
    assert_eq!(found.findings, outcome.findings);
    assert_eq!(found.pedantic, outcome.pedantic);
    assert_eq!(found.verdicts, outcome.verdicts);
    let other = Question::about(&tree, "what else?").unwrap();
    assert!(find(&store, &tree, &other).is_none());
    // An entry that has got the name of another question does not answer it.
    let path = |question: &Question| store.directory().join(question.file_name(SUFFIX));
    fs::rename(path(&question), path(&other)).unwrap();
    assert!(find(&store, &tree, &other).is_none());
}

#[test]
fn a_damaged_entry_is_not_believed() {
    let (_directory, store) = store();
    let tree = tree();
    let question = Question::about(&tree, "what?").unwrap();
    keep(&store, &tree, &question);
    let path = store.directory().join(question.file_name(SUFFIX));
    let whole = fs::read(&path).unwrap();
    let steps = whole.len() / 97;
    for at in (0..whole.len()).step_by(steps.max(1)) {
        fs::write(&path, &whole[..at]).unwrap();
        assert!(find(&store, &tree, &question).is_none(), "cut off at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(find(&store, &tree, &question).is_none(), "flipped at {at}");
    }
    fs::write(&path, [&whole[..], b"directory\tarch\n"].concat()).unwrap();
    assert!(find(&store, &tree, &question).is_none());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(find(&store, &tree, &question).is_none());
    fs::remove_dir(&path).unwrap();
    fs::write(&path, whole).unwrap();
    assert!(find(&store, &tree, &question).is_some());
}

/// A copy of the small tree.
fn copy() -> (tempfile::TempDir, Tree) {
    let directory = tempfile::tempdir().unwrap();
    let from = tree();
    for path in from.walk("", &|_| true).unwrap() {
        let target = directory.path().join(&path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, from.read(&path).unwrap()).unwrap();
    }
    // The clock of the file system goes on.
    std::thread::sleep(Duration::from_millis(45));
    let tree = Tree::open(directory.path()).unwrap();
    (directory, tree)
}

#[test]
fn pieces_that_are_damaged_or_foreign_are_not_believed() {
    let (_directory, store) = store();
    let (root, tree) = copy();
    let question = Question::about(&tree, "what?").unwrap();
    keep(&store, &tree, &question);
    let edit = |path: &str, line: &str| {
        let path = root.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + line).unwrap();
    };
    edit("include/linux/pgtable.h", "/* more */\n");
    edit("mm/Kconfig", "# more\n");
    std::thread::sleep(Duration::from_millis(45));
    let tree = Tree::open(root.path()).unwrap();
    let fresh = outcome_of(&tree, None, None);
    let goes_on = || match store.find(&tree, &question) {
        Found::Pieces(kept, _) => {
            assert_eq!(kept.changed.len(), 2);
            let outcome = outcome_of(&tree, Some(kept), None);
            assert_eq!(outcome.findings, fresh.findings);
            assert_eq!(outcome.verdicts, fresh.verdicts);
            true
        }
        Found::Nothing => false,
        Found::Outcome(_) => panic!("two files have changed"),
    };
    assert!(goes_on());
    let path = |suffix| store.directory().join(question.file_name(suffix));
    for (suffix, is_vital) in [(PIECES, true), (TEXTS, false)] {
        let path = path(suffix);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by((whole.len() / 29).max(1)) {
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(goes_on(), !is_vital, "{suffix} cut off at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).unwrap();
            assert_eq!(goes_on(), !is_vital, "{suffix} flipped at {at}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(goes_on(), !is_vital);
        fs::write(&path, whole).unwrap();
    }
    assert!(goes_on());
    // The pieces of another question.
    let other = Question::about(&tree, "what else?").unwrap();
    keep(&store, &tree, &other);
    let foreign = store.directory().join(other.file_name(PIECES));
    fs::copy(foreign, path(PIECES)).unwrap();
    assert!(!goes_on());
}

#[test]
fn the_program_is_read_once() {
    let (directory, store) = store();
    let program = directory.path().join("program");
    fs::write(&program, "one").unwrap();
    std::thread::sleep(Duration::from_millis(45));
    let digest = store.digest_of_program(&program).unwrap();
    assert_eq!(digest, Digest::of(b"one"));
    let line = store.directory().join(PROGRAM);
    let known = fs::read_to_string(&line).unwrap();
    // The line counts as long as the file is the same one.
    let other = Digest::of(b"other").to_string();
    fs::write(&line, known.replace(&digest.to_string(), &other)).unwrap();
    assert_eq!(
        store.digest_of_program(&program).unwrap().to_string(),
        other
    );
    fs::write(&program, "two").unwrap();
    std::thread::sleep(Duration::from_millis(45));
    assert_eq!(
        store.digest_of_program(&program).unwrap(),
        Digest::of(b"two")
    );
    for line_of in ["", "no line\n", "1 2 3 4 5\tbeef\n"] {
        fs::write(&line, line_of).unwrap();
        assert_eq!(
            store.digest_of_program(&program).unwrap(),
            Digest::of(b"two")
        );
    }
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
    assert!(find(&store, &tree, &first).is_some());
    keep(
        &store,
        &tree,
        &Question::about(&tree, "what else?").unwrap(),
    );
    let names = names(&store);
    let entries = names.iter().filter(|name| name.len() > 64).count();
    assert_eq!(entries, MAX_ENTRIES);
    assert!(names.contains(&first.file_name(SUFFIX)));
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

#[test]
fn a_directory_that_others_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, store) = store();
    assert_eq!(store.fault(), None);
    make_directory(store.directory()).unwrap();
    assert_eq!(store.fault(), None);
    for (mode, is_refused) in [(0o755, false), (0o775, true), (0o757, true), (0o1777, true)] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(store.directory(), permissions).unwrap();
        assert_eq!(store.fault().is_some(), is_refused, "{mode:o}");
    }
}
