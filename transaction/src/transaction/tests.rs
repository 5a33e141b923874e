#![expect(
    clippy::cast_possible_truncation,
    reason = "positions in the tests are below 100"
)]
use bytes::Bytes;
use objclass::{
    CallInfo, Errno, ObjectContext, ObjectError, ObjectId, ObjectRead, ObjectWrite, PageLimit,
};

use super::*;
use crate::Absent;

mod hidden;
mod model;
mod property;
mod uncounted;

const ALL: PageLimit = PageLimit {
    entries: u64::MAX,
    bytes: u64::MAX,
};

fn info(version: u64) -> CallInfo {
    CallInfo {
        object: ObjectId {
            pool: "pool".into(),
            namespace: String::new(),
            oid: "object".into(),
        },
        version,
        subop: 0,
        origin: "test".into(),
    }
}

fn absent() -> Transaction {
    Transaction::new(Box::new(Absent), info(0), Quotas::default())
}

fn limited(quotas: Quotas) -> Transaction {
    Transaction::new(Box::new(Absent), info(0), quotas)
}

fn errno<T: std::fmt::Debug>(result: Result<T, ObjectError>) -> Errno {
    match result {
        Err(ObjectError::Errno(errno)) => errno,
        other => panic!("expected an errno, got {other:?}"),
    }
}

fn written(transaction: Transaction) -> Written {
    match transaction.into_changes() {
        Some(Changes::Written(written)) => *written,
        other => panic!("expected written changes, got {other:?}"),
    }
}

#[test]
fn a_missing_object_answers_as_in_rados() {
    let mut t = absent();
    assert_eq!(errno(t.stat()), Errno::ENOENT);
    assert_eq!(errno(t.read(0, 0)), Errno::ENOENT);
    assert_eq!(errno(t.xattr(b"a")), Errno::ENOENT);
    assert_eq!(errno(t.xattrs()), Errno::ENOENT);
    assert_eq!(errno(t.omap_val(b"a")), Errno::ENOENT);
    assert_eq!(errno(t.remove()), Errno::ENOENT);
    assert_eq!(errno(t.omap_remove(&[b"a"])), Errno::ENOENT);
    assert_eq!(errno(t.omap_remove_range(b"a", b"b")), Errno::ENOENT);
    assert_eq!(errno(t.omap_clear()), Errno::ENOENT);
    assert_eq!(errno(t.remove_xattr(b"a")), Errno::ENOENT);
    assert_eq!(errno(t.assert_exists()), Errno::ENOENT);
    assert_eq!(t.omap_keys(b"", ALL).unwrap().entries.len(), 0);
    assert_eq!(t.omap_vals(b"", b"", ALL).unwrap().entries.len(), 0);
    assert_eq!(t.omap_vals_by_keys(&[b"a"]).unwrap().len(), 0);
    assert!(t.omap_header().unwrap().is_empty());
    t.truncate(5).unwrap();
    t.zero(0, 5).unwrap();
    assert_eq!(errno(t.stat()), Errno::ENOENT);
    assert!(t.into_changes().is_none());
}

#[test]
fn created_and_removed_again_is_no_change() {
    let mut t = absent();
    t.create(true).unwrap();
    assert_eq!(errno(t.create(true)), Errno::EEXIST);
    t.create(false).unwrap();
    t.remove().unwrap();
    assert!(t.into_changes().is_none());
}

#[test]
fn offsets_near_the_end_of_u64_do_not_wrap() {
    let mut t = absent();
    let data = Bytes::from_static(b"x");
    assert_eq!(errno(t.write(u64::MAX, data.clone())), Errno::EFBIG);
    assert_eq!(errno(t.write(u64::MAX - 1, data.clone())), Errno::EFBIG);
    assert_eq!(
        errno(t.stat()),
        Errno::ENOENT,
        "a refused write creates nothing"
    );
    t.write(0, data).unwrap();
    assert_eq!(errno(t.truncate(u64::MAX)), Errno::EFBIG);
    t.zero(u64::MAX, u64::MAX).unwrap();
    t.zero(0, u64::MAX).unwrap();
    assert_eq!(t.read(0, u64::MAX).unwrap(), &b"\0"[..]);
    assert!(t.read(u64::MAX, u64::MAX).unwrap().is_empty());
    assert!(t.read(u64::MAX, 0).unwrap().is_empty());
}

#[test]
fn a_small_write_into_a_large_object_is_a_small_change() {
    let mut t = absent();
    t.truncate(1).unwrap();
    t.create(true).unwrap();
    t.truncate(64 << 20).unwrap();
    t.write(1 << 20, Bytes::from(vec![7; 4096])).unwrap();
    let changes = written(t);
    assert_eq!(changes.size, 64 << 20);
    assert_eq!(changes.segments.len(), 1);
    assert_eq!(changes.segments[0].1.length(), 4096);
}

#[test]
fn a_loop_of_small_appends_is_few_segments() {
    let mut t = absent();
    for n in 0..100_000_u32 {
        t.append(Bytes::copy_from_slice(&[n as u8])).unwrap();
    }
    let data = t.read(0, 0).unwrap();
    assert!((0..100_000).all(|n| data[n] == n as u8));
    assert_eq!(written(t).segments.len(), 2);
}

#[test]
fn appending_does_not_change_a_buffer_someone_else_holds() {
    let mut t = absent();
    let held = Bytes::from(vec![1; 10]);
    t.append(held.clone()).unwrap();
    t.append(Bytes::from_static(b"x")).unwrap();
    let read = t.read(0, 0).unwrap();
    t.append(Bytes::from_static(b"y")).unwrap();
    assert_eq!(held, vec![1; 10]);
    assert_eq!(&read[10..], b"x");
    assert_eq!(&t.read(10, 0).unwrap()[..], b"xy");
}

#[test]
fn quotas_refuse_before_anything_is_buffered() {
    let quotas = Quotas {
        object_size: 10,
        xattr_name: 4,
        xattr_value: 4,
        xattr_count: 2,
        xattr_bytes: 12,
        omap_key: 4,
        omap_value: 4,
        omap_entries: 2,
        omap_bytes: 12,
        pool_objects: 1_000,
    };
    let b = |text: &'static str| Bytes::from_static(text.as_bytes());
    let mut t = limited(quotas);
    assert_eq!(errno(t.write(8, b("abc"))), Errno::EFBIG);
    assert_eq!(errno(t.write_full(b("0123456789a"))), Errno::EFBIG);
    assert_eq!(errno(t.set_xattr(b"", b("v"))), Errno::EINVAL);
    assert_eq!(errno(t.set_xattr(b"names", b("v"))), Errno::E2BIG);
    assert_eq!(errno(t.set_xattr(b"name", b("value"))), Errno::E2BIG);
    assert_eq!(errno(t.omap_set(&[(b"", b("v"))])), Errno::EINVAL);
    assert_eq!(errno(t.omap_set(&[(b"keeys", b("v"))])), Errno::E2BIG);
    assert_eq!(errno(t.omap_set(&[(b"k", b("value"))])), Errno::E2BIG);
    assert_eq!(errno(t.omap_set_header(b("value"))), Errno::E2BIG);
    let three = [(&b"a"[..], b("1")), (b"b", b("2")), (b"c", b("3"))];
    assert_eq!(errno(t.omap_set(&three)), Errno::EDQUOT);
    assert_eq!(errno(t.stat()), Errno::ENOENT, "nothing was buffered");

    t.omap_set(&three[..2]).unwrap();
    t.omap_set(&three[1..2]).unwrap();
    assert_eq!(errno(t.omap_set(&three[1..])), Errno::EDQUOT);
    t.omap_set(&[(b"a", b("1234"))]).unwrap();
    assert_eq!(errno(t.omap_set(&[(b"b", b("1234567"))])), Errno::E2BIG);
    t.omap_remove(&[b"a"]).unwrap();
    t.omap_set(&three[2..]).unwrap();

    t.set_xattr(b"a", b("1234")).unwrap();
    t.set_xattr(b"b", b("1234")).unwrap();
    assert_eq!(errno(t.set_xattr(b"c", b("1"))), Errno::EDQUOT);
    t.remove_xattr(b"a").unwrap();
    assert_eq!(errno(t.remove_xattr(b"a")), Errno::ENODATA);
    assert_eq!(errno(t.set_xattr(b"long", b("1234"))), Errno::EDQUOT);
    t.set_xattr(b"c", b("1")).unwrap();

    t.append(b("12345")).unwrap();
    t.append(b("67890")).unwrap();
    assert_eq!(errno(t.append(b("x"))), Errno::EFBIG);
    let changes = written(t);
    assert_eq!(
        changes.omap_tally,
        Tally {
            entries: 2,
            bytes: 4
        }
    );
    assert_eq!(
        changes.xattr_tally,
        Tally {
            entries: 2,
            bytes: 7
        }
    );
    assert_eq!(changes.size, 10);
}

#[test]
fn asserts_answer_the_errnos_of_rados() {
    let mut t = Transaction::new(Box::new(Absent), info(7), Quotas::default());
    assert_eq!(errno(t.assert_version(0)), Errno::EINVAL);
    assert_eq!(errno(t.assert_version(6)), Errno::ERANGE);
    assert_eq!(errno(t.assert_version(8)), Errno::EOVERFLOW);
    t.assert_version(7).unwrap();
    assert_eq!(
        errno(t.compare_xattr(b"a", Comparison::Equal, b"")),
        Errno::ENOENT
    );
    t.set_xattr(b"a", Bytes::from_static(b"m")).unwrap();
    let holds = |t: &mut Transaction, comparison, value: &[u8]| {
        t.compare_xattr(b"a", comparison, value).is_ok()
    };
    assert!(holds(&mut t, Comparison::Equal, b"m") && !holds(&mut t, Comparison::Equal, b"n"));
    assert!(
        holds(&mut t, Comparison::NotEqual, b"n") && !holds(&mut t, Comparison::NotEqual, b"m")
    );
    assert!(holds(&mut t, Comparison::Greater, b"n") && !holds(&mut t, Comparison::Greater, b"m"));
    assert!(holds(&mut t, Comparison::Less, b"a") && !holds(&mut t, Comparison::Less, b"m"));
    assert!(holds(&mut t, Comparison::GreaterOrEqual, b"m"));
    assert!(holds(&mut t, Comparison::LessOrEqual, b"m"));
    assert_eq!(
        errno(t.compare_xattr(b"a", Comparison::Equal, b"x")),
        Errno::ECANCELED
    );
    t.compare_xattr(b"missing", Comparison::Equal, b"").unwrap();
}

#[test]
fn a_scope_left_open_is_undone_at_the_end() {
    let mut t = absent();
    t.begin_nested().unwrap();
    t.create(true).unwrap();
    assert!(t.into_changes().is_none());
    assert!(absent().end_nested(true).is_err());
}

#[test]
fn a_page_ends_with_the_entry_that_crosses_the_byte_mark() {
    let mut t = absent();
    let value = Bytes::from_static(b"123");
    let keys: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
    let entries: Vec<_> = keys.iter().map(|key| (*key, value.clone())).collect();
    t.omap_set(&entries).unwrap();
    for (bytes, count) in [(0, 1), (3, 1), (4, 2), (7, 2), (8, 3), (15, 4), (100, 4)] {
        let limit = PageLimit {
            entries: 100,
            bytes,
        };
        let page = t.omap_vals(b"", b"", limit).unwrap();
        assert_eq!(
            (page.entries.len(), page.more),
            (count, count < 4),
            "{bytes}"
        );
    }
    let none = PageLimit {
        entries: 0,
        bytes: 100,
    };
    let page = t.omap_vals(b"", b"", none).unwrap();
    assert!(page.entries.is_empty() && page.more);
    let page = t.omap_vals(b"d", b"", none).unwrap();
    assert!(page.entries.is_empty() && !page.more);
}
