//! Floor of calls in memory from many threads: a hash map of locked records.

use std::{
    collections::HashMap,
    sync::{Mutex, RwLock},
};

use super::log::bump;
use crate::{
    model::Failure,
    world::{object_name, record},
};

/// A hash map of locked records.
#[derive(Debug)]
pub struct Map(RwLock<HashMap<String, Mutex<Vec<u8>>>>);

impl Map {
    /// A map with `objects` records.
    #[must_use]
    pub fn new(objects: u64) -> Self {
        let records = (0..objects).map(|n| (object_name(n), Mutex::new(record())));
        Self(RwLock::new(records.collect()))
    }

    /// A copy of the record of object `number`.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, number: u64) -> Result<Vec<u8>, Failure> {
        self.with(number, |record| record.clone())
    }

    /// Adds one to the record of object `number`.
    ///
    /// # Errors
    /// There is none.
    pub fn bump(&self, number: u64) -> Result<(), Failure> {
        self.with(number, |record| bump(record))
    }

    fn with<T>(&self, number: u64, work: impl FnOnce(&mut Vec<u8>) -> T) -> Result<T, Failure> {
        let map = self.0.read().map_err(|_| "a thread panicked")?;
        let record = map.get(&object_name(number)).ok_or("no such object")?;
        let mut record = record.lock().map_err(|_| "a thread panicked")?;
        Ok(work(&mut record))
    }
}
