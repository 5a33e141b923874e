//! The overlay against the naive model: every answer, nested scopes, and what is committed.

use proptest::{collection::vec, prelude::*};

use super::{
    model::{Base, Naive, Object, apply, commit, page},
    *,
};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Create(bool),
    Remove,
    Write(u64, Bytes),
    WriteFull(Bytes),
    Append(Bytes),
    Truncate(u64),
    Zero(u64, u64),
    SetXattr(Bytes, Bytes),
    RemoveXattr(Bytes),
    OmapSet(Vec<(Bytes, Bytes)>),
    OmapRemove(Vec<Bytes>),
    OmapRemoveRange(Bytes, Bytes),
    OmapClear,
    OmapHeader(Bytes),
}

#[derive(Clone, Debug)]
enum Step {
    Op(Op),
    Read(u64, u64),
    List(Bytes, Bytes, u64, u64),
    Begin,
    End(bool),
}

const QUOTAS: Quotas = Quotas {
    object_size: 40,
    xattr_name: 2,
    xattr_value: 5,
    xattr_count: 3,
    xattr_bytes: 12,
    omap_key: 3,
    omap_value: 5,
    omap_entries: 8,
    omap_bytes: 30,
    pool_objects: 1_000,
};

fn small() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..45_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 3)]
}

fn data() -> impl Strategy<Value = Bytes> {
    vec(1..255_u8, 0..12).prop_map(Bytes::from)
}

fn key() -> impl Strategy<Value = Bytes> {
    vec(prop_oneof![Just(b'a'), Just(b'b'), Just(0)], 0..4).prop_map(Bytes::from)
}

fn value() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..7).prop_map(Bytes::from)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => any::<bool>().prop_map(Op::Create),
        1 => Just(Op::Remove),
        6 => (small(), data()).prop_map(|(at, data)| Op::Write(at, data)),
        1 => data().prop_map(Op::WriteFull),
        2 => data().prop_map(Op::Append),
        2 => small().prop_map(Op::Truncate),
        3 => (small(), small()).prop_map(|(at, length)| Op::Zero(at, length)),
        2 => (key(), value()).prop_map(|(name, value)| Op::SetXattr(name, value)),
        1 => key().prop_map(Op::RemoveXattr),
        5 => vec((key(), value()), 0..4).prop_map(Op::OmapSet),
        2 => vec(key(), 0..3).prop_map(Op::OmapRemove),
        3 => (key(), key()).prop_map(|(begin, end)| Op::OmapRemoveRange(begin, end)),
        1 => Just(Op::OmapClear),
        1 => value().prop_map(Op::OmapHeader),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => op().prop_map(Step::Op),
        2 => (small(), small()).prop_map(|(at, length)| Step::Read(at, length)),
        2 => (key(), key(), 0..5_u64, 0..12_u64)
            .prop_map(|(after, prefix, entries, bytes)| Step::List(after, prefix, entries, bytes)),
        2 => Just(Step::Begin),
        2 => any::<bool>().prop_map(Step::End),
    ]
}

fn object() -> impl Strategy<Value = Object> {
    let map = |key: fn(&Bytes) -> bool, size| {
        vec((self::key().prop_filter("a legal key", key), value()), size)
            .prop_map(|pairs| pairs.into_iter().collect())
    };
    let object = (
        vec(1..255_u8, 0..30),
        map(|key| (1..3).contains(&key.len()), 0..3),
        map(|key| !key.is_empty(), 0..7),
        value(),
    );
    proptest::option::weighted(
        0.8,
        object.prop_map(|(data, xattrs, omap, header)| Naive {
            data,
            xattrs,
            omap,
            header,
        }),
    )
}

fn run(t: &mut Transaction, op: &Op) -> Result<(), ObjectError> {
    match op.clone() {
        Op::Create(exclusive) => t.create(exclusive),
        Op::Remove => t.remove(),
        Op::Write(at, data) => t.write(at, data),
        Op::WriteFull(data) => t.write_full(data),
        Op::Append(data) => t.append(data),
        Op::Truncate(size) => t.truncate(size),
        Op::Zero(at, length) => t.zero(at, length),
        Op::SetXattr(name, value) => t.set_xattr(&name, value),
        Op::RemoveXattr(name) => t.remove_xattr(&name),
        Op::OmapSet(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| (&key[..], value.clone()))
                .collect();
            t.omap_set(&entries)
        }
        Op::OmapRemove(keys) => t.omap_remove(&keys.iter().map(|key| &key[..]).collect::<Vec<_>>()),
        Op::OmapRemoveRange(begin, end) => t.omap_remove_range(&begin, &end),
        Op::OmapClear => t.omap_clear(),
        Op::OmapHeader(header) => t.omap_set_header(header),
    }
}

fn answer<T>(result: Result<T, ObjectError>) -> Result<T, Errno> {
    result.map_err(|error| match error {
        ObjectError::Errno(errno) => errno,
        other => panic!("{other}"),
    })
}

/// Compares everything a reader can ask.
fn check(t: &mut Transaction, model: &Object) -> Result<(), TestCaseError> {
    let size = answer(t.stat().map(|stat| stat.size));
    let whole = answer(t.read(0, 0));
    let xattrs = answer(t.xattrs());
    let omap = answer(t.omap_vals(b"", b"", ALL)).unwrap().entries;
    let keys = answer(t.omap_keys(b"", ALL)).unwrap().entries;
    let header = answer(t.omap_header()).unwrap();
    prop_assert_eq!(answer(t.exists()), Ok(model.is_some()));
    let Some(model) = model else {
        prop_assert_eq!(size, Err(Errno::ENOENT));
        prop_assert_eq!(whole, Err(Errno::ENOENT));
        prop_assert_eq!(xattrs, Err(Errno::ENOENT));
        prop_assert!(omap.is_empty() && keys.is_empty() && header.is_empty());
        return Ok(());
    };
    prop_assert_eq!(size, Ok(model.data.len() as u64));
    prop_assert_eq!(&whole.unwrap()[..], &model.data[..]);
    prop_assert_eq!(
        xattrs.unwrap(),
        model.xattrs.clone().into_iter().collect::<Vec<_>>()
    );
    prop_assert_eq!(omap, model.omap.clone().into_iter().collect::<Vec<_>>());
    prop_assert_eq!(keys, model.omap.keys().cloned().collect::<Vec<_>>());
    prop_assert_eq!(&header, &model.header);
    for key in [&b"a"[..], b"b", b"ab", b"\0"] {
        let value = model.omap.get(key).cloned();
        prop_assert_eq!(answer(t.omap_val(key)), value.ok_or(Errno::ENOENT));
        let value = model.xattrs.get(key).cloned();
        prop_assert_eq!(answer(t.xattr(key)), value.ok_or(Errno::ENODATA));
    }
    let some = answer(t.omap_vals_by_keys(&[b"b", b"a", b"a"])).unwrap();
    let expected: Vec<_> = model
        .omap
        .clone()
        .into_iter()
        .filter(|(key, _)| key == "a" || key == "b")
        .collect();
    prop_assert_eq!(some, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_transaction_answers_and_commits_as_the_naive_model(
        base in object(),
        steps in vec(step(), 0..40),
    ) {
        let mut t = Transaction::new(Box::new(Base(base.clone())), info(7), QUOTAS);
        let mut model = base.clone();
        let mut scopes: Vec<Object> = Vec::new();
        for step in steps {
            match step {
                Step::Op(op) => {
                    prop_assert_eq!(answer(run(&mut t, &op)), apply(&mut model, &QUOTAS, &op), "{:?}", op);
                }
                Step::Read(at, length) => {
                    let expected = model.as_ref().ok_or(Errno::ENOENT).map(|object| {
                        let from = (at.min(object.data.len() as u64)) as usize;
                        let rest = &object.data[from..];
                        let length = if length == 0 { u64::MAX } else { length };
                        rest[..length.min(rest.len() as u64) as usize].to_vec()
                    });
                    prop_assert_eq!(answer(t.read(at, length)).map(Vec::from), expected);
                }
                Step::List(after, prefix, entries, bytes) => {
                    let limit = PageLimit { entries, bytes };
                    let all: Vec<_> = model.iter().flat_map(|object| object.omap.clone()).collect();
                    let behind = |key: &Bytes| after.is_empty() || *key > after;
                    let matching = all.iter().filter(|(key, _)| behind(key) && key.starts_with(&prefix));
                    let expected = page(matching.cloned().collect(), limit, |(key, value)| key.len() + value.len());
                    prop_assert_eq!(answer(t.omap_vals(&after, &prefix, limit)), Ok(expected));
                    let keys = all.iter().map(|(key, _)| key.clone()).filter(behind).collect();
                    let expected = page(keys, limit, Bytes::len);
                    prop_assert_eq!(answer(t.omap_keys(&after, limit)), Ok(expected));
                }
                Step::Begin => {
                    t.begin_nested().unwrap();
                    scopes.push(model.clone());
                }
                Step::End(keep) => {
                    prop_assert_eq!(t.end_nested(keep).is_ok(), !scopes.is_empty());
                    if let Some(before) = scopes.pop() && !keep {
                        model = before;
                    }
                }
            }
            check(&mut t, &model)?;
        }
        // Scopes still open are undone.
        if let Some(outermost) = scopes.into_iter().next() {
            model = outermost;
        }
        let mut committed = base;
        if let Some(changes) = t.into_changes() {
            commit(&mut committed, changes);
        }
        prop_assert_eq!(committed, model);
    }
}
