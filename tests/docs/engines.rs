//! The scripts of `action.yml`, of the template for GitLab and of the hook for pre-commit.com, run as their engines run them.

use libtest_mimic::Failed;
use serde_yaml::Value;

use crate::ends;
use crate::page::read;
use crate::program::package;
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

/// Makes the branch `rows`: one commit on top of `v7.2` that makes a row of a table wrong, and nothing else.
fn wrong_row(scratch: &Scratch) -> Result<(), Failed> {
    let edit = "s/\\( um: |\\) TODO/\\1  ok /";
    let commit = format!(
        "git switch -q -f -c rows v7.2 && sed -i '{edit}' Documentation/features/vm/lazy_mmu/arch-support.txt && \
         git commit -q -a -m 'Documentation: um collects updates' && git switch -q -f master"
    );
    ends(scratch, "src/linux", &commit, 0)?;
    Ok(())
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
    wrong_row(&scratch)?;
    for (branch, range, arguments, code, place) in [
        ("master", "", "", 0, ""),
        ("slips", "", "", 1, "arch/"),
        ("slips", "", "--arch s390", 0, ""),
        ("master", "v7.2..HEAD", "", 0, ""),
        ("early", "v7.2..HEAD", "--feature lazy_mmu", 1, "arch/"),
        (
            "rows",
            "v7.2..HEAD",
            "",
            1,
            "Documentation/features/vm/lazy_mmu/",
        ),
        ("master", "nothing..HEAD", "", 2, ""),
    ] {
        let inputs = format!("KFEAT_TREE=. KFEAT_RANGE={range} KFEAT_ARGUMENTS='{arguments}'");
        let typed = format!(
            "git switch -q -f {branch} && RUNNER_TEMP=~/temp GITHUB_ACTION_PATH={} {inputs} {run}",
            package("").display()
        );
        let ended = scratch.run("src/linux", &typed);
        let annotation = format!("::error file={place}");
        let is_annotated = !place.is_empty() && ended.out.contains(&annotation);
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
    wrong_row(&scratch)?;
    for (branch, range, code, findings) in [
        ("master", "", 0, 0),
        ("slips", "", 1, 1),
        // The select without its hooks, and the row that it makes wrong.
        ("early", "v7.2..HEAD", 1, 2),
        ("rows", "v7.2..HEAD", 1, 1),
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

/// Returns what pre-commit.com starts: nothing staged, what is in order, and what is not.
pub fn pre_commit() -> Result<(), Failed> {
    let hooks = yaml(".pre-commit-hooks.yaml")?;
    let entry = hooks[0]["entry"].as_str().ok_or("it runs nothing")?;
    let scratch = Scratch::new(false);
    let change = "sed -i 's/select ARCH_HAS_LAZY_MMU_MODE/&S/' arch/arm64/Kconfig";
    let row = "git checkout -q HEAD . && sed -i 's/\\( um: |\\) TODO/\\1  ok /' Documentation/features/vm/lazy_mmu/arch-support.txt";
    for (first, code) in [
        ("true", 0),
        ("git add -u", 0),
        (change, 0),
        ("git add -u", 1),
        (row, 0),
        ("git add -u", 1),
    ] {
        ends(&scratch, "src/linux", first, 0)?;
        ends(&scratch, "src/linux", entry, code)?;
    }
    Ok(())
}

/// The installer: the program of a release whose sum is right, none whose sum is wrong, and none without a release or sources.
pub fn install() -> Result<(), Failed> {
    let scratch = Scratch::new(false);
    let install = package("ci/install").display().to_string();
    let target = "$(uname -m)-unknown-linux-gnu";
    let release = format!(
        "mkdir -p files/kfeat-1.2.3-{target}/bin && cd files && cp -L \"$(command -v kfeat)\" kfeat-1.2.3-{target}/bin/kfeat \
         && tar -cJf kfeat-1.2.3-{target}.tar.xz kfeat-1.2.3-{target} && sha256sum *.tar.xz >SHA256SUMS"
    );
    ends(&scratch, ".", &release, 0)?;
    ends(&scratch, ".", &format!("{install} ~/files v1.2.3 ~/bin"), 0)?;
    ends(&scratch, ".", "~/bin/kfeat --version", 0)?;
    // The sum may also come from the user.
    let sum = "$(cut -d' ' -f1 ~/files/SHA256SUMS)";
    let with_sum = |sum: &str| format!("KFEAT_SHA256={sum} {install} ~/files 1.2.3 ~/bin2");
    ends(&scratch, ".", &with_sum(sum), 0)?;
    ends(&scratch, ".", &with_sum("0000"), 1)?;
    ends(&scratch, ".", "sed -i 's/^./x/' files/SHA256SUMS", 0)?;
    for (base, version) in [
        ("~/files", "1.2.3"),
        ("~/files", "9.9.9"),
        ("http://[::]", "1.2.3"),
    ] {
        let typed = format!("{install} {base} {version} ~/bin3 && exit 3; test ! -e ~/bin3");
        ends(&scratch, ".", &typed, 0)?;
    }
    Ok(())
}

/// A shallow clone gets the history that a range needs, and one that is not shallow is left alone.
pub fn deepen() -> Result<(), Failed> {
    let scratch = Scratch::new(false);
    let deepen = package("ci/deepen").display().to_string();
    let clone = "git clone -q --no-local --depth 1 file://$PWD/src/linux clone";
    ends(&scratch, ".", clone, 0)?;
    let base = "$(git -C ~/src/linux rev-parse v7.2)";
    let check = format!("kfeat check --range {base}..HEAD");
    let before = scratch.run("clone", &check);
    if before.code != 2 {
        return Err(format!("the clone has the base: {}", before.out).into());
    }
    ends(&scratch, "clone", &format!("{deepen} . {base}..HEAD"), 0)?;
    ends(&scratch, "clone", &check, 0)?;
    ends(&scratch, "src/linux", &format!("{deepen} . v7.2..HEAD"), 0)?;
    Ok(())
}

/// The test for netdev's CI, run as NIPA runs it: in the tree, with the commit of a patch on top.
pub fn nipa() -> Result<(), Failed> {
    let info: serde_json::Value = serde_json::from_str(&read("contrib/nipa/kfeat/info.json"))?;
    let name = info["run"][0].as_str().ok_or("it runs nothing")?;
    let script = package("contrib/nipa/kfeat").join(name);
    let scratch = Scratch::new(false);
    wrong_row(&scratch)?;
    for (branch, code, line) in [
        ("master", 0, "no findings"),
        ("early~1", 1, "1 errors, 0 warnings"),
        ("rows", 1, "1 errors, 0 warnings"),
    ] {
        let switch = format!("git switch -q -f --detach {branch}");
        ends(&scratch, "src/linux", &switch, 0)?;
        let typed = format!("DESC_FD=3 bash {} 3>~/line", script.display());
        ends(&scratch, "src/linux", &typed, code)?;
        let said = ends(&scratch, ".", "cat line", 0)?.out;
        if said.trim() != line {
            return Err(format!("{branch}: {said}").into());
        }
    }
    Ok(())
}
