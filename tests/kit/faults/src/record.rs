//! The record of a run, as the preloaded library writes it.

use std::{fs, io, path::Path, sync::Arc};

/// What happened, in order. Files are told by inode, which may be used again once a file is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new file.
    Create {
        /// Its inode.
        inode: u64,
        /// Where.
        path: String,
    },
    /// A file or directory that was there was opened.
    Open {
        /// Its inode.
        inode: u64,
        /// Where.
        path: String,
    },
    /// Bytes were written.
    Write {
        /// Into this file.
        inode: u64,
        /// From here on.
        at: u64,
        /// What.
        bytes: Arc<[u8]>,
    },
    /// A file was cut or grown.
    Truncate {
        /// This one.
        inode: u64,
        /// To this many bytes.
        length: u64,
    },
    /// A file or directory was synced.
    Sync {
        /// This one.
        inode: u64,
    },
    /// A file was renamed.
    Rename {
        /// From here.
        from: String,
        /// To there.
        to: String,
    },
    /// A file was removed.
    Unlink {
        /// Where it was.
        path: String,
    },
    /// A directory was made.
    MakeDirectory {
        /// Where.
        path: String,
    },
    /// A file was read.
    Read {
        /// This one.
        inode: u64,
    },
    /// The process noted something.
    Mark {
        /// Its words.
        text: String,
    },
    /// A call was made to fail.
    Failed {
        /// Its number in its class.
        number: u64,
    },
}

const HEAD: usize = 1 + 8 + 8 + 4;

/// Reads a record. A last entry that a kill cut short is left out.
///
/// # Errors
/// It cannot be read, or is none.
pub fn read(path: &Path) -> io::Result<Vec<Event>> {
    let bytes = fs::read(path)?;
    let mut events = Vec::new();
    let mut rest = &bytes[..];
    while let Some((head, behind)) = rest.split_first_chunk::<HEAD>() {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let length = u32::from_le_bytes([head[17], head[18], head[19], head[20]]) as usize;
        let Some((payload, next)) = behind.split_at_checked(length) else {
            break;
        };
        events.push(event(head[0], word(1), word(9), payload)?);
        rest = next;
    }
    Ok(events)
}

fn event(kind: u8, inode: u64, at: u64, payload: &[u8]) -> io::Result<Event> {
    let text = || String::from_utf8(payload.to_vec()).map_err(io::Error::other);
    Ok(match kind {
        1 => Event::Create {
            inode,
            path: text()?,
        },
        2 => Event::Open {
            inode,
            path: text()?,
        },
        3 => Event::Write {
            inode,
            at,
            bytes: payload.into(),
        },
        4 => Event::Truncate { inode, length: at },
        5 => Event::Sync { inode },
        6 => {
            let text = text()?;
            let (from, to) = text
                .split_once('\0')
                .ok_or_else(|| io::Error::other("a rename without a second name"))?;
            Event::Rename {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        }
        7 => Event::Unlink { path: text()? },
        8 => Event::MakeDirectory { path: text()? },
        9 => Event::Read { inode },
        10 => Event::Mark { text: text()? },
        11 => Event::Failed { number: at },
        _ => return Err(io::Error::other(format!("no event has kind {kind}"))),
    })
}
