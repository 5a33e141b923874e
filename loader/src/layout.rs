//! One configuration and where it makes us look.

use std::sync::Arc;

use crate::{LoaderConfig, search::Search};

/// What one opening of a class goes by, from its beginning to its end.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) generation: u64,
    pub(crate) config: Arc<LoaderConfig>,
    pub(crate) search: Arc<Search>,
}
