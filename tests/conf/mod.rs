//! The reference for everything that kfeat says about configurations: the kernel's own `conf`.
//!
//! This directory owns the test support that builds `conf` out of a kernel tree, runs it as kbuild
//! would, and makes inputs for it. It knows nothing of kfeat's own Kconfig rooms, so that a
//! mistake there cannot hide here.
//!
//! - `environment`: the values of `ARCH` that a tree knows, and the variables that kbuild gives
//!   `conf` for each of them
//! - `oracle`: builds `conf` (the tree stays untouched) and runs it
//! - `server`: a `conf` that reads the Kconfig files once for many configurations
//! - `answers`: the output of every `$(shell,...)`, recorded once and replayed
//! - `inputs`: the defconfig files of a tree
//! - `mutate`: `.config` files thinned out and damaged
//! - `grammar`: random Kconfig files, in the dialect of 7.2
//! - `prng`: the seeded random numbers behind the two
//!
//! It needs `gcc`, `flex`, `bison` and `make` in `PATH`.

// Each test target uses another part of this directory.
#![allow(dead_code, unused_imports)]

pub mod answers;
pub mod environment;
pub mod grammar;
pub mod inputs;
pub mod mutate;
pub mod oracle;
pub mod prng;
pub mod server;

pub use answers::Answers;
pub use environment::{ArchValue, Environment};
pub use oracle::{Ended, Oracle, Outcome, Run, Target};
pub use prng::Prng;
