//! What every request brings besides its object.

use store::Durability;

/// What goes with every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// Who is asking, for classes to see.
    pub(crate) origin: &'a str,
    /// In place of the configured durability.
    pub(crate) durability: Option<Durability>,
}
