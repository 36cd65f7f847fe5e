//! Hooks that a series gives other names.

use super::{BODY, CONTRACT, DECLARED, File, HEADER, INLINE, OBJECT, USER, spec};
use crate::feature::spec::Spec;

const TWO: &str = "arch/two/include/asm/x.h";

fn other(text: &str) -> String {
    text.replace("hook", "hooked")
}

/// The findings about the tree: that the spec no longer describes it is one about the spec.
fn found(specs: &[Spec], files: &[(&str, &str)], commits: &[&[File<'_>]]) -> Vec<String> {
    let mut found = super::found(specs, files, commits);
    found.retain(|one| !one.starts_with("spec-mismatch "));
    found
}

fn of_hook(files: &[(&str, &str)], commits: &[&[File<'_>]]) -> Vec<String> {
    found(&[spec("x", CONTRACT)], files, commits)
}

#[test]
fn an_architecture_that_a_renaming_forgets_is_named() {
    let files = [("mm/x.c", USER)];
    let (user, inline) = (other(USER), other(INLINE));
    let generic: File<'_> = ("mm/x.c", Some(&user));
    let of_one: File<'_> = (HEADER, Some(&inline));
    let of_two: File<'_> = (TWO, Some(&inline));
    assert_eq!(of_hook(&files, &[&[generic, of_one, of_two]]), [""; 0]);
    let forgotten = of_hook(&files, &[&[generic, of_one]]);
    assert_eq!(forgotten, ["select-without-hook mm/x.c:4 two, 1"]);
    let both = of_hook(&files, &[&[generic]]);
    assert_eq!(both.len(), 1, "{both:?}");
    assert!(both[0].ends_with(" one,two, 1"), "{both:?}");
    // Two commits: it does not compile in between, whichever comes first.
    let late = of_hook(&files, &[&[generic], &[of_one, of_two]]);
    assert_eq!(late, both);
    let early = of_hook(&files, &[&[of_one, of_two], &[generic]]);
    assert_eq!(
        early,
        [
            "select-without-hook arch/one/include/asm/x.h:1 one, 1",
            "select-without-hook arch/two/include/asm/x.h:1 two, 1",
        ]
    );
    // Both names for a while.
    let with_both = format!("{INLINE}#define hooked hook\n");
    let first: &[File<'_>] = &[(HEADER, Some(&with_both)), (TWO, Some(&with_both))];
    let last: &[File<'_>] = &[of_one, of_two];
    assert_eq!(of_hook(&files, &[first, &[generic], last]), [""; 0]);
    // It is back at the end.
    let user = format!("{USER}\n");
    let back: &[File<'_>] = &[("mm/x.c", Some(&user))];
    assert_eq!(of_hook(&files, &[&[generic], back]), both);
}

#[test]
fn a_body_under_the_old_name_is_missed() {
    let files = [("mm/x.c", USER), (HEADER, DECLARED), (OBJECT, BODY)];
    let (user, declared, inline) = (other(USER), other(DECLARED), other(INLINE));
    let generic: &[File<'_>] = &[
        ("mm/x.c", Some(&user)),
        (HEADER, Some(&declared)),
        (TWO, Some(&inline)),
    ];
    let forgotten = of_hook(&files, &[generic]);
    assert_eq!(forgotten.len(), 1, "{forgotten:?}");
    assert!(forgotten[0].ends_with(" one, 1"), "{forgotten:?}");
    let body = other(BODY);
    let all = [generic, &[(OBJECT, Some(&*body))]].concat();
    assert_eq!(of_hook(&files, &[&all]), [""; 0]);
}

#[test]
fn another_function_in_its_place_is_no_new_name() {
    // Generic code has it already, defines it, or does without.
    let generic = "#include <linux/x.h>\nvoid now(void);\nvoid f(void)\n{\n\tnow();\n}\n";
    let own = format!("static void hooked(void) {{ }}\n{}", other(USER));
    let known = format!("{USER}void g(void)\n{{\n\thooked();\n}}\n");
    for (before, after) in [
        (USER, generic),
        (USER, &*own),
        (USER, "void f(void)\n{\n}\n"),
        (&*known, &*known.replace("hook()", "hooked()")),
    ] {
        let files = [("mm/x.c", before)];
        assert_eq!(
            of_hook(&files, &[&[("mm/x.c", Some(after))]]),
            [""; 0],
            "{after}"
        );
    }
}

#[test]
fn a_wrapped_hook_may_have_another_name() {
    let wrapper = "#include <asm/x.h>\n#ifdef CONFIG_HAS_X\nstatic inline void x_do(void)\n{\n\thook();\n}\n\
        #else\nstatic inline void x_do(void) { }\n#endif\n";
    let user = USER.replace("hook", "x_do");
    let files = [("include/linux/x.h", wrapper), ("mm/x.c", &*user)];
    let specs = [spec(
        "x",
        "entry_header: include/linux/x.h\nhooks: [hook]\nwrappers: [x_do]\n",
    )];
    let (new, inline) = (other(wrapper), other(INLINE));
    let all: &[File<'_>] = &[
        ("include/linux/x.h", Some(&new)),
        (HEADER, Some(&inline)),
        (TWO, Some(&inline)),
    ];
    assert_eq!(found(&specs, &files, &[all]), [""; 0]);
    let forgotten = found(&specs, &files, &[&all[..2]]);
    assert_eq!(forgotten.len(), 1, "{forgotten:?}");
    assert!(forgotten[0].ends_with(" two, 1"), "{forgotten:?}");
}

#[test]
fn one_of_several_hooks_is_owed_where_generic_code_uses_its_new_name() {
    let contract = "entry_header: include/linux/x.h\nhooks:\n  - any_of: [hook, queue]\n";
    let user = "#include <linux/x.h>\nvoid f(void)\n{\n#ifdef BATCH\n\tqueue();\n#else\n\thook();\n#endif\n}\n";
    let batch = format!("#define BATCH\n{INLINE}{}", INLINE.replace("hook", "queue"));
    let files = [("mm/x.c", user), (TWO, &*batch)];
    let of = |commit: &[File<'_>]| found(&[spec("x", contract)], &files, &[commit]);
    let renamed = |name: &str| user.replace(name, &format!("{name}d"));
    // `two` has the other hook, too, and nothing uses that there.
    let reported = of(&[("mm/x.c", Some(&renamed("queue")))]);
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].ends_with(" two, 1"), "{reported:?}");
    let reported = of(&[("mm/x.c", Some(&renamed("hook")))]);
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].ends_with(" one, 1"), "{reported:?}");
    let batch = batch.replace("queue", "queued");
    let both: &[File<'_>] = &[("mm/x.c", Some(&renamed("queue"))), (TWO, Some(&batch))];
    assert_eq!(of(both), [""; 0]);
}
