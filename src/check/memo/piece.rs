//! Owns a piece of work: what it says, what was read for it, and which other pieces it was made from.
//!
//! Whether a piece still holds for the next tree follows from its inputs and its reads alone; whoever makes one only declares them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::tree::reads::Reads;
use crate::tree::{Change, Tree};

/// The content of a piece, as an identity: two pieces have the same one only if their content is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Content(u64);

/// The next identity. There are never enough pieces to use up the numbers.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Default for Content {
    /// The identity of a content that nothing else has.
    fn default() -> Self {
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Content {
    /// Sets aside identities that pieces of another run can have in this one, which had numbers below `count` there.
    pub fn reserve(count: u64) -> u64 {
        NEXT.fetch_add(count, Ordering::Relaxed)
    }

    /// The number of identities that there have been so far.
    pub fn count() -> u64 {
        NEXT.load(Ordering::Relaxed)
    }

    /// The identity of another run, with the first of those that were set aside for it.
    pub fn in_this_run(self, first: u64) -> Self {
        Self(first.saturating_add(self.0))
    }
}

/// A piece. A clone is the same piece.
#[derive(Debug)]
pub(super) struct Piece<T> {
    pub value: Arc<T>,
    content: Content,
    /// The pieces that it was made from, by what they said.
    inputs: Box<[Content]>,
    reads: Arc<Reads>,
}

impl<T> Clone for Piece<T> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            content: self.content,
            inputs: self.inputs.clone(),
            reads: self.reads.clone(),
        }
    }
}

impl<T: Default> Default for Piece<T> {
    /// A piece that nothing was read for and that was made from nothing.
    fn default() -> Self {
        Self {
            value: Arc::default(),
            content: Content::default(),
            inputs: Box::default(),
            reads: Arc::default(),
        }
    }
}

impl<T> Piece<T> {
    /// A piece that is made now from `inputs`.
    fn make<E>(
        tree: &Tree,
        inputs: &[&Content],
        make: impl FnOnce(&Tree) -> Result<T, E>,
    ) -> Result<Self, E> {
        let (value, reads) = tree.read_for(make)?;
        Ok(Self {
            value: Arc::new(value),
            content: Content::default(),
            inputs: inputs.iter().map(|input| **input).collect(),
            reads,
        })
    }

    /// The identity of its content.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Returns what was read for it.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The same, with the identity of `known` if that says the same: most changes of what was read say nothing about the feature.
    pub fn or(mut self, known: Option<&Self>) -> Self
    where
        T: PartialEq,
    {
        if let Some(known) = known.filter(|known| known.value == self.value) {
            self.value = known.value.clone();
            self.content = known.content;
        }
        self
    }

    /// A part of what it says, as a piece that is made from this one; `known` is that part of the piece before.
    pub fn part<U: PartialEq>(
        &self,
        known: Option<&Piece<U>>,
        take: impl FnOnce(&T) -> Arc<U>,
    ) -> Piece<U> {
        if let Some(known) = known.filter(|known| known.is_made_from(&[&self.content])) {
            return known.clone();
        }
        let part = Piece {
            value: take(&self.value),
            content: Content::default(),
            inputs: Box::new([self.content]),
            reads: Arc::default(),
        };
        part.or(known)
    }

    /// A piece with this content.
    pub fn with(value: Arc<T>, parts: PieceParts) -> Self {
        let PieceParts {
            content,
            inputs,
            reads,
        } = parts;
        Self {
            value,
            content,
            inputs,
            reads,
        }
    }

    /// All but the value.
    pub fn parts(&self) -> PieceParts {
        PieceParts {
            content: self.content,
            inputs: self.inputs.clone(),
            reads: self.reads.clone(),
        }
    }

    fn is_made_from(&self, inputs: &[&Content]) -> bool {
        self.inputs.iter().eq(inputs.iter().copied())
    }
}

/// All of a piece but its value.
#[derive(Clone, Debug)]
pub(super) struct PieceParts {
    pub content: Content,
    pub inputs: Box<[Content]>,
    pub reads: Arc<Reads>,
}

/// The step from the tree before to the next one.
#[derive(Clone, Copy)]
pub(super) struct Step<'b> {
    pub before: &'b Tree,
    pub changes: &'b [Change],
}

/// A tree, with the step that leads to it, if there is one.
#[derive(Clone, Copy)]
pub(super) struct View<'b> {
    pub tree: &'b Tree,
    pub step: Option<Step<'b>>,
}

impl View<'_> {
    /// The piece made from `inputs`: `known`, if it was made from the same and nothing that was read for it has changed, or a new
    /// one.
    pub fn piece<T, E>(
        self,
        known: Option<&Piece<T>>,
        inputs: &[&Content],
        make: impl FnOnce(&Tree) -> Result<T, E>,
    ) -> Result<Piece<T>, E> {
        match self.held(known, inputs) {
            Some(held) => Ok(held),
            None => Piece::make(self.tree, inputs, make),
        }
    }

    /// The piece, if it still holds.
    pub fn held<T>(self, known: Option<&Piece<T>>, inputs: &[&Content]) -> Option<Piece<T>> {
        let (step, known) = (self.step?, known?);
        let holds =
            known.is_made_from(inputs) && !known.reads.bear(step.changes, step.before, self.tree);
        holds.then(|| known.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
        Tree::open(&root).unwrap()
    }

    fn made(value: u32, inputs: &[&Content]) -> Piece<u32> {
        Piece::make::<()>(&tree(), inputs, |_| Ok(value)).unwrap()
    }

    #[test]
    fn a_piece_holds_as_long_as_its_inputs_say_the_same() {
        let tree = tree();
        let step = Some(Step {
            before: &tree,
            changes: &[],
        });
        let view = View { tree: &tree, step };
        let input = made(1, &[]);
        let piece = made(2, &[input.content()]);
        assert!(view.held(Some(&piece), &[input.content()]).is_some());
        // One that is made again and says the same changes nothing; one that says something else does.
        let same = made(1, &[]).or(Some(&input));
        assert!(view.held(Some(&piece), &[same.content()]).is_some());
        let other = made(3, &[]).or(Some(&input));
        assert!(view.held(Some(&piece), &[other.content()]).is_none());
        // Neither may one be missing, nor come on top.
        assert!(view.held(Some(&piece), &[]).is_none());
        assert!(
            view.held(Some(&piece), &[input.content(), same.content()])
                .is_none()
        );
        let first = View {
            tree: &tree,
            step: None,
        };
        assert!(first.held(Some(&piece), &[input.content()]).is_none());
    }

    #[test]
    fn a_part_that_did_not_change_is_the_same() {
        let whole = made(12, &[]);
        let part = whole.part(None, |value| Arc::new(value / 10));
        let next = made(13, &[]).or(Some(&whole));
        assert_ne!(next.content(), whole.content());
        let of_next = next.part(Some(&part), |value| Arc::new(value / 10));
        assert_eq!(of_next.content(), part.content());
        let other = made(23, &[]).part(Some(&part), |value| Arc::new(value / 10));
        assert_ne!(other.content(), part.content());
    }
}
