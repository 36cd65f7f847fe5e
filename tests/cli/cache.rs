//! `check --cache-dir` and `--no-cache`: the second run says the same as the first, and nothing that has changed is believed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git::Repository;
use super::program::{Copy, Program, mini, on, package};

const HEADER: &str = "arch/x86/include/asm/pgtable.h";
const FORMATS: &[&str] = &[
    "human",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "junit",
    "github",
    "gitlab",
    "checkpatch",
    "nipa",
];

/// A directory for results, and one for a user who has none yet.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("results")
    }

    fn check(&self, tree: &Path, arguments: &[&str]) -> Program {
        let place = self.path();
        let all = [
            &["check", "--cache-dir", place.to_str().unwrap()],
            arguments,
        ]
        .concat();
        on(tree, all)
    }

    /// The results with their bytes, without what lies beside them to go on from.
    fn entries(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(entries) = fs::read_dir(self.path()) else {
            return Vec::new();
        };
        let mut entries: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| is_result(path))
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        entries.sort();
        entries
    }
}

fn is_result(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "result")
}

const SUPPRESSED: &str = "suppress:\n  - {lint: retired-marker, reason: it goes soon}\n";

/// Lets so much time pass that what was written counts as left alone.
fn pass() {
    std::thread::sleep(Duration::from_millis(60));
}

/// Whether the run found its result.
fn is_hit(program: Program) -> bool {
    let mut command = program.command();
    let output = command.arg("--timings").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(" cache "), "{said}");
    !said.contains("architectures")
}

#[test]
fn every_format_says_the_same_again() {
    // That all variants come back as they were is what `tests/fixtures.rs` sees to.
    for variant in ["retired-marker-define", "proof-select-without-hook-radix"] {
        let tree = Copy::variant(variant);
        pass();
        let place = Place::new();
        place.check(tree.path(), &[]).exits(1);
        assert_eq!(place.entries().len(), 1);
        for format in FORMATS {
            for more in [&[][..], &["--verbose", "--pedantic"]] {
                let arguments = [&["--format", format], more].concat();
                let plain = [&["check", "--no-cache"], &arguments[..]].concat();
                let (plain, again) = (
                    on(tree.path(), plain).run(),
                    place.check(tree.path(), &arguments),
                );
                let again = again.run();
                assert_eq!(
                    (again.code, again.out, again.err),
                    (plain.code, plain.out, plain.err),
                    "{format}"
                );
            }
        }
        assert!(is_hit(place.check(tree.path(), &[])));
        assert_eq!(
            place.entries().len(),
            1,
            "the format is no part of the question"
        );
        let fix = ["--fix"];
        let plain = on(tree.path(), ["check", "--no-cache", "--fix"]).run();
        let again = place.check(tree.path(), &fix).run();
        assert_eq!((again.code, again.out), (plain.code, plain.out));
    }
}

#[test]
fn another_question_has_another_answer() {
    let tree = Copy::new();
    let spec = package("features/lazy_mmu.yaml");
    let text = fs::read_to_string(spec).unwrap();
    tree.write("../spec.yaml", &text);
    let spec = tree.path().join("../spec.yaml");
    let spec = spec.to_str().unwrap();
    pass();
    let place = Place::new();
    let questions: &[&[&str]] = &[
        &[],
        &["--arch", "x86"],
        &["--arch", "x86,arm64"],
        &["--feature", "all"],
        &["--spec", spec],
    ];
    for arguments in questions {
        let known = place.entries().len();
        let plain = on(tree.path(), [&["check", "--no-cache"], *arguments].concat()).run();
        let hit = is_hit(place.check(tree.path(), arguments));
        // The same spec is the same question, wherever it comes from.
        assert_eq!(hit, arguments.contains(&"--spec"), "{arguments:?}");
        assert_eq!(place.entries().len(), known + usize::from(!hit));
        assert!(is_hit(place.check(tree.path(), arguments)));
        assert_eq!(place.check(tree.path(), arguments).run().out, plain.out);
    }
    assert!(is_hit(place.check(tree.path(), &["--arch", "arm64,x86"])));
    fs::write(spec, text.replace("  - lazy_mmu_mode_resume\n", "")).unwrap();
    assert!(!is_hit(place.check(tree.path(), &["--spec", spec])));
    fs::remove_file(spec).unwrap();
    // A copy of the program is the same one; with any byte more it is another.
    let other = place.0.path().join("kfeat");
    let run = || {
        let mut command = std::process::Command::new(&other);
        command
            .arg("-C")
            .arg(tree.path())
            .args(["check", "--timings", "--cache-dir"])
            .arg(place.path());
        let output = command.output().unwrap();
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("architectures")
    };
    // A child makes it: a file that this process has open for writing cannot be run.
    let shell = |script: &str| {
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", script, env!("CARGO_BIN_EXE_kfeat")])
            .arg(&other);
        assert!(command.status().unwrap().success());
    };
    shell("cp \"$0\" \"$1\"");
    assert!(!run());
    shell("echo >>\"$1\"");
    assert!(run());
    assert!(!run());
}

#[test]
fn a_change_is_seen_and_what_is_unread_is_none() {
    let tree = Copy::new();
    pass();
    let place = Place::new();
    place.check(tree.path(), &[]).exits(0);
    let kept = place.entries();
    tree.write("drivers/none/x.c", "");
    assert!(is_hit(place.check(tree.path(), &[])));
    assert_eq!(place.entries(), kept);
    // The same size, and the time put back.
    let path = tree.path().join(HEADER);
    let before = fs::metadata(&path).unwrap();
    let text = tree.read(HEADER);
    let marker = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n";
    let comment = text.find("/*").map(|at| &text[at..]).unwrap_or(&text);
    let comment = &comment[..comment.find("*/\n").map_or(0, |end| end + 3)];
    let edited = if comment.len() > marker.len() {
        let filled = format!("{marker}{}\n", " ".repeat(comment.len() - marker.len() - 1));
        text.replacen(comment, &filled, 1)
    } else {
        format!("{text}{marker}")
    };
    fs::write(&path, &edited).unwrap();
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    let plain = on(tree.path(), ["check", "--no-cache"]).exits(1).out;
    assert_eq!(place.check(tree.path(), &[]).exits(1).out, plain);
    // And back again, at another time.
    fs::write(&path, &text).unwrap();
    pass();
    assert!(!is_hit(place.check(tree.path(), &[])));
    place.check(tree.path(), &[]).exits(0);
    // A header that comes before the one that was found so far.
    let shadow = "arch/x86/include/asm/barrier.h";
    assert!(!tree.path().join(shadow).exists());
    tree.write(shadow, marker);
    let plain = on(tree.path(), ["check", "--no-cache"]).run().out;
    assert_eq!(place.check(tree.path(), &[]).run().out, plain);
    assert!(plain.contains(shadow), "{plain}");
}

#[test]
fn suppressions_are_a_part_of_the_question() {
    let tree = Copy::variant("retired-marker-define");
    let place = Place::new();
    let file = place.0.path().join("some.yaml");
    fs::write(&file, SUPPRESSED).unwrap();
    pass();
    let given = ["--suppressions", file.to_str().unwrap(), "--format", "json"];
    let own = ["--format", "json"];
    place.check(tree.path(), &own).exits(1);
    let out = place.check(tree.path(), &given).exits(0).out;
    assert!(is_hit(place.check(tree.path(), &given)));
    assert_eq!(place.check(tree.path(), &given).exits(0).out, out);
    assert!(out.contains("it goes soon"), "{out}");
    fs::write(&file, SUPPRESSED.replace("soon", "late")).unwrap();
    assert!(!is_hit(place.check(tree.path(), &given)));
    // The tree's own file, which was not there before.
    place.check(tree.path(), &own).exits(1);
    tree.write("kfeat.yaml", SUPPRESSED);
    pass();
    let out = place.check(tree.path(), &own).exits(0).out;
    assert_eq!(place.check(tree.path(), &own).exits(0).out, out);
}

#[test]
fn a_copy_with_new_times_is_read_and_found_the_same() {
    let tree = Copy::new();
    pass();
    let place = Place::new();
    place.check(tree.path(), &[]).exits(0);
    let kept = place.entries();
    for path in ["Kconfig", HEADER] {
        let text = tree.read(path);
        tree.remove(path);
        tree.write(path, &text);
    }
    pass();
    assert!(is_hit(place.check(tree.path(), &[])));
    let renewed = place.entries();
    assert_ne!(kept, renewed);
    assert!(is_hit(place.check(tree.path(), &[])));
    assert_eq!(place.entries(), renewed);
}

#[test]
fn an_entry_that_is_damaged_is_dropped_and_made_anew() {
    let tree = Copy::variant("retired-marker-define");
    pass();
    let place = Place::new();
    let out = place.check(tree.path(), &[]).exits(1).out;
    let (path, whole) = place.entries().remove(0);
    let cut = whole[..whole.len() / 2].to_vec();
    let text = String::from_utf8(whole.clone()).unwrap();
    let other_form = text.replacen("kfeat-result-2", "kfeat-result-0", 1);
    let forged = text.replacen("retired", "expired", 1);
    for damaged in [
        cut,
        Vec::new(),
        other_form.into_bytes(),
        forged.into_bytes(),
        vec![0xff; 99],
    ] {
        assert_ne!(damaged, whole);
        fs::write(&path, damaged).unwrap();
        let ended = place.check(tree.path(), &[]).exits(1);
        assert_eq!((ended.out, &*ended.err), (out.clone(), ""));
        // It was made from the pieces beside it, and names those.
        let again: Vec<PathBuf> = place.entries().into_iter().map(|(path, _)| path).collect();
        assert_eq!(again, std::slice::from_ref(&path));
        assert!(is_hit(place.check(tree.path(), &[])));
    }
}

/// An entry of the cache can be forged, and `--fix` would write its text into the tree.
#[test]
fn a_fix_takes_nothing_from_what_is_kept() {
    let tree = Copy::variant("retired-marker-define");
    pass();
    let place = Place::new();
    place.check(tree.path(), &[]).exits(1);
    assert!(is_hit(place.check(tree.path(), &[])));
    for arguments in [&["--fix"][..], &["--fix", "--write"]] {
        let mut command = place.check(tree.path(), arguments).command();
        let output = command.arg("--timings").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let is_checked = said.contains("architectures") && !said.contains(" cache ");
        assert!(is_checked, "{said}");
    }
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let tree = Copy::variant("retired-marker-define");
    pass();
    let place = Place::new();
    let expected = on(tree.path(), ["check", "--no-cache"]).exits(1).out;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let ended = place.check(tree.path(), &[]).exits(1);
                    assert_eq!((&*ended.out, &*ended.err), (&*expected, ""));
                }
            });
        }
    });
    assert_eq!(place.entries().len(), 1);
    assert!(is_hit(place.check(tree.path(), &[])));
}

#[test]
fn where_nothing_can_be_kept_the_check_goes_on() {
    let tree = Copy::variant("retired-marker-define");
    pass();
    let expected = on(tree.path(), ["check", "--no-cache"]).exits(1).out;
    // A file in the way stops root, too.
    let place = Place::new();
    fs::write(place.path(), "in the way").unwrap();
    let ended = place.check(tree.path(), &[]).exits(1);
    assert_eq!(ended.out, expected);
    assert_eq!(
        ended
            .err
            .matches("warning: the result is not cached")
            .count(),
        1
    );
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    // Nobody asked for the default place: b4 takes each word on standard error for a failure.
    for home in ["/proc", "/dev/null", "relative", ""] {
        let check = on(tree.path(), ["check"])
            .with("XDG_CACHE_HOME", "")
            .with("HOME", home);
        let ended = check.exits(1);
        assert_eq!((ended.out, &*ended.err), (expected.clone(), ""), "{home}");
    }
}

#[test]
fn nothing_is_written_in_the_tree_nor_with_no_cache() {
    let tree = Copy::new();
    pass();
    let before = tree.picture();
    let inside = tree.path().join("cache");
    for directory in [inside.to_str().unwrap(), tree.path().to_str().unwrap()] {
        on(tree.path(), ["check", "--cache-dir", directory])
            .refuses(&["the cache directory", "in the tree"]);
    }
    on(tree.path(), ["check", "--cache-dir", "cache"])
        .inside(tree.path())
        .refuses(&["in the tree"]);
    // A home in the tree is no place for it either.
    let home = |program: Program| program.with("XDG_CACHE_HOME", "").with("HOME", tree.path());
    assert_eq!(home(on(tree.path(), ["check"])).exits(0).err, "");
    assert!(before == tree.picture());
    let user = tempfile::tempdir().unwrap();
    let of_user = |arguments: &[&str]| {
        let check = on(tree.path(), arguments);
        check
            .with("XDG_CACHE_HOME", "")
            .with("HOME", user.path())
            .exits(0)
    };
    of_user(&["check", "--no-cache"]);
    assert!(fs::read_dir(user.path()).unwrap().next().is_none());
    of_user(&["check"]);
    let kept = fs::read_dir(user.path().join(".cache/kfeat/check")).unwrap();
    let kept = kept.filter(|entry| is_result(&entry.as_ref().unwrap().path()));
    assert_eq!(kept.count(), 1);
    on(&mini(), ["check", "--no-cache", "--cache-dir", "x"]).exits(2);
}

#[test]
fn a_revision_is_found_by_its_object() {
    let repository = Repository::new();
    let place = Place::new();
    let rev = |revision: &'static str| place.check(repository.path(), &["--rev", revision]);
    let out = rev("base").exits(0).out;
    assert!(is_hit(rev("base")));
    assert_eq!(rev("base").exits(0).out, out);
    // The same tree under another name, whatever the work tree looks like.
    repository.tree.write("mm/Kconfig", "half done\n");
    repository.git(&["tag", "other", "base"]);
    assert!(is_hit(rev("other")));
    repository.commit("mm: half done");
    assert!(!is_hit(rev("main")));
    assert_eq!(place.entries().len(), 2);
    // Nothing is kept of what is only in memory.
    let patch = repository.git(&["format-patch", "--stdout", "-1", "main"]);
    let file = place.0.path().join("x.patch");
    fs::write(&file, patch).unwrap();
    place
        .check(
            repository.path(),
            &["--rev", "base", "--patch", file.to_str().unwrap()],
        )
        .run();
    place
        .check(repository.path(), &["--range", "base..main"])
        .run();
    assert_eq!(place.entries().len(), 2);
}
