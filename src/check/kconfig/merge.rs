//! Owns how what several architectures say of the same Kconfig file becomes one finding.

use crate::diag::{Diagnostic, Level, Stage, identity};

/// Returns what is wrong with the tree's Kconfig, each with the architectures on which it shows; none named where it is all of them.
pub(in crate::check) fn merge(
    of_archs: Vec<Vec<Diagnostic>>,
    architectures: &[String],
) -> Vec<Diagnostic> {
    // The same file is read for many architectures; its mistake is one finding.
    let named = architectures
        .iter()
        .zip(of_archs)
        .flat_map(|(arch, found)| {
            found.into_iter().map(|mut diagnostic| {
                diagnostic.archs = vec![arch.clone()];
                diagnostic
            })
        });
    let mut merged = identity::merge(named);
    for diagnostic in &mut merged {
        if diagnostic.level == Level::Deny {
            diagnostic.breaks = Some(Stage::Configure);
        }
        if diagnostic.archs.len() == architectures.len() {
            diagnostic.archs.clear();
        }
    }
    merged
}
