//! The scripts of `action.yml`, of the template for GitLab and of the hook for pre-commit.com, run as their engines run them.

use libtest_mimic::Failed;
use serde_yaml::Value;

use crate::ends;
use crate::page::read;
use crate::scratch::Scratch;

/// A file of this repository, as YAML.
fn yaml(path: &str) -> Result<Value, Failed> {
    Ok(serde_yaml::from_str(&read(path))?)
}

/// Writes a script into the home, and gives back the command that runs it as `bash` does on the engines: it ends at the first
/// command that fails.
fn script(scratch: &Scratch, text: &str) -> Result<&'static str, Failed> {
    std::fs::write(scratch.home().join("script"), text)?;
    Ok("bash --noprofile --norc -eo pipefail ~/script")
}

/// The step of the action that checks: the tree as it stands, and a series, with more arguments.
pub fn github() -> Result<(), Failed> {
    let action = yaml("action.yml")?;
    let steps = action["runs"]["steps"].as_sequence();
    let step = steps
        .and_then(|steps| steps.last())
        .ok_or("there are no steps")?;
    let scratch = Scratch::new(false);
    let run = script(&scratch, step["run"].as_str().ok_or("it runs nothing")?)?;
    ends(
        &scratch,
        ".",
        "mkdir -p temp/kfeat/bin && ln -s \"$(command -v kfeat)\" temp/kfeat/bin",
        0,
    )?;
    for (branch, range, arguments, code) in [
        ("master", "", "", 0),
        ("slips", "", "", 1),
        ("slips", "", "--arch s390", 0),
        ("master", "v7.2..HEAD", "", 0),
        ("early", "v7.2..HEAD", "--feature lazy_mmu", 1),
        ("master", "nothing..HEAD", "", 2),
    ] {
        let inputs = format!("KFEAT_TREE=. KFEAT_RANGE={range} KFEAT_ARGUMENTS='{arguments}'");
        let typed = format!("git switch -q -f {branch} && RUNNER_TEMP=~/temp {inputs} {run}");
        let ended = scratch.run("src/linux", &typed);
        let is_annotated = ended.out.contains("::error file=arch/");
        if ended.code != code || is_annotated != (code == 1) {
            let said = ended.out + &ended.err;
            return Err(format!("`{typed}` exits with {}\n{said}", ended.code).into());
        }
    }
    Ok(())
}

/// The job of the template: a merge request, and the default branch.
pub fn gitlab() -> Result<(), Failed> {
    let template = yaml("ci/kfeat.gitlab-ci.yml")?;
    let job = &template["kfeat"];
    let lines = job["script"].as_sequence().ok_or("there is no script")?;
    let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    let report = job["artifacts"]["reports"]["codequality"].as_str();
    let report = report.ok_or("there is no report")?;
    let scratch = Scratch::new(false);
    let run = script(&scratch, &lines.join("\n"))?;
    for (branch, range, code, findings) in [
        ("master", "", 0, 0),
        ("slips", "", 1, 1),
        // The select without its hooks, and the row that it makes wrong.
        ("early", "v7.2..HEAD", 1, 2),
    ] {
        let range = match range {
            "" => String::new(),
            range => format!("KFEAT_RANGE={range} "),
        };
        ends(
            &scratch,
            "src/linux",
            &format!("git switch -q -f {branch}"),
            0,
        )?;
        ends(&scratch, "src/linux", &format!("{range}{run}"), code)?;
        let ended = ends(&scratch, "src/linux", &format!("cat {report}"), 0)?;
        let list: Vec<serde_json::Value> = serde_json::from_str(&ended.out)?;
        if list.len() != findings {
            return Err(format!("{branch}: {}", ended.out).into());
        }
    }
    Ok(())
}

/// What pre-commit.com starts: nothing staged, what is in order, and what is not.
pub fn pre_commit() -> Result<(), Failed> {
    let hooks = yaml(".pre-commit-hooks.yaml")?;
    let entry = hooks[0]["entry"].as_str().ok_or("it runs nothing")?;
    let scratch = Scratch::new(false);
    let change = "sed -i 's/select ARCH_HAS_LAZY_MMU_MODE/&S/' arch/arm64/Kconfig";
    for (first, code) in [
        ("true", 0),
        ("git add -u", 0),
        (change, 0),
        ("git add -u", 1),
    ] {
        ends(&scratch, "src/linux", first, 0)?;
        ends(&scratch, "src/linux", entry, code)?;
    }
    Ok(())
}
