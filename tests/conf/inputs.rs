//! Configurations to feed to `conf`: the defconfig files of a tree, with the value of `ARCH` under
//! which each is meant, and damaged random ones.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::environment::{ArchValue, Environment, arch_values};
use super::mutate::{Damage, damage};
use super::oracle::{Ended, Oracle, Run, Target};
use super::prng::Prng;

/// A defconfig file and a value of `ARCH` for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Defconfig {
    /// Under which `ARCH` it is read.
    pub value: ArchValue,
    /// Its path from the tree's root.
    pub path: String,
}

/// The files `arch/*/configs/defconfig` and `arch/*/configs/*_defconfig`, sorted, each with the
/// one `ARCH` that it is written for. Fragments (`*.config`) are no configurations and left out.
/// Fails if the tree cannot be read.
pub fn defconfigs(tree: &Path) -> Result<Vec<Defconfig>> {
    let values = arch_values(tree)?;
    let mut all = Vec::new();
    for (srcarch, path) in files(tree, &values)? {
        let of_arch = values.iter().filter(|value| value.srcarch == srcarch);
        let wanted = meant_for(&srcarch, &path);
        let value = of_arch
            .clone()
            .find(|value| value.label() == wanted)
            .or_else(|| of_arch.clone().next())
            .context("invariant: a directory below arch/ is a value of ARCH")?;
        all.push(Defconfig {
            value: value.clone(),
            path,
        });
    }
    all.sort();
    Ok(all)
}

/// The same files, each with every `ARCH` of its directory: i386, x86 and x86_64 for both files
/// of x86, and likewise sparc, parisc, sh and um. Fails if the tree cannot be read.
pub fn defconfigs_with_variants(tree: &Path) -> Result<Vec<Defconfig>> {
    let values = arch_values(tree)?;
    let mut all = Vec::new();
    for (srcarch, path) in files(tree, &values)? {
        for value in values.iter().filter(|value| value.srcarch == srcarch) {
            all.push(Defconfig {
                value: value.clone(),
                path: path.clone(),
            });
        }
    }
    all.sort();
    Ok(all)
}

/// Defconfig files of other architectures for one value of `ARCH`: what `conf` makes of symbols
/// that it does not know or that have another type. Fails if the tree cannot be read.
pub fn foreign_defconfigs(tree: &Path, value: &ArchValue) -> Result<Vec<Defconfig>> {
    let values = arch_values(tree)?;
    let all = files(tree, &values)?;
    let foreign = all
        .into_iter()
        .filter(|(srcarch, _)| *srcarch != value.srcarch);
    Ok(foreign
        .map(|(_, path)| Defconfig {
            value: value.clone(),
            path,
        })
        .collect())
}

/// A random configuration by `conf`, damaged; the same seed gives the same bytes. Fails if `conf`
/// does.
pub fn damaged_randconfig(
    oracle: &Oracle,
    environment: &Environment,
    seed: u64,
) -> Result<Vec<u8>> {
    let damaged = damaged_randconfigs(oracle, environment, seed, 1)?;
    Ok(damaged.concat())
}

/// Random configurations by `conf`, sparse or dense, damaged in `count` ways; the same seed gives
/// the same bytes. Fails if `conf` does.
pub fn damaged_randconfigs(
    oracle: &Oracle,
    environment: &Environment,
    seed: u64,
    count: usize,
) -> Result<Vec<Vec<u8>>> {
    let mut prng = Prng::new(seed);
    let probability = (*prng.pick(&["10", "30", "50", "90", "20:60"])).to_owned();
    let extra = [("KCONFIG_PROBABILITY".to_owned(), probability)];
    // conf reads the seed as a signed number.
    let random = Target::Randconfig((prng.next() >> 33) as u32);
    let mut run = Run::new(environment, random);
    run.extra = &extra;
    let outcome = oracle.run(&run)?;
    let (Ended::Exit(0), Some(config)) = (outcome.ended, outcome.config) else {
        bail!(
            "randconfig fails: {}",
            String::from_utf8_lossy(&outcome.stderr)
        );
    };
    let mut damaged = Vec::new();
    for _ in 0..count {
        let how = Damage::any(&mut prng);
        damaged.push(damage(&config, how, &mut prng));
    }
    Ok(damaged)
}

/// Directory below `arch/` and path of every defconfig file, sorted.
fn files(tree: &Path, values: &[ArchValue]) -> Result<Vec<(String, String)>> {
    let mut srcarches: Vec<&str> = values.iter().map(|value| value.srcarch.as_str()).collect();
    srcarches.sort_unstable();
    srcarches.dedup();
    let mut all = Vec::new();
    for srcarch in srcarches {
        let directory = format!("arch/{srcarch}/configs");
        let Ok(entries) = std::fs::read_dir(tree.join(&directory)) else {
            continue;
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name == "defconfig" || name.ends_with("_defconfig") {
                all.push((srcarch.to_owned(), format!("{directory}/{name}")));
            }
        }
    }
    all.sort();
    Ok(all)
}

/// The label of the `ARCH` that a file is written for, by its name.
fn meant_for(srcarch: &str, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match (srcarch, name) {
        ("x86", "i386_defconfig") => "i386",
        ("x86", "x86_64_defconfig") => "x86_64",
        ("um", "i386_defconfig") => "um-i386",
        ("um", _) => "um-x86_64",
        ("sparc", "sparc64_defconfig") => "sparc64",
        ("parisc", "generic-64bit_defconfig") => "parisc64",
        _ => srcarch,
    }
    .to_owned()
}
