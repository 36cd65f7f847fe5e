//! Owns the stage that looks into what the preprocessor left: whether the compiler saw the feature.

use std::path::Path;
use std::sync::PoisonError;

use super::{Done, Run, RunError};
use crate::disk;
use crate::drive::candidates::{Candidate, with_suffix};
use crate::drive::evidence::{self, Layer};
use crate::drive::results::{ObjectStatus, Stage, Status};
use crate::limits::FILE_SIZE;

impl Run<'_, '_> {
    pub(super) fn evidence(&self) -> Result<Done, RunError> {
        let spec = self.shared.spec;
        if spec.hooks.is_empty() {
            return Ok(Done {
                status: Status::NotExercised,
                note: Some("the spec names no hooks to look for".to_owned()),
                ..Done::pass()
            });
        }
        let built: Vec<&Candidate> = {
            let results = self
                .shared
                .results
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let objects = results
                .archs
                .get(self.index)
                .map_or(&[][..], |arch| &arch.objects);
            let candidates = self.ready.job.candidates.iter();
            candidates
                .filter(|candidate| {
                    objects.iter().any(|object| {
                        object.source == candidate.source && object.status == ObjectStatus::Built
                    })
                })
                .collect()
        };
        let targets: Vec<(String, bool)> = built
            .iter()
            .map(|candidate| (with_suffix(&candidate.source, "i"), candidate.apart))
            .collect();
        let path = self.path();
        let lines = self.ready.job.build(
            self.places(&path),
            self.toolchain(),
            self.shared.options,
            true,
            &targets,
        );
        let (ok, _, command) = self.lines(Stage::Evidence, &lines)?;
        let objtree = self.directory().join("obj");
        let mut hooks: Vec<String> = Vec::new();
        let mut seen_by = Vec::new();
        for (candidate, (target, _)) in built.iter().zip(&targets) {
            let Ok(bytes) = disk::read(&objtree.join(target), &FILE_SIZE) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            let root = Path::new(self.shared.root);
            let mut seen = evidence::seen(spec, root, &candidate.source, &text);
            // A hook that is a macro leaves no call behind.
            if spec.wrappers.is_empty()
                && let Ok(original) = disk::read(&root.join(&candidate.source), &FILE_SIZE)
            {
                let original = String::from_utf8_lossy(&original);
                let texts = (&*original, &*text);
                seen.sites += evidence::expanded(spec, root, &candidate.source, texts);
            }
            let through = &self.ready.job.through;
            seen.sites += evidence::through(spec, root, &candidate.source, &text, through);
            for hook in &seen.hooks {
                if !hooks.contains(hook) {
                    hooks.push(hook.clone());
                }
            }
            seen_by.push((candidate.source.clone(), candidate.undefined, seen));
        }
        self.shared.change(|results| {
            let Some(arch) = results.archs.get_mut(self.index) else {
                return;
            };
            for object in &mut arch.objects {
                if let Some((.., seen)) = seen_by.iter().find(|(of, ..)| *of == object.source) {
                    object.sites_compiled = Some(seen.sites.min(object.sites_present));
                    object.layer = Some(seen.layer);
                }
            }
        })?;
        if !ok {
            return Ok(Done {
                command,
                ..Done::fail("the preprocessor failed, see the log")
            });
        }
        Ok(self.judge(&hooks, &seen_by))
    }

    /// Whether what was seen is what was to be seen.
    fn judge(&self, hooks: &[String], seen_by: &[(String, bool, evidence::Seen)]) -> Done {
        let spec = self.shared.spec;
        let not_exercised = |note: String| Done {
            status: Status::NotExercised,
            note: Some(note),
            ..Done::pass()
        };
        if spec.wrappers.is_empty() {
            // One hook may be called with the feature and without.
            let calling = seen_by.iter().filter(|(.., seen)| seen.sites > 0).count();
            return match (self.ready.job.on, calling) {
                (true, 0) => not_exercised("no object contains a call of a hook".to_owned()),
                (true, _) => Done {
                    note: Some(format!("{calling} objects call the hooks")),
                    ..Done::pass()
                },
                (false, _) => not_exercised("the spec names no wrappers to look for".to_owned()),
            };
        }
        let of = |layer| seen_by.iter().filter(move |(.., seen)| seen.layer == layer);
        let sites: usize = seen_by
            .iter()
            .filter(|(_, undefined, _)| !undefined)
            .map(|(.., seen)| seen.sites)
            .sum();
        if !self.ready.job.on {
            if let Some((source, ..)) = of(Layer::Hooks).next() {
                return Done::fail(format!(
                    "`{source}` has the hooks although the feature is off"
                ));
            }
            let fallbacks = of(Layer::Fallback).count();
            return match fallbacks {
                0 => not_exercised("no object has the wrappers".to_owned()),
                _ => Done {
                    note: Some(format!("{fallbacks} objects have the fallbacks")),
                    ..Done::pass()
                },
            };
        }
        let missing: Vec<String> = spec
            .hooks
            .iter()
            .filter(|hook| !hooks.iter().any(|seen| **seen == ***hook))
            .map(|hook| format!("`{hook}`"))
            .collect();
        if !missing.is_empty() {
            return not_exercised(format!("no wrapper calls {}", missing.join(", ")));
        }
        if sites == 0 {
            return not_exercised("no object contains a call of a wrapper".to_owned());
        }
        let undefined = seen_by
            .iter()
            .find(|(_, undefined, seen)| *undefined && seen.layer == Layer::Hooks);
        if let Some((source, ..)) = undefined {
            return Done::fail(format!(
                "`{source}` has the hooks although an `#undef` turns the feature off"
            ));
        }
        let stub = seen_by
            .iter()
            .find(|(_, undefined, seen)| !undefined && seen.layer == Layer::Fallback);
        if let Some((source, ..)) = stub {
            return Done::fail(format!(
                "`{source}` has the fallbacks although the feature is on"
            ));
        }
        Done {
            note: Some(format!(
                "{} objects have the hooks",
                of(Layer::Hooks).count()
            )),
            ..Done::pass()
        }
    }
}
