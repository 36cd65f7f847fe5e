//! The real kernel trees that tests run on: `$KFEAT_TEST_TREES` names their directories, separated by colons.

use std::path::PathBuf;

use libtest_mimic::Trial;

/// The trees; none where the variable is not set or empty.
pub fn real() -> Vec<PathBuf> {
    let trees = std::env::var_os("KFEAT_TEST_TREES").unwrap_or_default();
    std::env::split_paths(&trees)
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

/// Returns the stand-in for the trials `name` when no trees are given: ignored, with the reason.
pub fn missing(name: &str) -> Trial {
    Trial::test(name, || Ok(()))
        .with_kind("set KFEAT_TEST_TREES to kernel trees to run this")
        .with_ignored_flag(true)
}
