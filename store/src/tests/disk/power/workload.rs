//! What the run does to each object, and what the object is after each step.

use objclass::ObjectError;

use super::*;
use crate::Receipt;

/// Objects, each of a kind of its own and written by one thread.
pub(super) const OBJECTS: usize = 6;
/// Threads; each has so many objects.
pub(super) const THREADS: usize = 3;
/// Commits to each object in one session.
pub(super) const STEPS: usize = 12;
/// Sessions: the first ends with a clean close, the second without, the third begins with a recovery.
pub(super) const SESSIONS: usize = 3;

pub(super) fn object(number: usize) -> ObjectId {
    id(&format!("object-{number}"))
}

/// Whether this step waits for the disk.
pub(super) fn durability(object: usize, step: usize) -> Durability {
    match (object + step) % 3 {
        0 => Durability::Sync,
        _ => Durability::Buffered,
    }
}

/// Step `step` (from 1) of an object. No two steps leave the same, unless both leave nothing.
pub(super) fn write(t: &mut Transaction, object: usize, step: usize) -> Result<(), ObjectError> {
    let byte = u8::try_from(step).unwrap_or_default();
    let fill = |length: usize| Bytes::from(vec![byte; length]);
    match object {
        // Large: whole, then pieces of it, cut and grown.
        0 => match step % 6 {
            1 => t.write_full(fill(70_000 + step))?,
            2 => t.write(20_000, fill(4096))?,
            3 => t.truncate(40_000)?,
            4 => t.append(fill(30_000))?,
            5 => t.zero(10_000, 30_000)?,
            _ => t.write(100_000, fill(1))?,
        },
        // A counter in its head.
        1 => t.write_full(bytes(&format!("counter {step}")))?,
        // There and gone again.
        2 => match step % 4 {
            0 => return t.remove(),
            _ => t.write_full(fill(400 * (step % 4)))?,
        },
        // A log of entries, trimmed now and then.
        3 => match step % 7 {
            0 => t.omap_remove_range(b"", format!("entry-{:04}", step - 2).as_bytes())?,
            _ => {
                let key = format!("entry-{step:04}");
                t.omap_set(&[(key.as_bytes(), fill(200)), (b"newest", bytes(&key))])?;
            }
        },
        // Between head and rows.
        4 => t.write_full(fill(if step.is_multiple_of(2) { 100 } else { 20_000 }))?,
        _ => t.append(bytes(&format!("line {step};")))?,
    }
    // All parts of an object tell the step: parts of two would be seen.
    let mark = bytes(&step.to_string());
    t.set_xattr(b"step", mark.clone())?;
    t.omap_set(&[(b"step", mark.clone())])?;
    t.omap_set_header(mark)
}

/// What the commit of a step leaves beside.
pub(super) fn receipt(object: usize, step: usize) -> Receipt {
    Receipt::new(format!("{object} {step}"), "done").unwrap()
}

/// Whether the receipts that are there are those of the steps whose changes are: none is there without its step, no step without
/// its receipt.
pub(super) fn check_receipts(store: &DiskStore, found: &[Option<Content>]) -> Result<(), String> {
    let receipts = store
        .receipts(&object(0).pool)
        .map_err(|fault| fault.message)?;
    let receipts: Vec<Receipt> = receipts.into_iter().map(|(_, receipt)| receipt).collect();
    for (number, content) in found.iter().enumerate() {
        let Some(content) = content else {
            // Gone by a step it does not tell.
            continue;
        };
        let at = content.xattrs.iter().find(|(name, _)| &name[..] == b"step");
        let at = at.and_then(|(_, step)| std::str::from_utf8(step).ok()?.parse().ok());
        let Some(at) = at else {
            return Err(format!("object {number} does not tell its step"));
        };
        if !receipts.contains(&receipt(number, at)) {
            return Err(format!(
                "object {number} is at step {at}, which left no receipt"
            ));
        }
        if let Some(later) =
            (at + 1..at + 4).find(|step| receipts.contains(&receipt(number, *step)))
        {
            return Err(format!(
                "object {number} is at step {at}, and there is a receipt of {later}"
            ));
        }
    }
    Ok(())
}

/// What each object is after each of its steps, from 0 on, as the memory store has it.
pub(super) fn expected(steps: usize) -> Vec<Vec<Option<Content>>> {
    let oracle = crate::memory();
    (0..OBJECTS)
        .map(|number| {
            let mut states = vec![None];
            for step in 1..=steps {
                change(&oracle, &object(number), |t| write(t, number, step));
                states.push(content(&oracle, &object(number)));
            }
            states
        })
        .collect()
}
