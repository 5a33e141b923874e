//! What only a store on disk can do, or fail to do.

use crate::disk::{DiskStore, key::Table};

/// Rows in each table, in the order of `Table::ALL`.
pub(super) fn row_counts(store: &DiskStore) -> [usize; Table::ALL.len()] {
    Table::ALL.map(|table| store.tables().keyspace(table).len().unwrap())
}
