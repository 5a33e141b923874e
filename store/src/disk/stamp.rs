//! What every batch says of itself and of those before it: one row, rewritten by each.

use objclass::Fault;

use super::{
    key::{LAST_VERSION, Table},
    rows::{self, Tables},
};

/// The row under [`LAST_VERSION`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The last version given.
    pub(super) last: u64,
    /// The number of the batch: one more than that of the batch before it.
    pub(super) batch: u64,
    /// The last batch known to be on stable storage when this one was made. If one up to it is not found, something
    /// acknowledged was lost; later ones a crash may take.
    pub(super) stable: u64,
}

const WORD: usize = size_of::<u64>();

impl Stamp {
    pub(super) fn encode(self) -> Vec<u8> {
        [self.last, self.batch, self.stable]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Stamp> {
        let (words, rest) = payload.as_chunks::<WORD>();
        let word = u64::from_le_bytes;
        match (words, rest) {
            (&[last, batch, stable], []) => Some(Stamp {
                last: word(last),
                batch: word(batch),
                stable: word(stable),
            }),
            // Format 1 had no more.
            (&[last], []) => Some(Stamp {
                last: word(last),
                ..Stamp::default()
            }),
            _ => None,
        }
    }

    /// The stamp of the newest batch in the store; zeros before the first.
    pub(super) fn newest(tables: &Tables) -> Result<Stamp, Fault> {
        let view = tables.database.snapshot();
        match rows::get(&view, tables, Table::Meta, LAST_VERSION)? {
            None => Ok(Stamp::default()),
            Some(payload) => Stamp::decode(&payload).ok_or_else(|| {
                Fault::new(
                    "the row of the last version has the wrong length; restore the store from a backup",
                )
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_read_back_and_those_of_format_1_too() {
        let stamp = Stamp {
            last: 1,
            batch: 2,
            stable: 3,
        };
        assert_eq!(Stamp::decode(&stamp.encode()), Some(stamp));
        let old = Stamp::decode(&7_u64.to_le_bytes()).unwrap();
        assert_eq!((old.last, old.batch, old.stable), (7, 0, 0));
        for length in [0, 7, 9, 16, 23, 25] {
            assert_eq!(Stamp::decode(&vec![1; length]), None);
        }
    }
}
