//! The look at every row.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound,
    sync::atomic::Ordering,
};

use bytes::Bytes;
use objclass::{Fault, ObjectId};
use transaction::Tally;

use super::{SPELLED_OUT, repair::Mender};
use crate::{
    FsckProgress, FsckReport, Outcome, PoolUsage, Problem, Repair,
    disk::{
        DiskStore, census, garbage,
        key::{self, NUMBER, Table},
        plan::HEADER,
        receipts,
        rows::{self, Tables},
        value::HeadRow,
    },
};

/// Objects between two reports of progress.
const PROGRESS: u64 = 1000;

/// Everything is read as of one moment, so that what a repair writes is not looked at again.
pub(super) struct Check<'a> {
    pub(super) tables: &'a Tables,
    pub(super) view: fjall::Snapshot,
    extent: u64,
    last: u64,
    /// The numbers of all objects with a readable head, and those of their omaps.
    numbers: HashSet<u64>,
    omaps: HashSet<u64>,
    /// Which rows are garbage.
    garbage: BTreeMap<(u8, u64), u64>,
    /// Some heads could not be looked at: what seems to belong to nobody may be theirs.
    heads_hidden: bool,
    mender: Mender<'a>,
    report: FsckReport,
}

/// What is wrong with one object, and what that means.
enum Verdict {
    /// Rows are unreadable, missing, or where they cannot be.
    Damaged(String),
    /// Every row is sound, and the counts are not theirs.
    Miscounted { what: String, head: HeadRow },
    /// Two objects have the same rows.
    Shared(&'static str),
    /// It is newer than the store.
    Ahead(&'static str),
}

impl<'a> Check<'a> {
    pub(super) fn new(store: &'a DiskStore, repair: Repair) -> Self {
        Self {
            tables: store.tables(),
            view: store.tables().database.snapshot(),
            extent: u64::from(store.extent),
            last: store.versions.load(Ordering::Acquire),
            numbers: HashSet::new(),
            omaps: HashSet::new(),
            garbage: BTreeMap::new(),
            heads_hidden: false,
            mender: Mender::new(store, repair),
            report: FsckReport::default(),
        }
    }

    pub(super) fn run(mut self, progress: &mut dyn FnMut(FsckProgress)) -> FsckReport {
        self.heads(progress);
        self.notes();
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            if !self.heads_hidden {
                self.owners(table);
            }
        }
        self.receipts();
        self.counts();
        if let Err(why) = self.mender.finish() {
            let left = Outcome::Left("writing failed");
            self.problem(None, format!("the repair is not on disk: {why}"), left);
        }
        self.report
    }

    fn problem(&mut self, object: Option<&ObjectId>, what: impl Into<String>, outcome: Outcome) {
        self.report.problem_count += 1;
        self.report.repaired += u64::from(outcome == Outcome::Repaired);
        if self.report.problems.len() < SPELLED_OUT {
            self.report.problems.push(Problem {
                object: object.cloned(),
                what: what.into(),
                outcome,
            });
        }
    }

    fn heads(&mut self, progress: &mut dyn FnMut(FsckProgress)) {
        let of = self.mender.objects();
        let (from, to) = (Bound::Unbounded, Bound::Unbounded);
        for key in rows::keys(&self.view, self.tables, Table::Heads, from, to) {
            let key = match key {
                Ok(key) => key,
                Err(fault) => {
                    self.heads_hidden = true;
                    let left = self.mender.unreadable();
                    return self.problem(None, fault.message, left);
                }
            };
            self.report.objects += 1;
            if self.report.objects.is_multiple_of(PROGRESS) {
                let objects = self.report.objects;
                progress(FsckProgress { objects, of });
            }
            let Some(id) = key::object_id(&key) else {
                let what = "table heads has a row with a malformed key";
                let outcome = self.mender.stray(&self.view, Table::Heads, &key);
                self.problem(None, what, outcome);
                continue;
            };
            match self.head(&key) {
                Ok(row) => self.object(&id, row),
                Err(fault) => {
                    let outcome = self.mender.damaged_head(&self.view, &id);
                    self.problem(Some(&id), fault.message, outcome);
                }
            }
        }
    }

    fn head(&self, key: &[u8]) -> Result<HeadRow, Fault> {
        let payload = rows::get(&self.view, self.tables, Table::Heads, key)?;
        HeadRow::decode(&payload.ok_or_else(|| Fault::new("the head row vanished"))?)
    }

    fn object(&mut self, id: &ObjectId, row: HeadRow) {
        self.report.bytes = self.report.bytes.saturating_add(row.head.size);
        let is_twin = !self.numbers.insert(row.number) | !self.omaps.insert(row.omap);
        let Some(verdict) = self.verdict(&row, is_twin) else {
            return;
        };
        let (what, outcome) = match verdict {
            Verdict::Damaged(what) => (what, self.mender.damaged(&self.view, id, &row)),
            Verdict::Miscounted { what, head } => (what, self.mender.rewrite(id, &head)),
            Verdict::Shared(what) => (what.to_owned(), self.mender.shared()),
            Verdict::Ahead(what) => (what.to_owned(), self.mender.catch_up(row.head.version)),
        };
        self.problem(Some(id), what, outcome);
    }

    /// The worst that is wrong with an object.
    fn verdict(&self, row: &HeadRow, is_twin: bool) -> Option<Verdict> {
        let head = &row.head;
        if is_twin {
            return Some(Verdict::Shared("another object has the same number"));
        }
        if row.number > head.version || row.omap > head.version {
            return Some(Verdict::Damaged("its version is out of order".to_owned()));
        }
        if row.inline.len() as u64 > head.size.min(self.extent) {
            return Some(Verdict::Damaged(
                "its head holds data behind its end".to_owned(),
            ));
        }
        if let Err(what) = self.data(row) {
            return Some(Verdict::Damaged(what));
        }
        let mut counted = row.clone();
        let mut miscounted = None;
        let mut first_is_wrong = false;
        let tables = [
            (Table::Xattrs, &mut counted.head.xattrs, "xattrs"),
            (Table::Omap, &mut counted.head.omap, "omap entries"),
        ];
        for (table, expected, name) in tables {
            let number = match table {
                Table::Omap => row.omap,
                _ => row.number,
            };
            let first = match table {
                Table::Omap => &row.omap_first[..],
                _ => b"",
            };
            let found = match self.recount(table, number, first) {
                Ok((found, is_first)) => {
                    if !is_first {
                        miscounted = Some("it has omap keys before its first".to_owned());
                        first_is_wrong = true;
                    }
                    found
                }
                Err(fault) => return Some(Verdict::Damaged(fault.message)),
            };
            if found != *expected {
                miscounted = Some(format!(
                    "it should have {} {name} of {} bytes and has {} of {}",
                    expected.entries, expected.bytes, found.entries, found.bytes
                ));
                *expected = found;
            }
        }
        if let Some(what) = miscounted {
            if first_is_wrong {
                counted.omap_first = Bytes::new();
            }
            let head = counted;
            return Some(Verdict::Miscounted { what, head });
        }
        let is_ahead = head.version > self.last;
        is_ahead.then_some(Verdict::Ahead("its version is out of order"))
    }

    /// Every row of one table under one number.
    fn under(
        &self,
        table: Table,
        number: u64,
    ) -> impl Iterator<Item = Result<(Bytes, Bytes), Fault>> + use<> {
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

    /// What lives of a table under a number, and whether nothing of it comes before `first`.
    fn recount(&self, table: Table, number: u64, first: &[u8]) -> Result<(Tally, bool), Fault> {
        let mut found = Tally::default();
        let mut is_first = true;
        let (from, to) = (key::entry(number, b""), key::entry(number + 1, b""));
        let (from, to) = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        for entry in rows::entries(&self.view, self.tables, table, from, to) {
            let (key, Some(value)) = entry? else {
                continue;
            };
            // The omap header is no entry.
            if table == Table::Omap && key[NUMBER..] == *HEADER {
                continue;
            }
            is_first &= key[NUMBER..] >= *first;
            found.entries += 1;
            found.bytes += (key.len() - NUMBER + value.len()) as u64;
        }
        Ok((found, is_first))
    }

    /// Looks for rows no object owns: one seek for each number in the table.
    fn owners(&mut self, table: Table) {
        let name = table.name();
        let mut from = Vec::new();
        loop {
            let start = Bound::Included(&from[..]);
            let next = rows::keys(&self.view, self.tables, table, start, Bound::Unbounded).next();
            let key = match next {
                None => return,
                Some(Ok(key)) => key,
                Some(Err(fault)) => {
                    let left = self.mender.unreadable();
                    return self.problem(None, fault.message, left);
                }
            };
            let Some((number, _)) = key::parse_entry(&key) else {
                let outcome = self.mender.stray(&self.view, table, &key);
                let what = format!("table {name} has a row with a malformed key");
                self.problem(None, what, outcome);
                from = [&key[..], &[0]].concat();
                continue;
            };
            let is_named = match table {
                Table::Omap => self.omaps.contains(&number),
                _ => self.numbers.contains(&number),
            };
            if !is_named && !self.garbage.contains_key(&(table as u8, number)) {
                let what =
                    format!("table {name} has rows of object number {number}, which is no object");
                let outcome = self.mender.orphans(&self.view, number, self.extent);
                self.problem(None, what, outcome);
            }
            let Some(next) = number.checked_add(1) else {
                return;
            };
            from = key::entry(next, b"");
        }
    }

    /// Reads which rows are garbage, and compares with the heads there were.
    fn notes(&mut self) {
        match garbage::notes(&self.view, self.tables) {
            Ok(notes) => self.garbage = notes,
            Err(fault) => {
                let left = self.mender.unreadable();
                return self.problem(None, fault.message, left);
            }
        }
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            let named = match table {
                Table::Omap => &self.omaps,
                _ => &self.numbers,
            };
            let noted = self.garbage.keys().filter(|(of, _)| *of == table as u8);
            let wrong: Vec<u64> = noted
                .map(|(_, number)| *number)
                .filter(|number| named.contains(number))
                .collect();
            for number in wrong {
                self.garbage.remove(&(table as u8, number));
                let name = table.name();
                let what = format!(
                    "rows of table {name} are said to be garbage and are object number {number}'s"
                );
                let outcome = match key::garbage(table, number) {
                    Some(key) => self.mender.false_note(&key),
                    None => continue,
                };
                self.problem(None, what, outcome);
            }
        }
        let rows = self.garbage.values().copied();
        self.report.garbage_rows = rows.fold(0, u64::saturating_add);
    }

    /// Looks for receipts that cannot be read. Without one a request that comes again may be done again.
    fn receipts(&mut self) {
        match receipts::damaged(&self.view, self.tables) {
            Ok(damaged) => {
                for key in damaged {
                    let what = "a receipt of a request in table meta is damaged";
                    let outcome = self.mender.damaged_receipt(&key);
                    self.problem(None, what, outcome);
                }
            }
            Err(fault) => {
                let left = self.mender.unreadable();
                self.problem(None, fault.message, left);
            }
        }
    }

    /// Compares the counts of the pools with the heads there were.
    fn counts(&mut self) {
        let found = (!self.heads_hidden)
            .then(|| census::recount(&self.view, self.tables).ok())
            .flatten();
        let Some(found) = found else {
            return;
        };
        let stored = census::stored(&self.view, self.tables);
        let what = match stored {
            Ok(stored) if stored == found => return,
            Ok(stored) => {
                let pool = found
                    .keys()
                    .chain(stored.keys())
                    .find(|pool| found.get(*pool) != stored.get(*pool));
                let pool = pool.map_or("", String::as_str);
                let text = |of: Option<&PoolUsage>| {
                    let of = of.copied().unwrap_or_default();
                    let (objects, bytes, omap) = (of.objects, of.bytes, of.omap_bytes);
                    format!("{objects} objects of {bytes} bytes and {omap} in omaps")
                };
                format!(
                    "pool {pool} should have {} and has {}",
                    text(stored.get(pool)),
                    text(found.get(pool))
                )
            }
            Err(fault) => fault.message,
        };
        let outcome = self.mender.miscounted();
        self.problem(None, what, outcome);
    }
}
