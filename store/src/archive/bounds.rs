//! How large anything in an archive may be.
//!
//! Checksums find accidents. Whoever writes an archive makes them right, and could ask for an object of 2^64 bytes in a hundred. So
//! what a store would not have accepted from a client is not accepted from an archive either.

use std::collections::HashSet;

use objclass::ObjectId;
use transaction::{Quotas, Tally};

use super::record::Record;

/// Versions and times are below this, so that the next ones fit too.
const CEILING: u64 = 1 << 63;

/// Most bytes of a record beside its names and values.
const FIXED: u64 = 64;
/// Most bytes of the names of an object.
const NAMES: u64 = 4 << 10;

/// What was found to be too large, or twice.
pub(super) struct TooMuch {
    pub(super) object: ObjectId,
    pub(super) what: String,
}

/// What an archive may hold, and what it has held so far.
#[derive(Debug)]
pub(super) struct Bounds {
    quotas: Quotas,
    object: Option<ObjectId>,
    xattrs: Tally,
    omap: Tally,
    /// Objects of the pool of the last one.
    objects: u64,
    /// Numbers of objects are versions in a restored store: each must be there once.
    versions: HashSet<u64>,
}

impl Bounds {
    /// Nothing is smaller than without a configuration: a quota that was lowered took nothing away.
    pub(super) fn new(quotas: &Quotas) -> Self {
        let default = Quotas::default();
        let max = |of: fn(&Quotas) -> u64| of(quotas).max(of(&default));
        Self {
            quotas: Quotas {
                object_size: max(|q| q.object_size).min(CEILING - 1),
                xattr_name: max(|q| q.xattr_name).min(Quotas::MAX_KEY),
                xattr_value: max(|q| q.xattr_value),
                xattr_count: max(|q| q.xattr_count),
                xattr_bytes: max(|q| q.xattr_bytes),
                omap_key: max(|q| q.omap_key).min(Quotas::MAX_KEY),
                omap_value: max(|q| q.omap_value),
                omap_entries: max(|q| q.omap_entries),
                omap_bytes: max(|q| q.omap_bytes),
                pool_objects: max(|q| q.pool_objects),
            },
            object: None,
            xattrs: Tally::default(),
            omap: Tally::default(),
            objects: 0,
            versions: HashSet::new(),
        }
    }

    /// The most bytes any record has after its kind and length.
    pub(super) fn longest_record(&self) -> u64 {
        let q = &self.quotas;
        let xattr = q.xattr_name.saturating_add(q.xattr_value);
        let omap = q.omap_key.saturating_add(q.omap_value);
        let largest = xattr.max(omap).max(super::record::PIECE).max(NAMES);
        largest.saturating_add(FIXED)
    }

    /// Whether a header's version leaves room for later ones.
    pub(super) fn is_version(version: u64) -> bool {
        version < CEILING
    }

    /// Takes the next record, which is in its place.
    pub(super) fn take(&mut self, record: &Record) -> Result<(), TooMuch> {
        let quotas = self.quotas.clone();
        let found = match record {
            Record::Object(object) => {
                let same_pool = self
                    .object
                    .as_ref()
                    .is_some_and(|last| last.pool == object.id.pool);
                self.objects = if same_pool { self.objects + 1 } else { 1 };
                self.object = Some(object.id.clone());
                (self.xattrs, self.omap) = (Tally::default(), Tally::default());
                if !self.versions.insert(object.version) {
                    return self.refuse("has the version of another object".to_owned());
                }
                if object.mtime.0 >= CEILING {
                    return self.refuse("has a time that no clock shows".to_owned());
                }
                let size = (
                    "bytes of data",
                    object.size,
                    quotas.object_size,
                    "object_size",
                );
                let objects = (
                    "objects in its pool",
                    self.objects,
                    quotas.pool_objects,
                    "pool_objects",
                );
                vec![size, objects]
            }
            Record::Xattr(name, value) => {
                add(&mut self.xattrs, name.len(), value.len());
                vec![
                    (
                        "bytes in the name of an xattr",
                        name.len() as u64,
                        quotas.xattr_name,
                        "xattr_name",
                    ),
                    (
                        "bytes in an xattr",
                        value.len() as u64,
                        quotas.xattr_value,
                        "xattr_value",
                    ),
                    (
                        "xattrs",
                        self.xattrs.entries,
                        quotas.xattr_count,
                        "xattr_count",
                    ),
                    (
                        "bytes of xattrs",
                        self.xattrs.bytes,
                        quotas.xattr_bytes,
                        "xattr_bytes",
                    ),
                ]
            }
            Record::Omap(key, value) => {
                add(&mut self.omap, key.len(), value.len());
                vec![
                    (
                        "bytes in an omap key",
                        key.len() as u64,
                        quotas.omap_key,
                        "omap_key",
                    ),
                    (
                        "bytes in an omap value",
                        value.len() as u64,
                        quotas.omap_value,
                        "omap_value",
                    ),
                    (
                        "omap entries",
                        self.omap.entries,
                        quotas.omap_entries,
                        "omap_entries",
                    ),
                    (
                        "bytes of omap",
                        self.omap.bytes,
                        quotas.omap_bytes,
                        "omap_bytes",
                    ),
                ]
            }
            Record::OmapHeader(header) => {
                vec![(
                    "bytes in its omap header",
                    header.len() as u64,
                    quotas.omap_value,
                    "omap_value",
                )]
            }
            Record::Data(..) | Record::End(..) => Vec::new(),
        };
        match found.into_iter().find(|(_, found, max, _)| found > max) {
            None => Ok(()),
            Some((what, found, max, quota)) => self.refuse(format!(
                "has {found} {what}, more than the {max} that quotas.{quota} allows; raise it if the archive is yours"
            )),
        }
    }

    fn refuse(&self, what: String) -> Result<(), TooMuch> {
        match &self.object {
            Some(object) => Err(TooMuch {
                object: object.clone(),
                what,
            }),
            None => unreachable!("a record in its place follows its object"),
        }
    }
}

fn add(tally: &mut Tally, name: usize, value: usize) {
    tally.entries += 1;
    tally.bytes += (name + value) as u64;
}
