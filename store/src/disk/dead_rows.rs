//! Dead rows leave the store when the engine merges its tables.

use std::sync::Arc;

use fjall::compaction::filter::{
    CompactionFilter, CompactionFilterResult, Context, Factory, ItemAccessor, Verdict,
};

use super::{key::Table, rows::is_dead};

/// What looks at the rows of a keyspace while they are merged: at those of tables that have dead rows.
pub(super) fn filter(keyspace: &str) -> Option<Arc<dyn Factory>> {
    let found = [Table::Xattrs, Table::Omap].into_iter();
    let found = found
        .map(DeadRows)
        .find(|DeadRows(table)| table.name() == keyspace);
    found.map(|found| Arc::new(found) as Arc<dyn Factory>)
}

#[derive(Clone, Copy)]
struct DeadRows(Table);

impl Factory for DeadRows {
    fn name(&self) -> &str {
        "dead rows"
    }

    fn make_filter(&self, merge: &Context) -> Box<dyn CompactionFilter> {
        Box::new(Merge {
            table: self.0,
            is_last: merge.is_last_level,
        })
    }
}

struct Merge {
    table: Table,
    /// Nothing older lies below. A dead row that is removed higher up would become a mark of removal of the engine's.
    is_last: bool,
}

impl CompactionFilter for Merge {
    fn filter_item(&mut self, row: ItemAccessor<'_>, _: &Context) -> CompactionFilterResult {
        Ok(match self.is_last && is_dead(self.table, &row.value()?) {
            true => Verdict::Remove,
            false => Verdict::Keep,
        })
    }
}
