//! Tests of which mails of a thread are meant.

use super::*;

/// A mail of a mailbox with the subject, a name, the name of the mail that it answers, and a text.
fn mail(subject: &str, id: &str, answers: &str, text: &str) -> String {
    let answers = match answers {
        "" => String::new(),
        id => format!("In-Reply-To: <{id}@h>\nReferences: <{id}@h>\n"),
    };
    format!(
        "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@h>\nSubject: {subject}\nMessage-ID: <{id}@h>\n{answers}\n{text}\n"
    )
}

/// A difference that makes `path` hold `text`.
fn diff(path: &str, text: &str) -> String {
    format!("---\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{text}\n")
}

/// For each patch that is meant its title and what it adds, and the notes.
fn select(texts: &[String]) -> (Vec<String>, Vec<String>) {
    let mut mails = Mails::default();
    for text in texts {
        mails.add(text.as_bytes()).unwrap();
    }
    let selected = mails.select().unwrap();
    let patches = selected.patches.iter().map(|(_, patch)| {
        let line = &patch.files[0].hunks[0].lines[0];
        let text = String::from_utf8_lossy(&line.text);
        format!(
            "{}: {}",
            patch.subject.clone().unwrap_or_default(),
            text.trim()
        )
    });
    let notes = selected.notes.iter().map(Note::to_string);
    (patches.collect(), notes.collect())
}

#[test]
fn of_a_series_the_newest_version_counts() {
    let thread = [
        mail("[PATCH 0/2] mm: cover", "c1", "", "words"),
        mail("[PATCH 1/2] mm: one", "a1", "c1", &diff("a", "old")),
        mail("[PATCH 2/2] mm: two", "b1", "c1", &diff("b", "old")),
        mail(
            "Re: [PATCH 2/2] mm: two",
            "r1",
            "b1",
            "> words\n\nbetter not",
        ),
        mail("[PATCH v3 2/2] mm: zwei", "b3", "c3", &diff("b", "new")),
        mail("[PATCH v3 1/2] mm: one", "a3", "c3", &diff("a", "new")),
        mail("[PATCH v2 1/1] mm: one", "a2", "c1", &diff("a", "middle")),
    ];
    let (patches, notes) = select(&[thread.concat()]);
    assert_eq!(patches, ["mm: one: new", "mm: zwei: new"]);
    assert_eq!(
        notes,
        ["version 3 of \"mm: one\" is the newest; versions 1 and 2 skipped"]
    );
    // In files of their own, as `git format-patch` leaves them, it is the same.
    let files = thread.map(|text| {
        text.replace("In-Reply-To", "X-A")
            .replace("References", "X-B")
    });
    let (patches, _) = select(&files);
    assert_eq!(patches, ["mm: one: new", "mm: zwei: new"]);
}

#[test]
fn versions_in_one_thread_need_no_common_title() {
    let thread = [
        mail("[PATCH] mm: one", "a1", "", &diff("a", "old")),
        mail("[PATCH v2 1/2] mm: first", "a2", "a1", &diff("a", "new")),
        mail("[PATCH v2 2/2] mm: second", "b2", "a1", &diff("b", "new")),
    ];
    let (patches, notes) = select(&[thread.concat()]);
    assert_eq!(patches, ["mm: first: new", "mm: second: new"]);
    assert_eq!(notes.len(), 1, "{notes:?}");
}

/// As `git format-patch --no-numbered` writes them.
#[test]
fn patches_of_the_same_title_stay() {
    let patch = |subject: &str, text: &str| {
        let mail = mail(subject, "x", "", &diff("a", text));
        mail.replace("Message-ID: <x@h>\n", "")
    };
    let (patches, notes) = select(&[
        patch("[PATCH] fix a typo", "1"),
        patch("[PATCH] fix a typo", "2"),
    ]);
    assert_eq!((patches.len(), notes.len()), (2, 0));
    let again = [
        patch("[PATCH] fix a typo", "1"),
        patch("[PATCH RESEND] fix a typo", "2"),
    ];
    let (patches, notes) = select(&again);
    assert_eq!(
        (patches, notes.len()),
        (vec!["fix a typo: 2".to_owned()], 1)
    );
}

/// A series that another one builds on has another version, and is no version of it.
#[test]
fn different_series_stay() {
    let texts = [
        mail("[PATCH v4 1/2] base: x", "x", "", &diff("x", "1"))
            + &mail("[PATCH v4 2/2] base: y", "y", "x", &diff("y", "2")),
        mail("[PATCH 1/2] top: z", "z", "", &diff("z", "3"))
            + &mail("[PATCH 2/2] top: w", "w", "z", &diff("w", "4")),
        mail("[PATCH] fix a typo", "t", "", &diff("t", "5")),
        mail("[PATCH] fix a typo", "u", "", &diff("u", "6")),
    ];
    let (patches, notes) = select(&texts);
    assert_eq!(
        patches,
        [
            "base: x: 1",
            "base: y: 2",
            "top: z: 3",
            "top: w: 4",
            "fix a typo: 5",
            "fix a typo: 6"
        ]
    );
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn replies_with_a_difference_are_skipped() {
    let cut = "Maybe like this?\n\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\n...\n";
    let thread = [
        mail("[PATCH 1/2] one", "a", "", &diff("a", "1")),
        mail("Re: [PATCH 1/2] one", "r", "a", cut),
        mail("[PATCH] instead of it", "i", "r", &diff("a", "other")),
        mail("[PATCH 2/2] two", "b", "a", &diff("b", "2")),
    ];
    let (patches, notes) = select(&[thread.concat()]);
    assert_eq!(patches, ["one: 1", "two: 2"]);
    assert_eq!(
        notes,
        [
            "skipped the diff in the reply \"Re: [PATCH 1/2] one\" from A <a@h>",
            "skipped the diff in the reply \"[PATCH] instead of it\" from A <a@h>"
        ]
    );
    // A reply alone is what is meant.
    let (patches, notes) = select(&[mail("Re: one", "r", "a", &diff("a", "1"))]);
    assert_eq!((patches.len(), notes.len()), (1, 0));
}

#[test]
fn what_comes_twice_counts_once() {
    let one = mail("[PATCH 1/2] one", "a", "", &diff("a", "1"));
    let two = mail("[PATCH 2/2] two", "b", "a", &diff("b", "2"));
    let (patches, notes) = select(&[format!("{one}{two}{one}{two}")]);
    assert_eq!(patches, ["one: 1", "two: 2"]);
    assert!(notes.is_empty(), "{notes:?}");
    let again = mail("[PATCH RESEND 1/2] one", "a2", "", &diff("a", "again"))
        + &mail("[PATCH RESEND 2/2] two", "b2", "a2", &diff("b", "again"));
    let (patches, notes) = select(&[format!("{one}{two}{again}")]);
    assert_eq!(patches, ["one: again", "two: again"]);
    assert_eq!(notes, ["\"one\" was sent twice; the first copy skipped"]);
}

#[test]
fn a_version_that_is_not_complete_is_completed() {
    let old = mail("[PATCH 1/3] one", "a", "", &diff("a", "1"))
        + &mail("[PATCH 2/3] two", "b", "a", &diff("b", "2"))
        + &mail("[PATCH 3/3] three", "c", "a", &diff("c", "3"));
    for subject in ["[PATCH v2 2/3] two", "[PATCH v2] two"] {
        let new = mail(subject, "b2", "b", &diff("b", "new"));
        let (patches, notes) = select(&[format!("{old}{new}")]);
        assert_eq!(patches, ["one: 1", "two: new", "three: 3"], "{subject}");
        assert_eq!(
            notes,
            [
                "version 2 of \"two\" is incomplete; patches 1, 3 taken from the previous version",
                "version 2 of \"one\" is the newest; version 1 skipped"
            ]
        );
    }
}

/// Handles what is not taken need not be in order.
#[test]
fn damage_in_an_older_version_does_no_harm() {
    let broken = "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\n";
    let thread =
        mail("[PATCH] one", "a", "", broken) + &mail("[PATCH v2] one", "b", "a", &diff("a", "new"));
    assert_eq!(select(&[thread]).0, ["one: new"]);
    let mut mails = Mails::default();
    mails.add(b"nothing\n").unwrap();
    mails
        .add(mail("[PATCH] one", "a", "", broken).as_bytes())
        .unwrap();
    let (source, error) = mails.select().unwrap_err();
    assert!(matches!(error, PatchError::Damaged { .. }) && source == 1);
}

/// The time must not grow with the square of the number of mails.
#[test]
fn many_mails_are_no_trouble() {
    let thread: String = (0..20_000)
        .map(|number| {
            let (version, id) = (number % 1_000 + 1, number.to_string());
            mail(
                &format!("[PATCH v{version}] x{number}"),
                &id,
                "0",
                &diff("a", "1"),
            )
        })
        .collect();
    let (patches, _) = select(&[thread]);
    assert_eq!(patches.len(), 20);
}

#[test]
fn patches_of_which_there_is_no_mail_are_told() {
    let patch = |number: &str, text: &str| {
        let name = number.replace('/', "-");
        mail(&format!("[PATCH {number}] mm: p{number}"), &name, "c", text)
    };
    let notes = |texts: &[(&str, &str)]| {
        let mails: Vec<String> = texts
            .iter()
            .map(|(number, path)| match *path {
                "" => patch(number, "words"),
                path => patch(number, &diff(path, "x")),
            })
            .collect();
        let mut all = Mails::default();
        all.add(mails.concat().as_bytes()).unwrap();
        let notes = all.select().unwrap().notes;
        notes.iter().map(Note::to_string).collect::<Vec<_>>()
    };
    let is_missing = |numbers: &str, title: &str| {
        vec![format!(
            "the series with \"mm: p{title}\" is incomplete; {numbers} missing"
        )]
    };
    assert_eq!(
        notes(&[("1/3", "a"), ("3/3", "c")]),
        is_missing("patch 2 of 3", "1/3")
    );
    assert_eq!(
        notes(&[("0/2", ""), ("2/2", "b")]),
        is_missing("patch 1 of 2", "2/2")
    );
    assert_eq!(
        notes(&[("2/9", "a"), ("4/9", "b"), ("5/9", "c")]),
        is_missing("patches 1, 3, 6-9 of 9", "2/9")
    );
    assert_eq!(
        notes(&[("1/4294967295", "a"), ("4294967295/4294967295", "b")]),
        is_missing("patches 2-4294967294 of 4294967295", "1/4294967295")
    );
    // All are there, or the user gave one patch, or a mail is there that changes nothing.
    assert!(notes(&[("1/2", "a"), ("2/2", "b")]).is_empty());
    assert!(notes(&[("2/3", "a")]).is_empty());
    let empty = notes(&[("1/3", "a"), ("2/3", ""), ("3/3", "c")]);
    assert!(
        empty.len() == 1 && empty[0].contains("contains no diff"),
        "{empty:?}"
    );
}
