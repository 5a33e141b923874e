//! Writes an archive.

use std::{
    io::{BufWriter, Write},
    ops::Bound,
};

use objclass::{Fault, ObjectError, PageLimit, Work};
use transaction::{Snapshot, Span};

use super::{
    ArchiveDigest, ArchiveSummary, BackupError,
    record::{self, ObjectRecord, PIECE, Record},
};
use crate::{Frozen, frozen::FrozenObject};

/// Objects taken from the store at a time.
const OBJECTS: usize = 64;
/// Bytes and entries of omap taken at a time; one larger value is taken alone.
const PAGE: PageLimit = PageLimit {
    entries: 1000,
    bytes: 1 << 20,
};

/// Writes every object of `store` to `to`. The same store gives the same bytes. In memory is one value at a time, beside
/// the objects' heads of a page.
///
/// # Errors
/// The store cannot be read or the archive not written. What was written has no end and is refused by every reader.
pub fn backup(store: &dyn Frozen, to: &mut dyn Write) -> Result<ArchiveSummary, BackupError> {
    let mut archive = Writer::new(to, store.last_version())?;
    let mut after = None;
    loop {
        let page = store.objects(after.as_ref(), OBJECTS)?;
        let Some((last, _)) = page.last() else {
            return archive.end(store.last_version());
        };
        after = Some(last.clone());
        for object in page {
            archive.object(object)?;
        }
    }
}

/// Work that is unlimited ends by a fault only.
fn whole<T>(result: Result<T, ObjectError>) -> Result<T, Fault> {
    result.map_err(|error| match error {
        ObjectError::Fault(fault) => fault,
        error => Fault::with_source("an object could not be read", error),
    })
}

struct Writer<'a> {
    to: BufWriter<&'a mut dyn Write>,
    digest: blake3::Hasher,
    chain: u32,
    payload: Vec<u8>,
    length: u64,
    objects: u64,
    bytes: u64,
}

impl<'a> Writer<'a> {
    fn new(to: &'a mut dyn Write, last_version: u64) -> Result<Self, BackupError> {
        let (header, chain) = record::header(last_version);
        let mut archive = Self {
            to: BufWriter::with_capacity(256 << 10, to),
            digest: blake3::Hasher::new(),
            chain,
            payload: Vec::new(),
            length: 0,
            objects: 0,
            bytes: 0,
        };
        archive.put(&header)?;
        Ok(archive)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        Ok(self.to.write_all(bytes)?)
    }

    fn record(&mut self, record: &Record) -> Result<(), BackupError> {
        let mut payload = std::mem::take(&mut self.payload);
        let kind = record.encode(&mut payload);
        let length = u32::try_from(payload.len())
            .map_err(|_| std::io::Error::other("a value of more than 4 GiB fits no record"))?;
        let mut prefix = [kind; record::PREFIX];
        prefix[1..].copy_from_slice(&length.to_le_bytes());
        self.chain = record::chained(self.chain, &prefix, &payload);
        self.put(&prefix)?;
        self.put(&payload)?;
        self.put(&self.chain.to_le_bytes())?;
        self.payload = payload;
        Ok(())
    }

    fn object(&mut self, (id, object): FrozenObject) -> Result<(), BackupError> {
        let Some(head) = object.head()? else {
            return Ok(());
        };
        self.objects += 1;
        self.bytes += head.size;
        self.record(&Record::Object(ObjectRecord {
            id,
            version: head.version,
            mtime: head.mtime,
            size: head.size,
        }))?;
        let mut offset = 0;
        while offset < head.size {
            let data = whole(object.read(
                offset,
                PIECE.min(head.size - offset),
                &mut Work::unlimited(),
            ))?;
            // A hole, or what reads as one.
            if data.iter().any(|byte| *byte != 0) {
                self.record(&Record::Data(offset, data))?;
            }
            offset += PIECE;
        }
        for (name, value) in whole(object.xattrs(&mut Work::unlimited()))? {
            self.record(&Record::Xattr(name, value))?;
        }
        self.omap(&*object)?;
        let header = whole(object.omap_header(&mut Work::unlimited()))?;
        if !header.is_empty() {
            self.record(&Record::OmapHeader(header))?;
        }
        Ok(())
    }

    fn omap(&mut self, object: &dyn Snapshot) -> Result<(), BackupError> {
        let mut last = Vec::new();
        loop {
            let from = match last.is_empty() {
                true => Bound::Unbounded,
                false => Bound::Excluded(&last[..]),
            };
            let span = Span { from, ..Span::ALL };
            let page = whole(object.omap_range(span, PAGE, &mut Work::unlimited()))?;
            let Some((key, _)) = page.entries.last() else {
                return Ok(());
            };
            last = key.to_vec();
            for (key, value) in page.entries {
                self.record(&Record::Omap(key, value))?;
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    fn end(mut self, last_version: u64) -> Result<ArchiveSummary, BackupError> {
        let digest = *self.digest.finalize().as_bytes();
        self.record(&Record::End(self.objects, self.bytes, digest))?;
        self.to.flush()?;
        Ok(ArchiveSummary {
            objects: self.objects,
            bytes: self.bytes,
            last_version,
            length: self.length,
            digest: ArchiveDigest(digest),
        })
    }
}
