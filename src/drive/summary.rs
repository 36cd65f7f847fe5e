//! Owns what a run looks like to people: one table, the findings, and what to do about failures.

use super::doctor::table;
use super::results::{ArchResult, ObjectStatus, Results, Stage, Status};

/// The table of a run, one line an architecture, and below it what did not pass.
pub fn text(results: &Results) -> String {
    let boots = results
        .archs
        .iter()
        .any(|arch| arch.stage(Stage::Kunit).is_some());
    let mut head = vec![
        "arch", "tools", "config", "check", "prepare", "objects", "evidence", "built", "calls",
    ];
    if boots {
        head.extend(["link", "kunit", "passed", "failed", "skipped"]);
    }
    head.extend(["s", "compiler"]);
    let mut rows: Vec<Vec<String>> = vec![head.into_iter().map(str::to_owned).collect()];
    rows.extend(results.archs.iter().map(|arch| row(arch, boots)));
    let mut out = table(&rows);
    for arch in &results.archs {
        out.push_str(&failures(arch));
    }
    let partly = results.archs.iter().flat_map(|arch| {
        arch.objects
            .iter()
            .filter(|object| object.status == ObjectStatus::Built && !object.undefined)
            .filter(|object| {
                object
                    .sites_compiled
                    .is_some_and(|sites| sites < object.sites_present)
            })
            .map(move |object| {
                format!(
                    "  {}: {}: {} of {} calls\n",
                    arch.arch,
                    object.source,
                    object.sites_compiled.unwrap_or(0),
                    object.sites_present
                )
            })
    });
    let partly: String = partly.collect();
    if !partly.is_empty() {
        out.push_str(&format!("\nnot all calls compiled:\n{partly}"));
    }
    out
}

fn row(arch: &ArchResult, boots: bool) -> Vec<String> {
    let stage = |stage| {
        arch.stage(stage)
            .map_or("", |result| result.status.word())
            .to_owned()
    };
    let built = arch
        .objects
        .iter()
        .filter(|object| object.status == ObjectStatus::Built)
        .count();
    let (compiled, present) = arch.sites();
    let seconds: f64 = arch.stages.iter().map(|stage| stage.seconds).sum();
    let name = if arch.with_feature {
        arch.arch.clone()
    } else {
        format!("{} (without)", arch.arch)
    };
    let mut cells = vec![
        name,
        stage(Stage::Tools),
        stage(Stage::Config),
        stage(Stage::ConfigCheck),
        stage(Stage::Prepare),
        stage(Stage::Objects),
        stage(Stage::Evidence),
        built.to_string(),
        format!("{compiled}/{present}"),
    ];
    if boots {
        cells.extend([stage(Stage::Link), stage(Stage::Kunit)]);
        let counts = arch
            .kunit
            .as_ref()
            .map(|kunit| [kunit.passed, kunit.failed, kunit.skipped]);
        cells.extend(counts.map_or_else(Default::default, |counts| {
            counts.map(|count| count.to_string())
        }));
    }
    cells.extend([format!("{seconds:.1}"), arch.compiler.clone()]);
    cells
}

/// Returns what did not pass on one architecture: the stage, its findings, the log, and the line that repeats it.
fn failures(arch: &ArchResult) -> String {
    let mut out = String::new();
    let wrong = arch
        .stages
        .iter()
        .filter(|stage| !matches!(stage.status, Status::Pass | Status::NotReached));
    for stage in wrong {
        let note = stage.note.as_deref().unwrap_or_default();
        out.push_str(&format!(
            "\n{}: {}: {}: {note}\n",
            arch.arch,
            stage.stage.word(),
            stage.status.word()
        ));
        if let Some(log) = &stage.log {
            out.push_str(&format!("  log: {log}\n"));
        }
        if let Some(command) = &stage.command {
            out.push_str(&format!("  repeat: {command}\n"));
        }
    }
    for finding in &arch.findings {
        let age = match finding.new {
            Some(true) => " (new)",
            Some(false) => " (known)",
            None => "",
        };
        out.push_str(&format!(
            "{}:{}: {}: {}: {} [{}]{age}\n",
            finding.path, finding.line, finding.level, finding.lint, finding.headline, arch.arch
        ));
        for note in &finding.notes {
            out.push_str(&format!("  note: {note}\n"));
        }
    }
    out
}
