//! The object before the operation, asked from the OSD as needed.

use std::{ops::Bound, sync::Arc};

use bytes::{Bytes, BytesMut};
use objclass::{Errno, Fault, ObjectError, Page, PageLimit, Pair, Work};
use transaction::{Head, Snapshot, Span};

use crate::hctx::{Answer, Hctx, fault};

/// Entries asked for at first: what they weigh is known only when they are there.
const FIRST_ENTRIES: u64 = 32;

/// An object of the OSD, read as needed.
///
/// The OSD does not count xattrs and omap entries, so quotas on totals see one call's additions only.
#[derive(Debug)]
pub(crate) struct OsdSnapshot {
    hctx: Arc<dyn Hctx + Send + Sync>,
    /// Whether a step of the same operation came before. It may have changed the checksum the OSD keeps of the whole
    /// content, but not the content that is read: read in one piece, the OSD would take the object for damaged.
    after_others: bool,
}

impl OsdSnapshot {
    pub(crate) fn new(hctx: Arc<dyn Hctx + Send + Sync>) -> Self {
        let after_others = hctx.subop() > 0;
        Self { hctx, after_others }
    }

    fn pieces(&self, offset: u64, length: u64) -> [(u64, u64); 2] {
        if self.after_others && offset == 0 && length > 1 {
            [(0, length - 1), (length - 1, 1)]
        } else {
            [(offset, length), (offset + length, 0)]
        }
    }
}

/// Turns "nothing there" into `None`.
fn found<T>(call: &'static str, absent: &[Errno], answer: Answer<T>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(errno) if absent.contains(&errno) => Ok(None),
        Err(errno) => Err(fault(call, errno)),
    }
}

impl Snapshot for OsdSnapshot {
    fn head(&self) -> Result<Option<Head>, Fault> {
        let stat = found("stat", &[Errno::ENOENT], self.hctx.stat())?;
        Ok(stat.map(|stat| Head {
            size: stat.size,
            mtime: stat.mtime,
            version: self.hctx.version(),
            ..Head::default()
        }))
    }

    fn counts(&self) -> bool {
        false
    }

    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError> {
        work.step()?;
        work.read(usize::try_from(length).unwrap_or(usize::MAX))?;
        let mut whole = Bytes::new();
        for (offset, length) in self.pieces(offset, length) {
            if length == 0 {
                continue;
            }
            // An object that an earlier step of the operation made has a size and nothing to read.
            let piece = found("read", &[Errno::ENOENT], self.hctx.read(offset, length))?;
            let mut piece = piece.unwrap_or_default();
            if (piece.len() as u64) < length {
                // The size is that of earlier steps, the content that of before: what they added reads as zeros.
                piece = padded(&piece, length)?;
            }
            whole = if whole.is_empty() {
                piece
            } else {
                [whole, piece].concat().into()
            };
        }
        Ok(whole)
    }

    fn xattr(&self, name: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        work.step()?;
        if name.contains(&0) {
            // No xattr of the OSD can have such a name.
            return Ok(None);
        }
        let absent = [Errno::ENODATA, Errno::ENOENT];
        Ok(found("getxattr", &absent, self.hctx.xattr(name))?)
    }

    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        work.step()?;
        let pairs = found("getxattrs", &[Errno::ENOENT], self.hctx.xattrs())?;
        Ok(pairs.unwrap_or_default())
    }

    fn omap_val(&self, key: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        work.step()?;
        let value = found("map_get_val", &[Errno::ENOENT], self.hctx.omap_val(key))?;
        work.read(value.as_ref().map_or(0, Bytes::len))?;
        Ok(value)
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        let prefix = span.prefix;
        let mut entries: Vec<Pair> = Vec::new();
        let mut bytes = 0_u64;
        let mut after = match span.from {
            Bound::Excluded(key) => Bytes::copy_from_slice(key),
            // The OSD begins with the prefix itself when it is told to begin before it.
            Bound::Included(key) if key <= prefix => Bytes::new(),
            Bound::Included(key) => {
                // It lists what follows a key; the key itself has to be asked for.
                if span.goes_on_to(key)
                    && let Some(value) = self.omap_val(key, work)?
                {
                    bytes = (key.len() + value.len()) as u64;
                    entries.push((Bytes::copy_from_slice(key), value));
                }
                Bytes::copy_from_slice(key)
            }
            Bound::Unbounded => Bytes::new(),
        };
        loop {
            let left = limit.entries.saturating_sub(entries.len() as u64);
            if left == 0 || bytes > limit.bytes {
                // Somebody who asks again learns that there is no more.
                return Ok(Page {
                    entries,
                    more: true,
                });
            }
            let typical = bytes / (entries.len() as u64).max(1);
            let fitting = match limit.bytes.saturating_sub(bytes).checked_div(typical) {
                Some(fitting) => fitting.max(1),
                None => FIRST_ENTRIES,
            };
            let page = self
                .hctx
                .omap_vals(&after, prefix, left.min(fitting))
                .or_else(|errno| match errno {
                    Errno::ENOENT => Ok(Page {
                        entries: Vec::new(),
                        more: false,
                    }),
                    errno => Err(fault("map_get_vals", errno)),
                })?;
            let more = page.more && !page.entries.is_empty();
            if let Some((last, _)) = page.entries.last() {
                after = last.clone();
            }
            for pair in page.entries {
                work.step()?;
                work.read(pair.1.len())?;
                if !span.goes_on_to(&pair.0) {
                    return Ok(Page {
                        entries,
                        more: false,
                    });
                }
                if bytes > limit.bytes {
                    return Ok(Page {
                        entries,
                        more: true,
                    });
                }
                bytes = bytes.saturating_add((pair.0.len() + pair.1.len()) as u64);
                entries.push(pair);
            }
            if !more {
                return Ok(Page {
                    entries,
                    more: false,
                });
            }
        }
    }

    /// The OSD lists keys without their values to nobody: each page of entries is dropped before the next is asked for.
    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        let page = self.omap_range(span, limit, work)?;
        let mut entries = Vec::with_capacity(page.entries.len());
        for (key, value) in page.entries {
            work.read_in_vain(value.len())?;
            entries.push((key, value.len() as u64));
        }
        Ok(Page {
            entries,
            more: page.more,
        })
    }

    fn omap_header(&self, work: &mut Work) -> Result<Bytes, ObjectError> {
        work.step()?;
        let absent = [Errno::ENOENT];
        let header = found("map_read_header", &absent, self.hctx.omap_header())?;
        Ok(header.unwrap_or_default())
    }
}

fn padded(piece: &Bytes, length: u64) -> Result<Bytes, Fault> {
    let length = usize::try_from(length).map_err(|_| fault("read", Errno::EFBIG))?;
    let mut whole = BytesMut::zeroed(length);
    whole[..piece.len()].copy_from_slice(piece);
    Ok(whole.freeze())
}
