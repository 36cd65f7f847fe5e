//! Owns the pieces of an architecture, all of them together.

use super::built::Built;
use super::feature::FeaturePieces;
use super::piece::Piece;
use super::standing::Standing;
use crate::check::feature::code;
use crate::check::table::Cell;
use crate::cpp::presence::Presence;

/// The pieces of one architecture.
#[derive(Debug)]
pub(super) struct ArchPieces {
    /// The model that they are made from, which may be that of an earlier tree.
    pub model: Piece<Built>,
    pub standing: Standing,
    pub parts: Parts,
}

/// The pieces of one architecture that are made from its model.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The cells of the tables.
    pub cells: Option<Piece<Vec<Cell>>>,
    /// Definitions in headers, for all features with the same entry header, by that header.
    pub entries: Vec<(String, Piece<Presence>)>,
    /// Uses of the hooks in the architecture's own code.
    pub code: Option<Piece<code::Code>>,
    /// By feature.
    pub features: Vec<FeaturePieces>,
}
