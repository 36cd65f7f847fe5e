//! `--rev`, `--range` and `--patch` in commands that look at one tree: they mean the tree with the series on top.

use super::git::Repository;
use super::program::on;

#[test]
fn a_series_needs_not_be_applied_to_ask_about_it() {
    let repository = Repository::new();
    let kconfig = repository.tree.read("arch/riscv/Kconfig");
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n\tselect HAVE_ARCH_HUGE_VMAP";
    let selected = kconfig.replacen("\tselect HAVE_ARCH_HUGE_VMAP", select, 1);
    repository.tree.write("arch/riscv/Kconfig", &selected);
    repository.commit("riscv: select it");
    let file = repository.path().join("series.mbox");
    let mails = repository.git(&["format-patch", "--stdout", "base..main"]);
    repository.git(&["checkout", "-q", "base"]);
    std::fs::write(&file, mails).unwrap();
    let patch = ["--patch", file.to_str().unwrap()];
    let before = repository.tree.picture();
    let run = |command: &[&str], at: &[&str]| on(repository.path(), [command, at].concat()).run();
    let commands: [(&[&str], &str); 3] = [
        (&["audit", "--format", "concise"], "table-denies-support"),
        (&["matrix", "--format", "csv"], "lazy_mmu,riscv,TODO,yes"),
        (
            &["explain", "ARCH_HAS_LAZY_MMU_MODE", "--arch", "riscv"],
            "RISCV",
        ),
    ];
    for (command, words) in commands {
        let plain = run(command, &[]).out;
        assert!(!plain.contains(words), "{command:?}: {plain}");
        for at in [&patch[..], &["--range", "base..main"], &["--rev", "main"]] {
            let ended = run(command, at);
            assert!(
                ended.out.contains(words),
                "{command:?} {at:?}: {}{}",
                ended.out,
                ended.err
            );
        }
        let both = [command, &["--range", "base..main", "--rev", "main"]].concat();
        on(repository.path(), both).exits(2);
    }
    assert!(before == repository.tree.picture());
    let config = ["config", "allnoconfig", "--arch", "riscv", "--allow-shell"];
    on(repository.path(), [&config[..], &patch[..]].concat()).refuses(&["must be a directory"]);
    on(repository.path(), ["check", "a.patch"]).exits(2);
}
