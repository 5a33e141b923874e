//! A host that does not count what an object holds, such as an OSD.

use objclass::{Fault, ObjectError, Page, Pair, Work};

use super::*;
use crate::{Head, Snapshot, Span};

/// An object of four bytes whose content nobody may ask for.
#[derive(Debug)]
struct Uncounted;

impl Snapshot for Uncounted {
    fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(Some(Head {
            size: 4,
            ..Head::default()
        }))
    }

    fn counts(&self) -> bool {
        false
    }

    fn read(&self, _: u64, _: u64, _: &mut Work) -> Result<Bytes, ObjectError> {
        panic!("data was read")
    }

    fn xattr(&self, _: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        panic!("an xattr was read")
    }

    fn xattrs(&self, _: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        panic!("xattrs were read")
    }

    fn omap_val(&self, _: &[u8], _: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        panic!("an omap value was read")
    }

    fn omap_range(
        &self,
        _: Span<'_>,
        _: PageLimit,
        _: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        panic!("the omap was listed")
    }

    fn omap_keys(
        &self,
        _: Span<'_>,
        _: PageLimit,
        _: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        panic!("the omap's keys were listed")
    }

    fn omap_header(&self, _: &mut Work) -> Result<Bytes, ObjectError> {
        panic!("the header was read")
    }
}

fn uncounted(quotas: Quotas) -> Transaction {
    Transaction::new(Box::new(Uncounted), info(1), quotas)
}

#[test]
fn writing_reads_nothing_only_to_count() {
    let mut t = uncounted(Quotas::default());
    let value = Bytes::from_static(b"v");
    t.write(2, value.clone()).unwrap();
    t.truncate(3).unwrap();
    t.zero(0, 1).unwrap();
    t.set_xattr(b"x", value.clone()).unwrap();
    t.omap_set(&[(b"k", value.clone())]).unwrap();
    t.omap_remove(&[b"k", b"old"]).unwrap();
    t.omap_remove_range(b"a", b"b").unwrap();
    t.omap_set_header(value).unwrap();
    let written = written(t);
    // Whether the key was there is not known, so it is removed.
    let removed: Vec<_> = written.omap.iter().collect();
    assert_eq!(removed.len(), 2);
    assert!(removed.iter().all(|(_, value)| value.is_none()));
    assert_eq!(written.omap_removed.len(), 1);
}

#[test]
fn quotas_on_totals_see_what_the_transaction_adds() {
    let mut t = uncounted(Quotas {
        omap_entries: 2,
        xattr_count: 1,
        ..Quotas::default()
    });
    let value = Bytes::from_static(b"v");
    t.omap_set(&[(b"a", value.clone()), (b"b", value.clone())])
        .unwrap();
    let one_more = t.omap_set(&[(b"c", value.clone())]);
    assert_eq!(errno(one_more), Errno::EDQUOT);
    t.omap_remove(&[b"a"]).unwrap();
    t.omap_set(&[(b"c", value.clone())]).unwrap();
    t.set_xattr(b"x", value.clone()).unwrap();
    t.set_xattr(b"x", value.clone()).unwrap();
    assert_eq!(errno(t.set_xattr(b"y", value)), Errno::EDQUOT);
}
