//! What the OSD does with the calls of a class, as a model: reads show the object before the operation, `stat` the one
//! after it, and a read of the whole object is compared with the checksum of what was written last.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use objclass::{Errno, Page, Pair, Stat, Timestamp};

use super::{Answer, Hctx};

/// An object as an OSD keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelObject {
    pub(crate) data: Vec<u8>,
    pub(crate) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) omap: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) header: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    before: Option<ModelObject>,
    after: Option<ModelObject>,
    /// The content the OSD's checksum of the whole object stands for, as far as this operation set it.
    digest: Option<Vec<u8>>,
    steps: u32,
    calls: Vec<&'static str>,
    refusing: Option<(&'static str, Errno)>,
}

/// A model of one object of an OSD.
#[derive(Debug, Default)]
pub(crate) struct Model(Mutex<State>);

impl Model {
    pub(crate) fn holding(object: Option<ModelObject>) -> Self {
        let model = Model::default();
        {
            let mut state = model.state();
            state.before.clone_from(&object);
            state.after = object;
        }
        model
    }

    /// Answers `call` with `errno` from now on.
    pub(crate) fn refuse(&self, call: &'static str, errno: Errno) {
        self.state().refusing = Some((call, errno));
    }

    /// What the object is when the operation succeeds.
    pub(crate) fn after(&self) -> Option<ModelObject> {
        self.state().after.clone()
    }

    /// The calls made so far.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, call: &'static str) -> Answer<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.calls.push(call);
        state.steps += 1;
        match state.refusing {
            Some((refused, errno)) if refused == call => Err(errno),
            _ => Ok(state),
        }
    }

    fn before<T>(&self, call: &'static str, of: impl FnOnce(&ModelObject) -> T) -> Answer<T> {
        let state = self.enter(call)?;
        state.before.as_ref().map(of).ok_or(Errno::ENOENT)
    }

    /// Changes the object, making it if need be.
    fn change(&self, call: &'static str, change: impl FnOnce(&mut ModelObject)) -> Answer<()> {
        let mut state = self.enter(call)?;
        state.digest = None;
        change(state.after.get_or_insert_default());
        Ok(())
    }
}

fn at(number: u64) -> usize {
    usize::try_from(number).expect("objects of tests are small")
}

fn bytes(data: &[u8]) -> Bytes {
    Bytes::copy_from_slice(data)
}

impl Hctx for Model {
    fn subop(&self) -> u32 {
        self.state().steps
    }

    fn version(&self) -> u64 {
        7
    }

    fn origin(&self) -> String {
        "client.1".to_owned()
    }

    fn stat(&self) -> Answer<Stat> {
        let state = self.enter("stat")?;
        let object = state.after.as_ref().ok_or(Errno::ENOENT)?;
        Ok(Stat {
            size: object.data.len() as u64,
            mtime: Timestamp(1),
        })
    }

    fn read(&self, offset: u64, length: u64) -> Answer<Bytes> {
        let state = self.enter("read")?;
        let before = state.before.as_ref().ok_or(Errno::ENOENT)?;
        let size = state.after.as_ref().map_or(0, |object| object.data.len());
        let end = (at(offset) + at(length)).min(before.data.len());
        let piece = before.data.get(at(offset)..end).unwrap_or_default();
        if let Some(digest) = &state.digest {
            assert!(
                offset > 0 || at(length) < size || piece == digest,
                "full-object read crc != expected: the OSD takes the object for damaged"
            );
        }
        Ok(bytes(piece))
    }

    fn xattr(&self, name: &[u8]) -> Answer<Bytes> {
        let found = self.before("getxattr", |object| object.xattrs.get(name).cloned())?;
        found.map(Bytes::from).ok_or(Errno::ENODATA)
    }

    fn xattrs(&self) -> Answer<Vec<Pair>> {
        self.before("getxattrs", |object| {
            let pairs = object.xattrs.iter();
            pairs
                .map(|(name, value)| (bytes(name), bytes(value)))
                .collect()
        })
    }

    fn omap_val(&self, key: &[u8]) -> Answer<Bytes> {
        let found = self.before("map_get_val", |object| object.omap.get(key).cloned())?;
        found.map(Bytes::from).ok_or(Errno::ENOENT)
    }

    fn omap_vals(&self, after: &[u8], prefix: &[u8], max: u64) -> Answer<Page<Pair>> {
        self.before("map_get_vals", |object| {
            let mut found = object
                .omap
                .iter()
                .filter(|(key, _)| key.as_slice() > after && key.starts_with(prefix));
            let page = found.by_ref().take(at(max.min(1024)));
            let entries = page
                .map(|(key, value)| (bytes(key), bytes(value)))
                .collect();
            Page {
                entries,
                more: found.next().is_some(),
            }
        })
    }

    fn omap_header(&self) -> Answer<Bytes> {
        self.before("map_read_header", |object| bytes(&object.header))
    }

    fn create(&self, exclusive: bool) -> Answer<()> {
        let mut state = self.enter("create")?;
        if exclusive && state.after.is_some() {
            return Err(Errno::EEXIST);
        }
        state.after.get_or_insert_default();
        Ok(())
    }

    fn remove(&self) -> Answer<()> {
        let mut state = self.enter("remove")?;
        state.digest = None;
        state.after.take().map(drop).ok_or(Errno::ENOENT)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Answer<()> {
        self.change("write", |object| {
            let end = at(offset) + data.len();
            if object.data.len() < end {
                object.data.resize(end, 0);
            }
            object.data[at(offset)..end].copy_from_slice(data);
        })
    }

    fn write_full(&self, data: &[u8]) -> Answer<()> {
        self.change("write_full", |object| object.data = data.to_vec())?;
        self.state().digest = Some(data.to_vec());
        Ok(())
    }

    fn truncate(&self, size: u64) -> Answer<()> {
        let mut state = self.enter("truncate")?;
        state.digest = None;
        if let Some(object) = &mut state.after {
            object.data.resize(at(size), 0);
        }
        Ok(())
    }

    fn zero(&self, offset: u64, length: u64) -> Answer<()> {
        let mut state = self.enter("write_zero")?;
        state.digest = None;
        if let Some(object) = &mut state.after {
            let end = at(offset) + at(length);
            assert!(
                end <= object.data.len(),
                "object stores differ in what zeroing beyond the end does"
            );
            if end == object.data.len() {
                // So does an OSD.
                object.data.truncate(at(offset));
            } else {
                object.data[at(offset)..end].fill(0);
            }
        }
        Ok(())
    }

    fn set_xattr(&self, name: &[u8], value: &[u8]) -> Answer<()> {
        self.change("setxattr", |object| {
            object.xattrs.insert(name.to_vec(), value.to_vec());
        })
    }

    fn omap_clear(&self) -> Answer<()> {
        let mut state = self.enter("map_clear")?;
        let object = state.after.as_mut().ok_or(Errno::ENOENT)?;
        object.omap.clear();
        object.header.clear();
        Ok(())
    }

    fn omap_remove(&self, key: &[u8]) -> Answer<()> {
        let mut state = self.enter("map_remove_key")?;
        let object = state.after.as_mut().ok_or(Errno::ENOENT)?;
        object.omap.remove(key);
        Ok(())
    }

    fn omap_remove_range(&self, begin: &[u8], end: &[u8]) -> Answer<()> {
        let mut state = self.enter("map_remove_range")?;
        let object = state.after.as_mut().ok_or(Errno::ENOENT)?;
        object
            .omap
            .retain(|key, _| &key[..] < begin || &key[..] >= end);
        Ok(())
    }

    fn omap_set(&self, entries: &[(&[u8], &[u8])]) -> Answer<()> {
        self.change("map_set_vals", |object| {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.to_vec(), value.to_vec()));
            object.omap.extend(entries);
        })
    }

    fn omap_set_header(&self, header: &[u8]) -> Answer<()> {
        self.change("map_write_header", |object| object.header = header.to_vec())
    }
}
