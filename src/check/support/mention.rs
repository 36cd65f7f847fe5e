//! Owns where the Kconfig files of an architecture name a symbol, whether that means anything or not.
//!
//! A search by text finds comments, help texts, longer names and files that nothing reads. Each of them is found here, too,
//! with what it is, so that whoever searched can see why it does not count.

use std::sync::Arc;

use memchr::memmem;

use crate::diag::Location;
use crate::kconfig::sources::is_named_kconfig;
use crate::kconfig::sources::{Source, Sources};
use crate::kconfig::syntax::{Span, WordKind};
use crate::tree::TreeError;

/// The role of a place that names a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The symbol itself, where the language reads it.
    Word,
    /// The symbol as a part of a longer name.
    LongerName,
    /// A comment, a help text or a prompt.
    Prose,
    /// Any of these in a file that no Kconfig file of the architecture sources.
    Unread,
}

/// A place that names a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its role.
    pub kind: Kind,
    /// The name in the text: the symbol, or the longer name that it is a part of.
    pub name: String,
    /// Where the name stands.
    pub location: Location,
}

/// The Kconfig files of one architecture.
#[derive(Debug)]
pub struct Files {
    /// Each file, with whether the architecture's model has it.
    files: Vec<(Arc<Source>, bool)>,
}

impl Files {
    /// The files below `arch/<arch>` whose names begin with `Kconfig`, sorted by path. `read` are the paths of those that the
    /// architecture's model is made of.
    ///
    /// # Errors
    ///
    /// The directory cannot be listed. A file that cannot be read is left out.
    pub fn of_arch(
        sources: &Sources<'_>,
        arch: &str,
        read: &dyn Fn(&str) -> bool,
    ) -> Result<Self, TreeError> {
        let paths = sources
            .tree()
            .walk(&format!("arch/{arch}"), &is_named_kconfig)?;
        let files = paths
            .iter()
            .filter_map(|path| Some((sources.file(path).ok()?, read(path))));
        Ok(Self {
            files: files.collect(),
        })
    }

    /// Every place in the files that names `symbol`, in the order of paths and lines.
    pub fn mentions(&self, symbol: &str) -> Vec<Mention> {
        let finder = memmem::Finder::new(symbol);
        let mut mentions = Vec::new();
        for (source, read) in &self.files {
            let text = source.file.text();
            for start in finder.find_iter(text.as_bytes()) {
                mentions.push(mention(source, *read, start, symbol.len()));
            }
        }
        mentions
    }
}

/// The mention at `start`.
fn mention(source: &Source, read: bool, start: usize, length: usize) -> Mention {
    let file = &source.file;
    let text = file.text();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let before = bytes[..start].iter().rev().take_while(|b| is_name(b));
    let from = start - before.count();
    let after = bytes[start + length..].iter().take_while(|b| is_name(b));
    let to = start + length + after.count();
    let of_name = |name: &str| name.strip_prefix("CONFIG_").map_or(name.len(), str::len);
    let is_longer = of_name(&text[from..to]) > length;
    let kind = if !read {
        Kind::Unread
    } else if is_longer {
        Kind::LongerName
    } else if file.words().iter().any(|word| {
        word.span.start as usize == start
            && word.span.end as usize == to
            && word.kind == WordKind::Plain
    }) {
        Kind::Word
    } else {
        Kind::Prose
    };
    Mention {
        kind,
        name: text[from..to].to_owned(),
        location: file.location(Span {
            start: from as u32,
            end: to as u32,
        }),
    }
}
