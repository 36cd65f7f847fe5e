//! Owns what of a build depends on the machine: its compilers, emulators and processors.

use std::path::Path;

use crate::drive::boot::Boot;
use crate::drive::doctor;
use crate::drive::job::{self, Job};
use crate::drive::process::Children;
use crate::drive::run::Ready;
use crate::drive::toolchain::Surroundings;

/// The jobs with their compilers.
pub(super) fn ready(
    children: &Children,
    root: &Path,
    jobs: Vec<Job>,
    around: &Surroundings,
) -> Vec<Ready> {
    let architectures: Vec<String> = jobs.iter().map(|job| job.srcarch.clone()).collect();
    let diagnosis = doctor::diagnose(children, root, &architectures, around);
    jobs.into_iter()
        .zip(&diagnosis.archs)
        .map(|(job, of)| {
            let lacking: Vec<_> = doctor::lacking(&diagnosis, &job.srcarch).collect();
            Ready {
                obstacle: job::obstacle(&of.found, &lacking, &of.advice()),
                boot_obstacle: job
                    .boot
                    .as_ref()
                    .and_then(|boot| boot_obstacle(&job.srcarch, boot, &diagnosis)),
                found: of.found.clone(),
                job,
            }
        })
        .collect()
}

/// Why a kernel cannot be booted on this machine, if it cannot.
fn boot_obstacle(srcarch: &str, boot: &Boot, diagnosis: &doctor::Diagnosis) -> Option<String> {
    let Some(emulator) = boot.emulator else {
        return Some(format!("kfeat knows no QEMU machine for `{srcarch}`"));
    };
    let host = diagnosis
        .host
        .iter()
        .find(|host| host.tool.name == emulator.program)?;
    (!host.present).then(|| job::missing(host.tool))
}

/// Default number of processes that run at a time.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
