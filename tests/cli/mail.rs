//! `--format mail`: replies to patches.

use super::git::Repository;
use super::program::{mini, on};

const KCONFIG: &str = "arch/arm64/Kconfig";

/// A repository with a commit that misspells a select, and one that fixes it.
fn repository() -> Repository {
    let repository = Repository::new();
    let text = repository.tree.read(KCONFIG);
    let wrong = text.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MODES");
    repository.tree.write(KCONFIG, &wrong);
    repository.commit("arm64: a slip of the pen");
    repository.tree.write(KCONFIG, &text);
    repository.commit("arm64: fix it");
    repository
}

fn mail(repository: &Repository, arguments: &[&str], code: i32) -> String {
    let arguments = [&["check", "--format", "mail"], arguments].concat();
    on(repository.path(), arguments)
        .with("GIT_AUTHOR_NAME", "A Reviewer")
        .with("GIT_AUTHOR_EMAIL", "r@example.org")
        .exits(code)
        .out
}

#[test]
fn a_patch_gets_a_reply_with_the_finding_below_its_line() {
    let repository = repository();
    let file = repository.path().join("x.patch");
    let patch = repository.git(&[
        "format-patch",
        "--stdout",
        "--thread",
        "--to=l@example.org",
        "-1",
        "main~1",
    ]);
    let id = patch.lines().find_map(|line| {
        line.strip_prefix("Message-ID: ")
            .or_else(|| line.strip_prefix("Message-Id: "))
    });
    let id = id.unwrap().to_owned();
    std::fs::write(&file, &patch).unwrap();
    let file = file.to_str().unwrap();
    let reply = mail(&repository, &["--rev", "base", "--patch", file], 1);
    let headers = format!(
        "From: A Reviewer <r@example.org>\nTo: Somebody <s@example.org>\nCc: l@example.org\n\
         Subject: Re: [PATCH] arm64: a slip of the pen\nIn-Reply-To: {id}\nReferences: {id}\nMIME-Version: 1.0\n"
    );
    assert!(reply.starts_with(&headers), "{reply}");
    for part in [
        "\n> +\tselect ARCH_HAS_LAZY_MMU_MODES\n\nerror: select-undeclared: ",
        "\n  mm/Kconfig:32: a symbol with a similar name is declared here\n      config ARCH_HAS_LAZY_MMU_MODE\n",
        "\nTo fix it: select `ARCH_HAS_LAZY_MMU_MODE`, if you meant that.\n",
        &format!(
            "\n  b4 am -o - \\\n    {} |\n    kfeat check --rev base --patch -\n",
            id.trim_matches(['<', '>'])
        ),
        "\n-- \nkfeat ",
    ] {
        assert!(reply.contains(part), "{part}\nis not in\n{reply}");
    }
    // A difference that is no mail has nobody to reply to, and a patch that brings nothing gets no reply.
    std::fs::write(file, repository.git(&["diff", "base", "main~1"])).unwrap();
    let bare = mail(
        &repository,
        &["--rev", "base", "--patch", file, "--arch", "arm64"],
        1,
    );
    assert!(
        bare.starts_with("From: A Reviewer <r@example.org>\nSubject: Re: [PATCH]\nMIME-Version"),
        "{bare}"
    );
    assert!(
        bare.contains("\n  kfeat check --arch arm64 --rev base --patch -\n"),
        "{bare}"
    );
    std::fs::write(file, repository.git(&["diff", "main~1", "main"])).unwrap();
    assert_eq!(
        mail(&repository, &["--rev", "main~1", "--patch", file], 0),
        ""
    );
}

#[test]
fn a_commit_gets_one_and_bisection_is_told_of() {
    let repository = Repository::new();
    let header = "arch/arm64/include/asm/pgtable.h";
    let text = repository.tree.read(header);
    let wrong = text.replace("arch_leave_lazy_mmu_mode", "arch_exit_lazy_mmu_mode");
    repository.tree.write(header, &wrong);
    repository.commit("arm64: a slip of the pen");
    repository.tree.write(header, &text);
    repository.commit("arm64: fix it");
    let reply = mail(&repository, &["--range", "base..main"], 1);
    assert!(
        reply.contains("Subject: Re: [PATCH 1/2] arm64: a slip of the pen\n"),
        "{reply}"
    );
    let said = reply.replace('\n', " ");
    assert!(
        said.contains("The tree does not compile before patch 2/2: "),
        "{reply}"
    );
    assert!(said.contains("the series is not bisectable"), "{reply}");
    let id = repository.git(&["rev-parse", "--short=12", "main~1"]);
    assert!(
        reply.contains(&format!("\n  kfeat check --range {0}~1..{0}\n", id.trim())),
        "{reply}"
    );
    assert_eq!(mail(&repository, &["--range", "main~1..main"], 0), "");
}

#[test]
fn a_wrong_row_gets_a_reply_below_its_line() {
    let repository = Repository::new();
    let table = "Documentation/features/vm/lazy_mmu/arch-support.txt";
    repository
        .tree
        .replace(table, "um: | TODO |", "um: |  ok  |");
    repository.commit("Documentation: um collects updates");
    let reply = mail(&repository, &["--range", "base..main"], 1);
    for part in [
        "Subject: Re: [PATCH] Documentation: um collects updates\n",
        "\n> +    |          um: |  ok  |\n\nerror: table-claims-support: ",
    ] {
        assert!(reply.contains(part), "{part}\nis not in\n{reply}");
    }
    // What Kconfig agrees with gets none.
    repository
        .tree
        .replace(table, "um: |  ok  |", "um: |  ..  |");
    repository.commit("Documentation: um cannot");
    assert_eq!(mail(&repository, &["--range", "base..main"], 0), "");
}

#[test]
fn what_is_no_patch_gets_no_reply() {
    for command in ["check", "audit"] {
        on(&mini(), [command, "--format", "mail"]).refuses(&["replies to patches", "`--range`"]);
    }
}
