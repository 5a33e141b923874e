//! Reads that do not see the writes of the running call.

use super::*;

/// Everything reads answer, `stat` apart.
fn everything(t: &mut Transaction) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        t.read(0, 0),
        t.xattr(b"a"),
        t.xattrs(),
        t.omap_keys(b"", ALL),
        t.omap_vals(b"", b"", ALL),
        t.omap_val(b"k"),
        t.omap_vals_by_keys(&[b"k", b"l"]),
        t.omap_header()
    )
}

/// A transaction whose earlier steps wrote something of everything.
fn begun() -> Transaction {
    let mut t = absent();
    write_all(&mut t, "before");
    t
}

fn write_all(t: &mut Transaction, text: &'static str) {
    let value = Bytes::from_static(text.as_bytes());
    t.write_full(value.clone()).unwrap();
    t.set_xattr(b"a", value.clone()).unwrap();
    t.omap_set(&[(b"k", value.clone())]).unwrap();
    t.omap_set_header(value).unwrap();
}

#[test]
fn hidden_writes_are_not_read_and_are_written() {
    let mut t = begun();
    let before = everything(&mut t);
    t.hide_writes().unwrap();
    write_all(&mut t, "afterwards");
    t.omap_remove_range(b"k", b"z").unwrap();
    t.omap_set(&[(b"l", Bytes::new())]).unwrap();
    assert_eq!(everything(&mut t), before);
    t.remove().unwrap();
    assert_eq!(everything(&mut t), before);
    write_all(&mut t, "again");
    assert_eq!(everything(&mut t), before);
    // Size and existence are those of now.
    assert_eq!(t.stat().unwrap().size, 5);
    assert_eq!(errno(t.create(true)), Errno::EEXIST);
    t.show_writes();
    assert_eq!(&t.read(0, 0).unwrap()[..], b"again");
    assert_eq!(&t.omap_val(b"k").unwrap()[..], b"again");
    assert_eq!(written(t).size, 5);
}

#[test]
fn a_missing_object_stays_missing_to_reads() {
    let mut t = absent();
    t.hide_writes().unwrap();
    write_all(&mut t, "x");
    assert_eq!(errno(t.read(0, 0)), Errno::ENOENT);
    assert_eq!(errno(t.xattr(b"a")), Errno::ENOENT);
    assert!(t.omap_keys(b"", ALL).unwrap().entries.is_empty());
    assert_eq!(t.stat().unwrap().size, 1);
}

#[test]
fn a_nested_call_sees_what_its_caller_wrote_and_leaves_it_as_it_was() {
    let mut t = begun();
    let before = everything(&mut t);
    t.hide_writes().unwrap();
    write_all(&mut t, "caller");
    t.begin_nested().unwrap();
    assert_eq!(&t.read(0, 0).unwrap()[..], b"caller");
    t.hide_writes().unwrap();
    write_all(&mut t, "callee");
    assert_eq!(&t.read(0, 0).unwrap()[..], b"caller");
    t.end_nested(false).unwrap();
    assert_eq!(everything(&mut t), before);
    t.show_writes();
    assert_eq!(&t.read(0, 0).unwrap()[..], b"caller");
}
