//! Sets `KFEAT_VERSION` to the version of the package, with the commit where one is known: from `$KFEAT_COMMIT`, from the file that
//! `cargo package` adds, or from git. A build that knows none, such as one of a plain tarball, has the version alone.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=KFEAT_COMMIT");
    let version = env!("CARGO_PKG_VERSION");
    let commit = std::env::var("KFEAT_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty());
    let commit = commit.or_else(of_package).or_else(|| {
        // A commit would make the next development build compile everything again.
        let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
        is_release.then(of_git).flatten()
    });
    let text = match commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo::rustc-env=KFEAT_VERSION={text}");
}

/// The commit that `cargo package` noted.
fn of_package() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let sha = rest.split('"').nth(1)?;
    let is_sha = sha.len() >= 12 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sha.then(|| sha[..12].to_owned())
}

/// The commit that is checked out here, with its date and whether files differ from it. The repository has to be this package's own:
/// its sources may have been unpacked below another one.
fn of_git() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["--no-optional-locks", "-c", "core.fsmonitor=false"])
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    if Path::new(&top).canonicalize().ok()? != here {
        return None;
    }
    // Not the index: git writes it whenever somebody asks what has changed, and all would be compiled again.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    for path in ["src", "features", "templates", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let commit = git(&["log", "-1", "--format=%h %cs", "--abbrev=12"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let changed = if changed.is_empty() { "" } else { ", modified" };
    Some(format!("{commit}{changed}"))
}
