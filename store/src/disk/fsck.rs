//! A check of a whole store, object by object, that changes none.

use std::{collections::HashSet, fmt, ops::Bound, path::Path};

use objclass::{Fault, ObjectId};
use transaction::Tally;

use super::{
    DiskOptions, DiskStore,
    key::{self, NUMBER, Table},
    plan::HEADER,
    rows::{self, Tables},
    value::HeadRow,
};
use crate::OpenStoreError;

/// Most problems a report spells out; more are only counted, so that a ruined store does not fill memory.
const SPELLED_OUT: usize = 1000;

/// What [`fsck`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FsckReport {
    /// Objects looked at.
    pub objects: u64,
    /// Bytes of data they say they have.
    pub bytes: u64,
    /// What is wrong, up to a thousand.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub problem_count: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The object it concerns, when that is known.
    pub object: Option<ObjectId>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(id) => write!(f, "{id}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Checks the store in the directory `path`: every checksum, every count, every row's owner. Needs the store for
/// itself. No object is changed; the engine recovers its journal as at any opening.
///
/// # Errors
/// The store does not open. Anything found after that is in the report.
pub fn fsck(path: &Path) -> Result<FsckReport, OpenStoreError> {
    let options = DiskOptions {
        create: false,
        ..DiskOptions::default()
    };
    Ok(check(&DiskStore::open(path, &options)?))
}

pub(crate) fn check(store: &DiskStore) -> FsckReport {
    let mut check = Check {
        tables: store.tables(),
        view: store.tables().database.snapshot(),
        extent: u64::from(store.extent),
        last: store.versions.load(std::sync::atomic::Ordering::Acquire),
        numbers: HashSet::new(),
        report: FsckReport::default(),
    };
    check.heads();
    for table in [Table::Data, Table::Xattrs, Table::Omap] {
        check.owners(table);
    }
    check.report
}

struct Check<'a> {
    tables: &'a Tables,
    view: fjall::Snapshot,
    extent: u64,
    last: u64,
    /// The numbers of all objects with a readable head.
    numbers: HashSet<u64>,
    report: FsckReport,
}

impl Check<'_> {
    fn problem(&mut self, object: Option<&ObjectId>, what: impl Into<String>) {
        self.report.problem_count += 1;
        if self.report.problems.len() < SPELLED_OUT {
            self.report.problems.push(Problem {
                object: object.cloned(),
                what: what.into(),
            });
        }
    }

    fn heads(&mut self) {
        let all = rows::keys(
            &self.view,
            self.tables,
            Table::Heads,
            Bound::Unbounded,
            Bound::Unbounded,
        );
        for row in all {
            let row = match row {
                Ok(row) => row,
                Err(fault) => return self.problem(None, fault.message),
            };
            self.report.objects += 1;
            let Some(id) = key::object_id(&row) else {
                self.problem(None, "table heads has a row with a malformed key");
                continue;
            };
            match self.head(&row) {
                Ok(head) => self.object(&id, &head),
                Err(fault) => self.problem(Some(&id), fault.message),
            }
        }
    }

    fn head(&self, key: &[u8]) -> Result<HeadRow, Fault> {
        let payload = rows::get(&self.view, self.tables, Table::Heads, key)?;
        HeadRow::decode(&payload.ok_or_else(|| Fault::new("the head row vanished"))?)
    }

    fn object(&mut self, id: &ObjectId, row: &HeadRow) {
        let head = &row.head;
        self.report.bytes = self.report.bytes.saturating_add(head.size);
        if !self.numbers.insert(row.number) {
            self.problem(Some(id), "another object has the same number");
        }
        if row.number > head.version || head.version > self.last {
            self.problem(Some(id), "its version is out of order");
        }
        if row.inline.len() as u64 > head.size.min(self.extent) {
            self.problem(Some(id), "its head holds data behind its end");
        }
        if let Err(what) = self.data(row) {
            self.problem(Some(id), what);
        }
        let tables = [
            (Table::Xattrs, head.xattrs, "xattrs"),
            (Table::Omap, head.omap, "omap entries"),
        ];
        for (table, expected, name) in tables {
            match self.recount(table, row.number) {
                Ok(found) if found == expected => {}
                Ok(found) => self.problem(
                    Some(id),
                    format!(
                        "it should have {} {name} of {} bytes and has {} of {}",
                        expected.entries, expected.bytes, found.entries, found.bytes
                    ),
                ),
                Err(fault) => self.problem(Some(id), fault.message),
            }
        }
    }

    /// Every row of one table under one number.
    fn under(
        &self,
        table: Table,
        number: u64,
    ) -> impl Iterator<Item = Result<(bytes::Bytes, bytes::Bytes), Fault>> + use<> {
        let (from, to) = (key::entry(number, b""), key::entry(number + 1, b""));
        let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        rows::range(&self.view, self.tables, table, from, to)
    }

    fn data(&self, row: &HeadRow) -> Result<(), String> {
        let mut next = u32::from(!row.inline.is_empty());
        for entry in self.under(Table::Data, row.number) {
            let (key, data) = entry.map_err(|fault| fault.message)?;
            let Some((_, index)) = key::parse_extent(&key) else {
                return Err("an extent has a malformed key".to_owned());
            };
            let (start, length) = (u64::from(index) * self.extent, data.len() as u64);
            if length > self.extent || start >= row.head.size || start + length > row.head.size {
                return Err(format!("extent {index} reaches behind its end"));
            }
            if index == 0 && !row.inline.is_empty() {
                return Err("extent 0 is there twice".to_owned());
            }
            if row.complete && index != next {
                return Err(format!("extent {next} is missing"));
            }
            next = index.saturating_add(1);
        }
        match row.complete && u64::from(next) * self.extent < row.head.size {
            true => Err(format!("extent {next} is missing")),
            false => Ok(()),
        }
    }

    fn recount(&self, table: Table, number: u64) -> Result<Tally, Fault> {
        let mut found = Tally::default();
        for entry in self.under(table, number) {
            let (key, value) = entry?;
            // The omap header is no entry.
            if table == Table::Omap && key[NUMBER..] == *HEADER {
                continue;
            }
            found.entries += 1;
            found.bytes += (key.len() - NUMBER + value.len()) as u64;
        }
        Ok(found)
    }

    /// Looks for rows no object owns: one seek for each number in the table.
    fn owners(&mut self, table: Table) {
        let mut from = Vec::new();
        loop {
            let start = Bound::Included(&from[..]);
            let next = rows::keys(&self.view, self.tables, table, start, Bound::Unbounded).next();
            let key = match next {
                None => return,
                Some(Ok(key)) => key,
                Some(Err(fault)) => return self.problem(None, fault.message),
            };
            let name = table.name();
            let Some((number, _)) = key::parse_entry(&key) else {
                return self.problem(None, format!("table {name} has a row with a malformed key"));
            };
            if !self.numbers.contains(&number) {
                let what =
                    format!("table {name} has rows of object number {number}, which is no object");
                self.problem(None, what);
            }
            let Some(next) = number.checked_add(1) else {
                return;
            };
            from = key::entry(next, b"");
        }
    }
}
