//! How rows are named. The prose is in `docs/format.md`; every length here is derived from the field before it.

use objclass::ObjectId;
use transaction::Quotas;

/// The tables of a store. Each is a keyspace of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    /// Object id → head.
    Heads,
    /// Object number, extent index → data.
    Data,
    /// Object number, name → value.
    Xattrs,
    /// Object number, key → value; with an empty key the omap header.
    Omap,
    /// Facts about the store.
    Meta,
}

impl Table {
    pub(crate) const ALL: [Table; 5] = [
        Table::Heads,
        Table::Data,
        Table::Xattrs,
        Table::Omap,
        Table::Meta,
    ];

    /// The name of its keyspace.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Table::Heads => "heads",
            Table::Data => "data",
            Table::Xattrs => "xattrs",
            Table::Omap => "omap",
            Table::Meta => "meta",
        }
    }
}

/// Ends an escaped name. Sorts before every continuation of it.
const END: [u8; 2] = [0, 0];
/// Stands for a zero byte inside a name.
const ESCAPED_ZERO: [u8; 2] = [0, 1];
/// Sorts behind everything that begins with an ended name, and before everything that begins with a longer one.
const AFTER_END: [u8; 2] = [0, 1];

/// The row of [`Table::Meta`] that holds the last version given.
pub(crate) const LAST_VERSION: &[u8] = b"last version";

/// The row of [`Table::Meta`] that says that what every pool holds was counted.
pub(crate) const COUNTED: &[u8] = b"usage counted";
/// What the keys of the rows of [`Table::Meta`] begin with that hold how much a pool holds.
const COUNT: &[u8] = b"objects ";
/// Sorts behind all of them.
const BEHIND_COUNTS: &[u8] = b"objects!";

/// The key of the row that holds how much is in a pool.
pub(crate) fn count(pool: &str) -> Vec<u8> {
    [COUNT, pool.as_bytes()].concat()
}

/// The first key behind all rows of counts.
pub(crate) fn behind_counts() -> Vec<u8> {
    BEHIND_COUNTS.to_vec()
}

/// The pool whose count is under `key`.
pub(crate) fn counted_pool(key: &[u8]) -> Option<String> {
    let pool = key.strip_prefix(COUNT)?;
    String::from_utf8(pool.to_vec()).ok()
}

/// What the keys of the rows of [`Table::Meta`] begin with that say which numbers' rows are garbage.
const GARBAGE: &[u8] = b"garbage ";
/// Sorts after all of them.
const AFTER_GARBAGE: &[u8] = b"garbage!";

/// The key of the note that every row of `table` under `number` is garbage; `None` for tables whose rows have no number.
pub(crate) fn garbage(table: Table, number: u64) -> Option<Vec<u8>> {
    let letter = match table {
        Table::Data => b'd',
        Table::Xattrs => b'x',
        Table::Omap => b'o',
        Table::Heads | Table::Meta => return None,
    };
    Some([GARBAGE, &[letter], &number.to_be_bytes()].concat())
}

/// The keys of all notes of garbage: the first that could be, and the first after the last.
pub(crate) fn all_garbage() -> (&'static [u8], &'static [u8]) {
    (GARBAGE, AFTER_GARBAGE)
}

/// The table and the number a note of garbage is about.
pub(crate) fn parse_garbage(key: &[u8]) -> Option<(Table, u64)> {
    let (letter, number) = key.strip_prefix(GARBAGE)?.split_first()?;
    let table = match letter {
        b'd' => Table::Data,
        b'x' => Table::Xattrs,
        b'o' => Table::Omap,
        _ => return None,
    };
    Some((table, u64::from_be_bytes(number.try_into().ok()?)))
}

/// What the keys of the rows of [`Table::Meta`] begin with that hold receipts.
const RECEIPT: &[u8] = b"receipt ";
/// Sorts after all of them.
const AFTER_RECEIPTS: &[u8] = b"receipt!";

/// The key of a receipt of a pool: `receipt escaped(pool) 00 00`, slot.
pub(crate) fn receipt(pool_name: &str, slot: u32) -> Vec<u8> {
    [RECEIPT, &pool(pool_name), &slot.to_be_bytes()].concat()
}

/// The keys of the receipts of one pool or of all: the first that could be, and the first after the last.
pub(crate) fn receipts(pool_name: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    match pool_name {
        Some(name) => {
            let of_pool = [RECEIPT, &pool(name)].concat();
            (of_pool.clone(), behind(of_pool))
        }
        None => (RECEIPT.to_vec(), AFTER_RECEIPTS.to_vec()),
    }
}

/// The slot a key of a receipt ends with.
pub(crate) fn receipt_slot(key: &[u8]) -> u32 {
    key.last_chunk().map_or(0, |slot| u32::from_be_bytes(*slot))
}

/// Bytes of an object number at the start of a row's key.
pub(crate) const NUMBER: usize = size_of::<u64>();
/// Bytes of a key in [`Table::Data`].
const EXTENT_KEY: usize = NUMBER + size_of::<u32>();

/// The key of an object's head: `escaped(pool) 00 00 escaped(namespace) 00 00 oid`.
///
/// Keys sort as (pool, namespace, oid) do, byte by byte, and no two ids share one, whatever bytes they hold.
pub(crate) fn head(id: &ObjectId) -> Vec<u8> {
    let mut key = within(&id.pool, &id.namespace);
    key.extend_from_slice(id.oid.as_bytes());
    key
}

/// What the keys of all heads of a pool begin with.
pub(crate) fn pool(pool: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(pool.len() + 2 * END.len() + 64);
    push_escaped(&mut key, pool);
    key
}

/// What the keys of all heads of a namespace begin with.
pub(crate) fn within(pool_name: &str, namespace: &str) -> Vec<u8> {
    let mut key = pool(pool_name);
    push_escaped(&mut key, namespace);
    key
}

/// The first key behind everything that begins with `ended`, which ends with [`END`].
pub(crate) fn behind(mut ended: Vec<u8>) -> Vec<u8> {
    ended.truncate(ended.len() - END.len());
    ended.extend_from_slice(&AFTER_END);
    ended
}

fn push_escaped(key: &mut Vec<u8>, name: &str) {
    for byte in name.bytes() {
        match byte {
            0 => key.extend_from_slice(&ESCAPED_ZERO),
            byte => key.push(byte),
        }
    }
    key.extend_from_slice(&END);
}

/// The id a head's key stands for; `None` for a key no id has.
pub(crate) fn object_id(key: &[u8]) -> Option<ObjectId> {
    let (pool, rest) = unescape(key)?;
    let (namespace, oid) = unescape(rest)?;
    Some(ObjectId {
        pool,
        namespace,
        oid: str::from_utf8(oid).ok()?.to_owned(),
    })
}

/// The name at the start of `key`, and what follows it.
fn unescape(key: &[u8]) -> Option<(String, &[u8])> {
    let mut name = Vec::new();
    let mut at = 0;
    loop {
        match (key.get(at)?, key.get(at + 1)) {
            (0, Some(0)) => {
                return Some((String::from_utf8(name).ok()?, &key[at + END.len()..]));
            }
            (0, Some(1)) => {
                name.push(0);
                at += ESCAPED_ZERO.len();
            }
            (0, _) => return None,
            (byte, _) => {
                name.push(*byte);
                at += 1;
            }
        }
    }
}

/// The key of one extent. Big-endian, so that extents sort by position.
pub(crate) fn extent(number: u64, index: u32) -> [u8; EXTENT_KEY] {
    let mut key = [0; EXTENT_KEY];
    key[..NUMBER].copy_from_slice(&number.to_be_bytes());
    key[NUMBER..].copy_from_slice(&index.to_be_bytes());
    key
}

/// The object number and extent index of a key in [`Table::Data`].
pub(crate) fn parse_extent(key: &[u8]) -> Option<(u64, u32)> {
    let (number, index) = parse_entry(key)?;
    Some((number, u32::from_be_bytes(index.try_into().ok()?)))
}

/// Longest name of an xattr and longest omap key that is ever stored. The engine takes keys of up to 65,535 bytes, and
/// panics at longer ones.
pub(crate) const MAX_NAME: usize = 32 << 10;
const _: () = assert!(MAX_NAME as u64 == Quotas::MAX_KEY);

/// The key of an xattr or an omap entry.
///
/// A name may come from anybody and be of any length: of one that is too long to be stored the key is that of its beginning,
/// one byte longer than any stored, so it stands for no row and sorts among them as the whole name does.
pub(crate) fn entry(number: u64, name: &[u8]) -> Vec<u8> {
    let name = &name[..name.len().min(MAX_NAME + 1)];
    let mut key = Vec::with_capacity(NUMBER + name.len());
    key.extend_from_slice(&number.to_be_bytes());
    key.extend_from_slice(name);
    key
}

/// The object number and the name of a key in [`Table::Xattrs`] or [`Table::Omap`].
pub(crate) fn parse_entry(key: &[u8]) -> Option<(u64, &[u8])> {
    let (number, name) = key.split_first_chunk::<NUMBER>()?;
    Some((u64::from_be_bytes(*number), name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        // Few letters, the terminator's among them: collisions and wrong orders are near.
        proptest::collection::vec(prop_oneof!["\0", "\u{1}", "a", "b", "\u{10ffff}"], 0..4)
            .prop_map(|parts| parts.concat())
    }

    fn id() -> impl Strategy<Value = ObjectId> {
        (name(), name(), name()).prop_map(|(pool, namespace, oid)| ObjectId {
            pool,
            namespace,
            oid,
        })
    }

    proptest! {
        #[test]
        fn keys_sort_as_ids_and_read_back(a in id(), b in id()) {
            prop_assert_eq!(head(&a).cmp(&head(&b)), a.cmp(&b));
            prop_assert_eq!(object_id(&head(&a)), Some(a));
        }

        #[test]
        fn the_key_behind_a_namespace_parts_it_from_the_next(a in id(), b in id()) {
            let end = behind(within(&a.pool, &a.namespace));
            let inside = (&b.pool, &b.namespace) <= (&a.pool, &a.namespace);
            prop_assert_eq!(head(&b) < end, inside);
            let end = behind(pool(&a.pool));
            prop_assert_eq!(head(&b) < end, b.pool <= a.pool);
        }
    }

    #[test]
    fn notes_of_garbage_read_back() {
        for table in [Table::Data, Table::Xattrs, Table::Omap] {
            let key = garbage(table, 258).unwrap();
            assert_eq!(parse_garbage(&key), Some((table, 258)));
            let (first, end) = all_garbage();
            assert!(first < &key[..] && &key[..] < end);
        }
        assert_eq!(garbage(Table::Meta, 1), None);
        assert_eq!(parse_garbage(b"garbage o1234567"), None);
    }

    #[test]
    fn row_keys_read_back_and_sort_by_position() {
        assert_eq!(parse_extent(&extent(7, 258)), Some((7, 258)));
        assert!(extent(7, 255) < extent(7, 256) && extent(7, u32::MAX) < extent(8, 0));
        assert_eq!(parse_entry(&entry(9, b"k")), Some((9, &b"k"[..])));
        assert_eq!(parse_extent(b"short"), None);
    }

    #[test]
    fn names_of_any_length_sort_among_those_that_are_stored() {
        let name = |length: usize, last: u8| {
            let mut name = vec![b'k'; length];
            name.push(last);
            name
        };
        let longest = name(MAX_NAME - 1, b'k');
        let long = name(100_000, b'k');
        assert_eq!(parse_entry(&entry(7, &longest)), Some((7, &longest[..])));
        assert!(entry(7, &long).len() < 40_000);
        for stored in [
            longest,
            name(MAX_NAME - 1, b'l'),
            name(5, b'z'),
            name(5, b'a'),
        ] {
            assert_eq!(stored.cmp(&long), entry(7, &stored).cmp(&entry(7, &long)));
        }
        assert!(entry(7, &long) < entry(8, b""));
    }
}
