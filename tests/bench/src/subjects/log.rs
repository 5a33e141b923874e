//! Floor of a durable read-modify-write: a map, a log, and one sync for all who wait. No snapshots, no transactions, no
//! recovery, no classes.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::Path,
    sync::{Condvar, Mutex},
};

use crate::{
    model::Failure,
    world::{object_name, record},
};

/// A map with a log.
#[derive(Debug)]
pub struct Log {
    map: Mutex<BTreeMap<String, Vec<u8>>>,
    log: Mutex<Pending>,
    file: File,
    synced: Condvar,
    sync: bool,
}

#[derive(Debug, Default)]
struct Pending {
    records: Vec<u8>,
    appended: u64,
    written: u64,
    writing: bool,
}

impl Log {
    /// A log in `file` with `objects` records; with `sync` an answer waits for the disk, without for the system.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn new(file: &Path, objects: u64, sync: bool) -> Result<Self, Failure> {
        let file = File::create(file)?;
        // Room ahead, as the store's journal has it, so that a sync need not grow the file.
        file.set_len(64 << 20)?;
        Ok(Self {
            map: Mutex::new((0..objects).map(|n| (object_name(n), record())).collect()),
            log: Mutex::default(),
            file,
            synced: Condvar::new(),
            sync,
        })
    }

    /// Adds one to the record of object `number`, and waits until that is written.
    ///
    /// # Errors
    /// The disk fails.
    pub fn bump(&self, number: u64) -> Result<(), Failure> {
        let name = object_name(number);
        let mut map = self.map.lock().map_err(poisoned)?;
        let data = map.get_mut(&name).ok_or("no such object")?;
        bump(data);
        let mut log = self.log.lock().map_err(poisoned)?;
        log.records.extend_from_slice(name.as_bytes());
        log.records.extend_from_slice(data);
        log.appended += 1;
        drop(map);
        let mine = log.appended;
        while log.written < mine {
            if log.writing {
                log = self.synced.wait(log).map_err(poisoned)?;
                continue;
            }
            log.writing = true;
            let (records, upto) = (std::mem::take(&mut log.records), log.appended);
            drop(log);
            (&self.file).write_all(&records)?;
            if self.sync {
                self.file.sync_data()?;
            }
            log = self.log.lock().map_err(poisoned)?;
            log.writing = false;
            log.written = upto;
            self.synced.notify_all();
        }
        Ok(())
    }
}

/// Adds one to the 20 digits a record begins with.
pub(super) fn bump(record: &mut [u8]) {
    for digit in record[..20].iter_mut().rev() {
        if *digit != b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

fn poisoned<T>(_: T) -> Failure {
    "a thread panicked".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_up() {
        let mut data = record();
        for _ in 0..100 {
            bump(&mut data);
        }
        assert!(data.starts_with(b"00000000000000000100."));
    }
}
