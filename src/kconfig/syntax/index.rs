//! Owns the form of the numbers that stand for the things in a table: four bytes, also where there may be none.
//!
//! A model has hundreds of thousands of references that may be missing, and an `Option<u32>` takes twice the memory.

/// Defines the type of the numbers for one table.
macro_rules! index {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::num::NonZeroU32);

        impl $name {
            /// Returns what stands at this place of the table.
            ///
            /// # Panics
            ///
            /// The table is longer than 32-bit numbers reach, which no tree that can be read is.
            pub const fn new(index: usize) -> Self {
                match std::num::NonZeroU32::new((index as u32).wrapping_add(1)) {
                    Some(number) => Self(number),
                    None => panic!("invariant: a table has fewer than 2^32 - 1 places"),
                }
            }

            /// The place in the table.
            pub const fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.index())
            }
        }
    };
}

pub(crate) use index;
