//! The changes of a call that succeeded, as writes of the OSD.
//!
//! Each part of the object is written once, after everything was read. The first refusal ends the flush; the OSD
//! then drops what was queued before it, because the method answers with an error.

use objclass::Errno;
use transaction::{Changes, Segment, Written};

use crate::hctx::{Answer, Hctx, Refused};

type Flushed = Result<(), Refused>;

fn step(call: &'static str, answer: Answer<()>) -> Flushed {
    answer.map_err(|errno| Refused { call, errno })
}

/// Queues `changes`.
pub(crate) fn flush(hctx: &dyn Hctx, changes: &Changes) -> Flushed {
    match changes {
        Changes::Removed => step("remove", hctx.remove()),
        Changes::Written(written) => {
            // How much data the object had; `None` when it was not there.
            let before = match written.before {
                Some(_) if written.fresh => {
                    step("remove", hctx.remove())?;
                    None
                }
                before => before.map(|head| head.size),
            };
            // Cutting, zeroing and clearing do nothing to an object that is not there.
            if before.is_none() && !matches!(written.segments.first(), Some((_, Segment::Bytes(_))))
            {
                step("create", hctx.create(false))?;
            }
            let touched = data(hctx, written, before)?
                | xattrs(hctx, written)?
                | omap(hctx, written, before.is_some())?;
            if before.is_some() && !touched {
                // A write that changes nothing counts as a change all the same.
                step("create", hctx.create(false))?;
            }
            Ok(())
        }
    }
}

/// Returns whether anything was queued.
fn data(hctx: &dyn Hctx, written: &Written, before: Option<u64>) -> Result<bool, Refused> {
    let Written {
        size,
        kept,
        segments,
        ..
    } = written;
    let (size, kept) = (*size, *kept);
    if let [(0, Segment::Bytes(bytes))] = &segments[..]
        && bytes.len() as u64 == size
        && kept == 0
    {
        step("write_full", hctx.write_full(bytes))?;
        return Ok(true);
    }
    // What the object has now as data; everything after it reads as zeros once something is written farther on.
    let mut end = before.unwrap_or(0);
    let mut queued = false;
    if kept < end {
        step("truncate", hctx.truncate(kept))?;
        end = kept;
        queued = true;
    }
    for (offset, segment) in segments {
        match segment {
            Segment::Bytes(bytes) => {
                step("write", hctx.write(*offset, bytes))?;
                end = end.max(offset + bytes.len() as u64);
            }
            Segment::Zero(length) => {
                let old = end.saturating_sub(*offset).min(*length);
                if old > 0 {
                    step("write_zero", hctx.zero(*offset, old))?;
                    // An OSD makes zeroing up to the end of the object a cut. What is cut reads as zeros once the
                    // object is extended again.
                    if offset + old == end {
                        end = *offset;
                    }
                }
            }
        }
        queued = true;
    }
    if end < size {
        step("truncate", hctx.truncate(size))?;
        queued = true;
    }
    Ok(queued)
}

fn xattrs(hctx: &dyn Hctx, written: &Written) -> Result<bool, Refused> {
    for (name, value) in &written.xattrs {
        let Some(value) = value else {
            // No class can ask for it: the contract has no removal of xattrs, as the OSD has none for classes.
            return Err(Refused {
                call: "rmxattr",
                errno: Errno::EOPNOTSUPP,
            });
        };
        if name.contains(&0) {
            return Err(Refused {
                call: "setxattr",
                errno: Errno::EINVAL,
            });
        }
        step("setxattr", hctx.set_xattr(name, value))?;
    }
    Ok(!written.xattrs.is_empty())
}

fn omap(hctx: &dyn Hctx, written: &Written, was_there: bool) -> Result<bool, Refused> {
    let mut queued = false;
    if written.omap_cleared && was_there {
        step("map_clear", hctx.omap_clear())?;
        queued = true;
    }
    for (begin, end) in &written.omap_removed {
        step("map_remove_range", hctx.omap_remove_range(begin, end))?;
        queued = true;
    }
    let mut set: Vec<(&[u8], &[u8])> = Vec::new();
    for (key, value) in &written.omap {
        match value {
            Some(value) => set.push((key, value)),
            None => {
                step("map_remove_key", hctx.omap_remove(key))?;
                queued = true;
            }
        }
    }
    if !set.is_empty() {
        step("map_set_vals", hctx.omap_set(&set))?;
        queued = true;
    }
    if let Some(header) = &written.omap_header {
        step("map_write_header", hctx.omap_set_header(header))?;
        queued = true;
    }
    Ok(queued)
}

#[cfg(test)]
mod tests;
