//! Describes what real compilers say of the mutations: with the configuration that the finding shows, the object does not compile, for the
//! reason that the finding gives; without the mutation it does.
//!
//! The trees are only read. A tree of links stands for each, with the changed files in the place of their links.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kfeat::check::Search;
use kfeat::diag::Diagnostic;
use kfeat::tree::Tree;
use libtest_mimic::Failed;

use crate::edit::{self, Changed};
use crate::table::MUTATIONS;

/// Mutations that are compiled with one compiler, one after the other.
pub struct Plan {
    /// The test's name.
    pub name: &'static str,
    /// `ARCH` for make, where the finding does not say it.
    arch: &'static str,
    /// `CROSS_COMPILE` for make; the compiler of the machine itself if empty.
    prefix: &'static str,
    /// Holds what is compiled.
    breaks: &'static [Break],
}

/// A mutation and how it breaks the build.
struct Break {
    mutation: &'static str,
    /// Lines of the configuration that the object needs, besides those that the finding shows.
    also: &'static [&'static str],
    /// Holds what is compiled.
    object: &'static str,
    /// The functions that the compiler has to miss, and no other.
    functions: &'static [&'static str],
    /// Where it misses them.
    at: At,
}

/// Where the compiler misses a function.
enum At {
    /// In the wrappers, or beside the other hooks.
    Wrappers,
    /// At the very line of the finding.
    Finding,
    /// In callers of the wrappers.
    File(&'static str),
}

const ENTER: &str = "arch_enter_lazy_mmu_mode";
const FLUSH: &str = "arch_flush_lazy_mmu_mode";
const LEAVE: &str = "arch_leave_lazy_mmu_mode";
const ENTRY: &str = "include/linux/pgtable.h";

/// All of them.
pub const PLANS: &[Plan] = &[
    Plan {
        name: "arm64",
        arch: "arm64",
        prefix: "aarch64-linux-gnu-",
        breaks: &[
            Break {
                mutation: "arm64_hooks_with_huge_pages",
                also: &[],
                object: "mm/memory.o",
                functions: &[ENTER, FLUSH, LEAVE],
                at: At::Wrappers,
            },
            Break {
                mutation: "arm64_lacks_flush",
                also: &[],
                object: "mm/memory.o",
                functions: &[FLUSH],
                at: At::Wrappers,
            },
        ],
    },
    Plan {
        name: "powerpc",
        arch: "powerpc",
        prefix: "powerpc64-linux-gnu-",
        breaks: &[
            Break {
                mutation: "powerpc_flush_with_hash_only",
                also: &[],
                object: "mm/memory.o",
                functions: &[FLUSH],
                at: At::Wrappers,
            },
            Break {
                mutation: "powerpc_selects_with_64_bit",
                also: &[],
                object: "mm/memory.o",
                functions: &[ENTER, FLUSH, LEAVE],
                at: At::Wrappers,
            },
        ],
    },
    Plan {
        name: "sparc64",
        arch: "sparc64",
        prefix: "sparc64-linux-gnu-",
        breaks: &[Break {
            mutation: "sparc_declares_two",
            also: &[],
            object: "mm/memory.o",
            functions: &[LEAVE],
            at: At::Wrappers,
        }],
    },
    Plan {
        name: "sparc32",
        arch: "sparc",
        prefix: "sparc64-linux-gnu-",
        breaks: &[Break {
            mutation: "sparc_selects_on_32_bit_too",
            also: &[],
            object: "mm/memory.o",
            functions: &[ENTER, FLUSH, LEAVE],
            at: At::Wrappers,
        }],
    },
    Plan {
        name: "riscv",
        arch: "riscv",
        prefix: "riscv64-linux-gnu-",
        breaks: &[
            Break {
                mutation: "riscv_selects",
                also: &[],
                object: "mm/mremap.o",
                functions: &[ENTER, FLUSH, LEAVE],
                at: At::Wrappers,
            },
            Break {
                mutation: "mremap_calls_the_hook",
                also: &[],
                object: "mm/mremap.o",
                functions: &[ENTER],
                at: At::Finding,
            },
            Break {
                mutation: "file_without_includes",
                also: &[],
                object: "mm/batch.o",
                functions: &["lazy_mmu_mode_enable"],
                at: At::Finding,
            },
            Break {
                mutation: "all_fallbacks_removed",
                also: &[],
                object: "mm/mremap.o",
                functions: &["lazy_mmu_mode_enable", "lazy_mmu_mode_disable"],
                at: At::File("mm/mremap.c"),
            },
        ],
    },
    Plan {
        name: "x86_64",
        arch: "x86_64",
        prefix: "",
        breaks: &[
            Break {
                mutation: "x86_enter_with_smp",
                also: &[],
                object: "mm/memory.o",
                functions: &[ENTER],
                at: At::Wrappers,
            },
            Break {
                mutation: "sme_leaves_the_feature_on",
                also: &[
                    "CONFIG_HYPERVISOR_GUEST=y",
                    "CONFIG_PARAVIRT=y",
                    "CONFIG_XEN=y",
                    "CONFIG_EFI=y",
                    "CONFIG_EFI_STUB=y",
                    "CONFIG_AMD_MEM_ENCRYPT=y",
                ],
                object: "arch/x86/boot/startup/sme.o",
                functions: &[ENTER, LEAVE],
                at: At::Wrappers,
            },
        ],
    },
];

/// Returns what a compiler says of a mutation, in a sentence; nothing for one that is not compiled.
pub fn sentence(mutation: &str) -> String {
    let all = PLANS
        .iter()
        .flat_map(|plan| plan.breaks.iter().map(move |planned| (plan, planned)));
    for (plan, planned) in all {
        if planned.mutation == mutation {
            return format!(
                "\n`{}` confirms this: in this configuration, `{}` does not compile with the mutation (undeclared: `{}`), and compiles without it.\n",
                plan.compiler(),
                planned.object,
                planned.functions.join("`, `")
            );
        }
    }
    String::new()
}

impl Plan {
    /// The compiler's name.
    pub fn compiler(&self) -> String {
        format!("{}gcc", self.prefix)
    }

    /// Whether the compiler can be started.
    pub fn has_compiler(&self) -> bool {
        let output = Command::new(self.compiler())
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        output.is_ok_and(|status| status.success())
    }

    /// Compiles all of it.
    pub fn run(&self, root: &Path) -> Result<(), Failed> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("mutations")
            .join(self.name);
        let mut build = Build {
            links: Links::new(root, directory.join("tree"))?,
            objtree: directory.join("objects"),
            prefix: self.prefix,
            fragment: None,
        };
        for planned in self.breaks {
            build.run(root, self.arch, planned).map_err(|error| {
                format!("{}: {}", planned.mutation, error.message().unwrap_or(""))
            })?;
        }
        Ok(())
    }
}

/// A tree of links and the objects that are made from it.
struct Build {
    links: Links,
    objtree: PathBuf,
    prefix: &'static str,
    /// The lines that it is configured with.
    fragment: Option<Vec<String>>,
}

impl Build {
    fn run(&mut self, root: &Path, arch: &str, planned: &Break) -> Result<(), Failed> {
        let mutation = MUTATIONS
            .iter()
            .find(|mutation| mutation.name == planned.mutation);
        let mutation = mutation.ok_or("there is no such mutation")?;
        let (tree, findings) = crate::findings(root, mutation.edits, Search::Near, &[])?;
        let [finding] = &findings[..] else {
            return Err("not one finding".into());
        };
        drop(tree);
        let witness = Witness::of(finding);
        let arch = witness.arch.as_deref().unwrap_or(arch);
        let mut fragment = witness.lines.clone();
        fragment.extend(planned.also.iter().map(|&line| line.to_owned()));
        let changed = edit::apply(&mut Tree::open(root)?, mutation.edits)?;
        let changes_kconfig = changed.keys().any(|path| path.contains("Kconfig"));

        let is_new_file = !root.join(planned.object.replace(".o", ".c")).is_file();
        if !is_new_file {
            self.configure(arch, &fragment)?;
            let output = self.make(arch, planned.object)?;
            if let Err(errors) = output {
                return Err(format!("it does not compile without the mutation:\n{errors}").into());
            }
        }
        self.links.change(&changed)?;
        let result = (|| {
            if changes_kconfig || is_new_file {
                self.fragment = None;
                self.configure(arch, &fragment)?;
            }
            self.holds(&fragment)?;
            match self.make(arch, planned.object)? {
                Ok(()) => Err("it compiles with the mutation".into()),
                Err(output) => planned.compare(&output, finding),
            }
        })();
        if changes_kconfig {
            self.fragment = None;
        }
        self.links.restore(&changed)?;
        result
    }

    /// Makes the configuration that a `.config` with these lines leads to.
    fn configure(&mut self, arch: &str, fragment: &[String]) -> Result<(), Failed> {
        if self.fragment.as_deref() == Some(fragment) {
            return Ok(());
        }
        std::fs::create_dir_all(&self.objtree)?;
        std::fs::write(self.objtree.join(".config"), fragment.join("\n") + "\n")?;
        self.make(arch, "olddefconfig")?
            .map_err(|errors| format!("make olddefconfig failed:\n{errors}"))?;
        self.holds(fragment)?;
        self.fragment = Some(fragment.to_vec());
        Ok(())
    }

    /// Fails unless the lines are still in the configuration.
    fn holds(&self, fragment: &[String]) -> Result<(), Failed> {
        let config = std::fs::read_to_string(self.objtree.join(".config"))?;
        let has = |line: &str| config.lines().any(|known| known == line);
        for line in fragment {
            let name = line
                .trim_start_matches("# ")
                .split([' ', '='])
                .next()
                .unwrap_or("");
            let is_off = line.starts_with('#');
            if !(has(line) || is_off && !has(&format!("{name}=y"))) {
                return Err(format!("the configuration does not keep `{line}`").into());
            }
        }
        Ok(())
    }

    /// Runs make; what it says where it fails is the inner error.
    fn make(&self, arch: &str, target: &str) -> Result<Result<(), String>, Failed> {
        let output = Command::new("make")
            .arg("-C")
            .arg(&self.links.directory)
            .arg("-j2")
            .arg(format!("O={}", self.objtree.display()))
            .arg(format!("ARCH={arch}"))
            .arg(format!("CROSS_COMPILE={}", self.prefix))
            .arg(target)
            // make takes LC_ALL out of the environment.
            .env("LANG", "C")
            .env("LC_ALL", "C")
            .env_remove("LC_MESSAGES")
            .env_remove("LC_CTYPE")
            .env_remove("MAKEFLAGS")
            .stdin(Stdio::null())
            .output()?;
        Ok(if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        })
    }
}

impl Break {
    /// Compares the compiler's errors with what is expected.
    fn compare(&self, output: &str, finding: &Diagnostic) -> Result<(), Failed> {
        let mut missed = BTreeSet::new();
        for line in output.lines().filter(|line| line.contains(": error: ")) {
            let unexpected = || Failed::from(format!("an error of another kind: {line}\n{output}"));
            let (place, what) = line.split_once(": error: ").ok_or_else(unexpected)?;
            let name = what
                .strip_prefix("implicit declaration of function '")
                .and_then(|rest| rest.split('\'').next())
                .ok_or_else(unexpected)?;
            missed.insert(name.to_owned());
            let place = place
                .rsplit_once("/tree/")
                .map_or(place, |(_, inner)| inner);
            let mut parts = place.split(':');
            let (path, number) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            let expected = &finding.primary.location;
            let is_there = match self.at {
                At::Wrappers => path.ends_with(ENTRY) || path.contains("arch/"),
                At::Finding => {
                    path.ends_with(&*expected.path) && number == expected.line.to_string()
                }
                At::File(file) => path.ends_with(file),
            };
            if !is_there {
                return Err(format!("not at the place that is expected: {line}").into());
            }
        }
        if missed
            .iter()
            .eq(self.functions.iter().copied().collect::<BTreeSet<_>>())
        {
            Ok(())
        } else {
            Err(format!(
                "it misses {missed:?} and not {:?}:\n{output}",
                self.functions
            )
            .into())
        }
    }
}

/// The configuration that a finding shows.
struct Witness {
    lines: Vec<String>,
    arch: Option<String>,
}

impl Witness {
    fn of(finding: &Diagnostic) -> Self {
        let notes = finding.notes.join("\n");
        let lines = notes
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("CONFIG_") || line.starts_with("# CONFIG_"));
        let arch = notes
            .split("`ARCH=")
            .nth(1)
            .and_then(|rest| rest.split('`').next());
        Self {
            lines: lines.map(str::to_owned).collect(),
            arch: arch.map(str::to_owned),
        }
    }
}

/// A directory of links to what is in a tree.
struct Links {
    root: PathBuf,
    directory: PathBuf,
}

impl Links {
    fn new(root: &Path, directory: PathBuf) -> Result<Self, Failed> {
        if directory.is_dir() {
            std::fs::remove_dir_all(&directory)?;
        }
        let links = Self {
            root: root.canonicalize()?,
            directory,
        };
        links.link_entries("")?;
        Ok(links)
    }

    /// Makes a directory with a link for each entry of the one in the tree.
    fn link_entries(&self, path: &str) -> Result<(), Failed> {
        let (from, to) = (self.root.join(path), self.directory.join(path));
        std::fs::create_dir_all(&to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Puts the files in the place of their links.
    fn change(&self, changed: &Changed) -> Result<(), Failed> {
        for (path, text) in changed {
            self.put(path, text.as_deref())?;
        }
        Ok(())
    }

    /// Puts the files of the tree back, as copies with a new date, so that make notices.
    fn restore(&self, changed: &Changed) -> Result<(), Failed> {
        for path in changed.keys() {
            let text = std::fs::read_to_string(self.root.join(path)).ok();
            self.put(path, text.as_deref())?;
        }
        Ok(())
    }

    fn put(&self, path: &str, text: Option<&str>) -> Result<(), Failed> {
        let mut directory = String::new();
        let parts: Vec<&str> = path.split('/').collect();
        for part in &parts[..parts.len() - 1] {
            directory = format!("{directory}{part}");
            let here = self.directory.join(&directory);
            if here.is_symlink() {
                std::fs::remove_file(&here)?;
                self.link_entries(&directory)?;
            }
            directory.push('/');
        }
        let file = self.directory.join(path);
        if file.is_symlink() || file.exists() {
            std::fs::remove_file(&file)?;
        }
        if let Some(text) = text {
            std::fs::write(file, text)?;
        }
        Ok(())
    }
}
