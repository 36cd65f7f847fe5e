//! Owns the templates of `matrix --template-dir`: which files they are, and how much time and memory one may take.
//!
//! A template is a program: a loop in a loop, or a text that is doubled forty times, takes any time and any memory. The language knows
//! no limit, and a thread cannot be ended from outside, so another thread ends the program with an error that names the limit.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{error, status};
use crate::disk;
use crate::limits::{TEMPLATE_MEMORY, TEMPLATE_SECONDS, TEMPLATE_SIZE};
use crate::report::matrix::TemplateFile;

/// How the files end that are templates.
const ENDINGS: &[&str] = &["html", "md", "rst"];

/// How often time and memory are looked at. Memory that is taken meanwhile exceeds the limit, by some ten MiB.
const POLL: Duration = Duration::from_millis(5);

/// The templates in a directory: its files that end with `.html`, `.md` or `.rst`.
///
/// # Errors
///
/// The directory holds no template, or one cannot be read.
pub(super) fn read_all(directory: &Path) -> anyhow::Result<Vec<TemplateFile>> {
    let shown = directory.display();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)
        .with_context(|| format!("cannot read the templates in `{shown}`"))?
    {
        let path = entry
            .with_context(|| format!("cannot read the templates in `{shown}`"))?
            .path();
        let is_template = path
            .extension()
            .is_some_and(|extension| ENDINGS.iter().any(|known| extension == *known));
        let name = path.file_name().and_then(|name| name.to_str());
        if let (true, true, Some(name)) = (is_template, path.is_file(), name) {
            files.push(TemplateFile {
                name: name.to_owned(),
                path: path.display().to_string(),
                text: read(&path)?,
            });
        }
    }
    if files.is_empty() {
        bail!("there is no template in `{shown}`: no file that ends with `.html`, `.md` or `.rst`");
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let what = || format!("cannot read the template `{shown}`");
    disk::read_named_text(path, &TEMPLATE_SIZE).with_context(what)
}

/// Renders a page. Where a template of the user is among `files`, the program ends if that takes too much time or memory.
pub(super) fn bounded<T>(files: &[TemplateFile], render: impl FnOnce() -> T) -> T {
    let Some(first) = files.first() else {
        return render();
    };
    std::thread::scope(|scope| {
        let (end, ended) = mpsc::channel();
        let watch = move || watch(&first.path, &ended);
        // Without a thread nothing is watched.
        let _ = std::thread::Builder::new().spawn_scoped(scope, watch);
        let page = render();
        drop::<mpsc::Sender<()>>(end);
        page
    })
}

/// Ends the program where a limit is reached before `ended` is.
fn watch(path: &str, ended: &Receiver<()>) {
    let (start, before) = (Instant::now(), resident());
    while ended.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        let limit = if start.elapsed().as_secs() >= TEMPLATE_SECONDS.get() {
            &TEMPLATE_SECONDS
        } else if resident().saturating_sub(before) > TEMPLATE_MEMORY.get() {
            &TEMPLATE_MEMORY
        } else {
            continue;
        };
        let directory = Path::new(path).parent().unwrap_or(Path::new("."));
        let page = format!(
            "a page made from the templates in `{}`",
            directory.display()
        );
        error::print(&limit.reached(page).into());
        std::process::exit(2);
    }
}

/// How much memory this process has, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let value = status::of_self("VmRSS");
    let number = value.and_then(|value| value.strip_suffix("kB")?.trim().parse::<u64>().ok());
    number.unwrap_or(0).saturating_mul(1024)
}
