//! What tuxmake says about the same defect, with the options and objects that `kfeat build` takes on the tree without it: what a user
//! would have asked for. Only where `$KFEAT_PEER` names the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

/// The program, if it is to be compared with.
pub fn program() -> Option<PathBuf> {
    std::env::var_os("KFEAT_PEER").map(PathBuf::from)
}

/// What is asked of it.
pub struct Request {
    arch: &'static str,
    fragment: String,
    objects: Vec<String>,
}

/// The request for a tree without a defect.
pub fn request(root: &Path, arch: &str) -> Result<Request, Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .arg("-C")
        .arg(root)
        .args(["build", "--dry-run", "--wrapper", "none", "--arch", arch])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let fragment = text
        .split_once("<<'END'\n")
        .and_then(|(_, rest)| rest.split_once("END\n"))
        .map(|(fragment, _)| fragment.to_owned())
        .ok_or("no fragment")?;
    let line = text
        .lines()
        .find(|line| line.contains(" -k "))
        .ok_or("no objects")?;
    let objects = line.split(' ').filter(|word| word.ends_with(".o"));
    let objects = objects.map(str::to_owned).collect();
    Ok(match arch {
        // `ARCH=sparc64` says so, and tuxmake's `ARCH=sparc` does not.
        "sparc" => Request {
            arch: "sparc",
            fragment: format!("{fragment}CONFIG_64BIT=y\n"),
            objects,
        },
        "x86" => Request {
            arch: "x86_64",
            fragment,
            objects,
        },
        "riscv" => Request {
            arch: "riscv",
            fragment,
            objects,
        },
        _ => Request {
            arch: "arm64",
            fragment,
            objects,
        },
    })
}

/// What the program comes to on the tree at `root`, in a few words.
pub fn says(program: &Path, root: &Path, request: &Request) -> Result<String, Failed> {
    let directory = tempfile::tempdir()?;
    let fragment = directory.path().join("fragment.config");
    std::fs::write(&fragment, &request.fragment)?;
    let status = Command::new(program)
        .arg("-C")
        .arg(root)
        .args(["-r", "null", "-t", "gcc", "-k", "allnoconfig", "-a"])
        .arg(request.arch)
        .arg("-K")
        .arg(&fragment)
        .arg("-b")
        .arg(directory.path().join("build"))
        .arg("-o")
        .arg(directory.path().join("out"))
        .args(&request.objects)
        .env_remove("CROSS_COMPILE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let metadata = std::fs::read(directory.path().join("out/metadata.json"))?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata)?;
    let targets = metadata["results"]["targets"].as_object().cloned();
    let failed: Vec<String> = targets
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, target)| target["status"] == "FAIL")
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    Ok(match (status.success(), failed.len()) {
        (true, _) => "passes".to_owned(),
        (false, 0) => "fails".to_owned(),
        (false, 1..=3) => format!("fails at {}", failed.join(", ")),
        (false, count) => format!("fails at {} and {} more", failed[0], count - 1),
    })
}
