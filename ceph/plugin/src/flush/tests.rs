//! What a transaction means and what the OSD is told come to the same, for random methods; and each special case alone.

use std::sync::Arc;

use bytes::Bytes;
use objclass::{
    CallInfo, Errno, ObjectError, ObjectId, ObjectRead as _, ObjectWrite as _, PageLimit,
};
use transaction::{Quotas, Transaction};

use super::*;
use crate::{
    hctx::model::{Model, ModelObject},
    snapshot::OsdSnapshot,
};

const ALL: PageLimit = PageLimit {
    entries: u64::MAX,
    bytes: u64::MAX,
};

fn over(model: &Arc<Model>) -> Transaction {
    let hctx: Arc<dyn Hctx + Send + Sync> = model.clone();
    let snapshot = OsdSnapshot::new(hctx);
    let info = CallInfo {
        object: ObjectId {
            pool: String::new(),
            namespace: String::new(),
            oid: String::new(),
        },
        version: 0,
        subop: 0,
        origin: String::new(),
    };
    Transaction::new(Box::new(snapshot), info, Quotas::default())
}

fn finish(model: &Model, transaction: Transaction) -> Flushed {
    match transaction.into_changes() {
        None => Ok(()),
        Some(changes) => flush(model, &changes),
    }
}

/// Runs `method` on an OSD that holds `object`; what was called, and the object afterwards.
fn run(
    object: Option<ModelObject>,
    method: impl FnOnce(&mut Transaction),
) -> (Vec<&'static str>, Option<ModelObject>) {
    let model = Arc::new(Model::holding(object));
    let mut transaction = over(&model);
    method(&mut transaction);
    finish(&model, transaction).unwrap();
    (model.calls(), model.after())
}

fn object(data: &[u8]) -> ModelObject {
    ModelObject {
        data: data.to_vec(),
        xattrs: [(b"x".to_vec(), b"1".to_vec())].into(),
        omap: (0..40_u8)
            .map(|key| (vec![b'k', key], vec![key; 3]))
            .collect(),
        header: b"header".to_vec(),
    }
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

#[test]
fn a_method_that_only_reads_tells_the_osd_nothing_else() {
    let (calls, after) = run(Some(object(b"abc")), |t| {
        assert_eq!(t.read(0, 0).unwrap(), &b"abc"[..]);
        assert_eq!(t.xattr(b"x").unwrap(), &b"1"[..]);
        assert_eq!(t.omap_keys(b"", ALL).unwrap().entries.len(), 40);
        assert_eq!(t.omap_header().unwrap(), &b"header"[..]);
    });
    let reads = [
        "stat",
        "read",
        "getxattr",
        "map_get_vals",
        "map_read_header",
    ];
    assert!(calls.iter().all(|call| reads.contains(call)), "{calls:?}");
    assert_eq!(after, Some(object(b"abc")));
}

#[test]
fn a_method_that_only_writes_reads_no_content() {
    // The OSD refuses reads to a method flagged for writing only, except stat.
    let (calls, _) = run(Some(object(b"abc")), |t| {
        t.write(1, bytes("x")).unwrap();
        t.truncate(2).unwrap();
        t.set_xattr(b"x", bytes("2")).unwrap();
        t.omap_set(&[(b"k\x01", bytes("v"))]).unwrap();
        t.omap_remove(&[b"k\x02"]).unwrap();
        t.omap_remove_range(b"k\x05", b"k\x09").unwrap();
        t.omap_set_header(bytes("h")).unwrap();
    });
    let content: Vec<_> = calls
        .iter()
        .filter(|call| call.contains("get") || call.contains("read"))
        .collect();
    assert!(content.is_empty(), "{calls:?}");
}

#[test]
fn replacing_an_object_and_reading_it_is_no_damage() {
    let (calls, after) = run(Some(object(b"old content")), |t| {
        t.write_full(bytes("new")).unwrap();
        assert_eq!(t.read(0, 0).unwrap(), &b"new"[..]);
    });
    assert_eq!(calls, ["stat", "write_full"]);
    assert_eq!(after.unwrap().data, b"new");
}

#[test]
fn a_later_call_of_the_operation_reads_a_replaced_object_without_damage() {
    let model = Arc::new(Model::holding(Some(object(b"old"))));
    let mut first = over(&model);
    first.write_full(bytes("longer than before")).unwrap();
    finish(&model, first).unwrap();
    // RADOS's rule: the size is the new one, the content the old one.
    let mut second = over(&model);
    let read = second.read(0, 0).unwrap();
    assert_eq!(read.len(), 18);
    assert!(read.starts_with(b"old\0"), "{read:?}");
}

#[test]
#[should_panic(expected = "takes the object for damaged")]
fn without_reading_in_two_pieces_it_would_be_taken_for_damaged() {
    let model = Model::holding(Some(object(b"old")));
    model.write_full(b"new").unwrap();
    let _ = model.read(0, 3);
}

#[test]
fn what_the_osd_refuses_ends_the_flush_with_its_errno() {
    let model = Arc::new(Model::holding(None));
    model.refuse("map_set_vals", Errno::EOPNOTSUPP);
    let mut transaction = over(&model);
    transaction.write_full(bytes("data")).unwrap();
    transaction.omap_set(&[(b"k", bytes("v"))]).unwrap();
    transaction.omap_set_header(bytes("h")).unwrap();
    let refused = finish(&model, transaction).unwrap_err();
    assert_eq!(refused.errno, Errno::EOPNOTSUPP);
    assert_eq!(model.calls(), ["stat", "write_full", "map_set_vals"]);
}

#[test]
fn a_read_the_osd_refuses_is_a_fault_that_keeps_the_errno() {
    let model = Arc::new(Model::holding(Some(object(b"abc"))));
    model.refuse("read", Errno::EOPNOTSUPP);
    let mut transaction = over(&model);
    let Err(ObjectError::Fault(fault)) = transaction.read(0, 0) else {
        panic!("a refused read is a fault");
    };
    let failure = crate::failure::Failure::from(objclass::CallError::Host(fault));
    assert_eq!(failure.0.errno, Errno::EOPNOTSUPP);
}

#[test]
fn names_of_xattrs_with_a_nul_byte_are_refused_and_not_cut() {
    let model = Arc::new(Model::holding(Some(object(b""))));
    let mut transaction = over(&model);
    assert!(matches!(
        transaction.xattr(b"x\0y"),
        Err(ObjectError::Errno(Errno::ENODATA))
    ));
    transaction.set_xattr(b"x\0y", bytes("v")).unwrap();
    let refused = finish(&model, transaction).unwrap_err();
    assert_eq!(refused.errno, Errno::EINVAL);
}

#[test]
fn a_write_that_changes_nothing_is_a_change() {
    let (calls, after) = run(Some(object(b"abc")), |t| t.create(false).unwrap());
    assert_eq!(calls, ["stat", "create"]);
    assert_eq!(after, Some(object(b"abc")));
    let (calls, after) = run(None, |t| t.create(true).unwrap());
    assert_eq!(calls, ["stat", "create"]);
    assert_eq!(after, Some(ModelObject::default()));
}

/// Random arguments, the same for one seed everywhere.
struct Random(fastrand::Rng);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.u64(..bound)
    }

    fn data(&mut self, longest: u64) -> Vec<u8> {
        let length = self.below(longest);
        (0..length).map(|_| self.0.u8(1..)).collect()
    }

    fn key(&mut self) -> Vec<u8> {
        vec![b'k', self.0.u8(..50)]
    }
}

/// One random write, on the transaction and on a plain object.
fn write(random: &mut Random, t: &mut Transaction, plain: &mut Option<ModelObject>) {
    let at = |number: u64| usize::try_from(number).expect("small");
    match random.below(12) {
        0 => {
            t.create(false).unwrap();
            plain.get_or_insert_default();
        }
        1 => {
            let _ = t.remove();
            *plain = None;
        }
        2 | 3 => {
            let (offset, data) = (random.below(30), random.data(12));
            t.write(offset, data.clone().into()).unwrap();
            let object = plain.get_or_insert_default();
            let end = at(offset) + data.len();
            if object.data.len() < end {
                object.data.resize(end, 0);
            }
            object.data[at(offset)..end].copy_from_slice(&data);
        }
        4 => {
            let data = random.data(30);
            t.write_full(data.clone().into()).unwrap();
            plain.get_or_insert_default().data = data;
        }
        5 => {
            let size = random.below(40);
            t.truncate(size).unwrap();
            if let Some(object) = plain {
                object.data.resize(at(size), 0);
            }
        }
        6 => {
            let (offset, length) = (random.below(30), random.below(20));
            t.zero(offset, length).unwrap();
            if let Some(object) = plain {
                let end = at(offset + length).min(object.data.len());
                if at(offset) < end {
                    object.data[at(offset)..end].fill(0);
                }
            }
        }
        7 => {
            let value = random.data(4);
            t.set_xattr(b"x", value.clone().into()).unwrap();
            let object = plain.get_or_insert_default();
            object.xattrs.insert(b"x".to_vec(), value);
        }
        8 => {
            let (key, value) = (random.key(), random.data(4));
            t.omap_set(&[(&key, value.clone().into())]).unwrap();
            plain.get_or_insert_default().omap.insert(key, value);
        }
        9 => {
            let key = random.key();
            if t.omap_remove(&[&key]).is_ok() {
                plain.as_mut().expect("it is there").omap.remove(&key);
            }
        }
        10 => {
            let (begin, end) = (random.key(), random.key());
            if t.omap_remove_range(&begin, &end).is_ok() {
                let omap = &mut plain.as_mut().expect("it is there").omap;
                omap.retain(|key, _| *key < begin || *key >= end);
            }
        }
        _ if random.below(2) == 0 => {
            if t.omap_clear().is_ok() {
                let object = plain.as_mut().expect("it is there");
                object.omap.clear();
                object.header.clear();
            }
        }
        _ => {
            let header = random.data(4);
            t.omap_set_header(header.clone().into()).unwrap();
            plain.get_or_insert_default().header = header;
        }
    }
}

/// Everything the transaction shows of the object.
fn seen(t: &mut Transaction) -> Option<ModelObject> {
    t.stat().ok()?;
    let pairs = |pairs: Vec<(Bytes, Bytes)>| {
        pairs
            .into_iter()
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect()
    };
    Some(ModelObject {
        data: t.read(0, 0).unwrap().to_vec(),
        xattrs: pairs(t.xattrs().unwrap()),
        omap: pairs(t.omap_vals(b"", b"", ALL).unwrap().entries),
        header: t.omap_header().unwrap().to_vec(),
    })
}

#[test]
fn random_methods_see_their_writes_and_leave_what_they_saw() {
    let mut random = Random(fastrand::Rng::with_seed(0x9e37_79b9_7f4a_7c15));
    for round in 0..20_000 {
        let begin = match random.below(3) {
            0 => None,
            _ => Some(object(&random.data(20))),
        };
        let model = Arc::new(Model::holding(begin.clone()));
        let mut transaction = over(&model);
        let mut plain = begin;
        for _ in 0..=random.below(6) {
            write(&mut random, &mut transaction, &mut plain);
            if random.below(4) == 0 {
                assert_eq!(seen(&mut transaction), plain, "round {round}");
            }
        }
        assert_eq!(seen(&mut transaction), plain, "round {round}");
        finish(&model, transaction).unwrap();
        assert_eq!(model.after(), plain, "round {round}: {:?}", model.calls());
    }
}

#[test]
fn listings_go_on_over_many_pages() {
    let many = ModelObject {
        omap: (0..2_000_u16)
            .map(|key| (key.to_be_bytes().to_vec(), vec![1; 10]))
            .collect(),
        ..ModelObject::default()
    };
    let (_, after) = run(Some(many.clone()), |t| {
        let page = t.omap_vals(b"", b"", ALL).unwrap();
        assert_eq!(page.entries.len(), 2_000);
        assert!(!page.more);
        let page = t.omap_vals(b"", b"\x03", ALL).unwrap();
        assert_eq!(page.entries.len(), 256);
        t.omap_remove_range(&[0, 1], &[7, 0]).unwrap();
        let page = t.omap_keys(b"", ALL).unwrap();
        assert_eq!(page.entries.len(), 2_000 - 7 * 256 + 1);
    });
    assert_eq!(after.unwrap().omap.len(), 2_000 - 7 * 256 + 1);
}
