//! Every class library of an installed Ceph: it opens, says what it has, and answers.

use objclass::{Errno, MethodFlags};
use radula::{Error, Radula};
use testkit::{
    engine::{hermetic_config, set},
    fixture::Scratch,
};

use super::{Stock, are_here, is_newer, stock_classes};

type Row = (
    &'static str,
    usize,
    &'static str,
    &'static str,
    Result<&'static [u8], Errno>,
);

/// Class, how many methods it has, one of them with its flags, and what that answers to no input on an object `o` without data.
/// What the general classes answer beyond that is in the recordings.
const CLASSES: &[Row] = &[
    (
        "2pc_queue",
        9,
        "2pc_queue_list_reservations",
        "r",
        Err(Errno::EINVAL),
    ),
    ("cas", 4, "chunk_get_ref", "rw", Err(Errno::EINVAL)),
    (
        "cephfs",
        1,
        "accumulate_inode_metadata",
        "rw",
        Err(Errno::EINVAL),
    ),
    ("cmpomap", 3, "cmp_vals", "r", Err(Errno::EINVAL)),
    ("fifo", 8, "get_meta", "r", Err(Errno::EINVAL)),
    ("hello", 9, "say_hello", "r", Ok(b"Hello, world!")),
    ("journal", 21, "get_order", "r", Err(Errno::ENOENT)),
    ("kvs", 10, "get_idata_from_key", "r", Err(Errno::EINVAL)),
    ("lock", 7, "get_info", "r", Err(Errno::EINVAL)),
    ("log", 4, "info", "r", Err(Errno::EINVAL)),
    ("numops", 2, "add", "rw", Err(Errno::EINVAL)),
    ("otp", 6, "get_current_time", "r", Err(Errno::EINVAL)),
    ("queue", 5, "queue_get_capacity", "r", Err(Errno::EINVAL)),
    (
        "rbd",
        130,
        "get_all_features",
        "r",
        Ok(&[255, 15, 0, 0, 0, 0, 0, 0]),
    ),
    ("refcount", 4, "read", "r", Err(Errno::EINVAL)),
    ("rgw", 48, "bucket_init_index", "rw", Ok(b"")),
    ("rgw_gc", 5, "rgw_gc_queue_init", "rw", Err(Errno::EINVAL)),
    ("sdk", 2, "test_coverage_write", "rw", Ok(b"")),
    ("timeindex", 3, "list", "r", Err(Errno::EINVAL)),
    ("user", 7, "get_header", "r", Err(Errno::EINVAL)),
    ("version", 5, "read", "r", Ok(NO_VERSION)),
];

const REMOTE_READS: Row = (
    "test_remote_reads",
    2,
    "test_gather",
    "rw",
    Err(Errno::EBADMSG),
);

/// What class `version` answers of an object without one.
const NO_VERSION: &[u8] = &[
    1, 1, 18, 0, 0, 0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

#[test]
fn every_stock_library_opens_lists_its_methods_and_answers() {
    if !are_here("every class library of Ceph") {
        return;
    }
    let stock = Stock::open();
    let objects = stock.objects();
    // 18.2 has a class more and one less, and one with a method more.
    let more = is_newer().then_some(&REMOTE_READS);
    let rows = CLASSES.iter().filter(|row| !(is_newer() && row.0 == "kvs"));
    for (name, methods, method, flags, answer) in rows.chain(more) {
        let methods = methods + usize::from(is_newer() && *name == "rgw");
        objects.write_full("o", Vec::new()).expect("an object");
        let class = stock.radula.loader().open(name).expect(name);
        assert_eq!(class.class.methods().len(), methods, "{name}");
        let (_, found) = class.method(method).expect(name);
        let flags: MethodFlags = flags.parse().expect("flags");
        assert_eq!(found.flags, flags, "{name}.{method}");
        assert!(
            class
                .class
                .abi()
                .is_some_and(|abi| abi.starts_with("Ceph (")),
            "{name}"
        );
        let got = objects.exec("o", name, method, b"");
        let got = got.map(|reply| reply.output).map_err(|error| error.errno());
        assert_eq!(got.as_deref(), answer.as_deref(), "{name}.{method}");
        objects.remove("o").expect("the object");
    }
    if is_newer() {
        // What only a cluster has.
        let input = br#"{"src_objects": ["a"], "cls": "test_remote_reads", "method": "test_read", "pool": "rbd"}"#;
        let error = objects
            .exec("o", REMOTE_READS.0, REMOTE_READS.2, input)
            .expect_err("no other objects are reached");
        assert_eq!(error.errno(), Errno::EOPNOTSUPP, "{error}");
    }
    let listed = stock.radula.loader().list();
    let unknown: Vec<_> = listed
        .classes
        .iter()
        .filter(|class| class.runtime == "native")
        .map(|class| class.name.as_str())
        .filter(|name| {
            !["lua", REMOTE_READS.0].contains(name)
                && !CLASSES.iter().any(|(known, ..)| known == name)
        })
        .collect();
    assert_eq!(unknown, [""; 0]);
}

/// Class `lua` is part of the Lua runtime; in an engine without that the name is free for Ceph's.
#[test]
fn ceph_s_class_lua_opens_where_ours_is_not() {
    if !are_here("Ceph's class lua") {
        return;
    }
    let scratch = Scratch::new();
    let mut runtimes = runtime::default_runtimes();
    runtimes.retain(|row| row.kind == runtime::NATIVE);
    let radula = Radula::builder()
        .config(set(hermetic_config(&scratch), "class_dir", stock_classes()))
        .runtimes(runtimes)
        .open()
        .expect("the engine opens");
    let objects = radula.ioctx("rbd");
    objects.write_full("o", Vec::new()).expect("an object");
    let script = br#"{"script": "function f(i, o) o:append('hi') end objclass.register(f)", "handler": "f", "input": ""}"#;
    let reply = objects
        .exec("o", "lua", "eval_json", script)
        .expect("an answer");
    assert_eq!(&reply.output[..], b"hi");
}

/// librbd's own way: an image's header, made and read.
#[test]
fn class_rbd_makes_an_image_and_reads_it() {
    if !are_here("Ceph's class rbd") {
        return;
    }
    let stock = Stock::open();
    let objects = stock.objects();
    let prefix = "rbd_data.1";
    let mut input = Vec::new();
    input.extend_from_slice(&(4_u64 << 20).to_le_bytes());
    input.push(22);
    input.extend_from_slice(&0_u64.to_le_bytes());
    input.extend_from_slice(&(u32::try_from(prefix.len()).expect("short")).to_le_bytes());
    input.extend_from_slice(prefix.as_bytes());
    input.extend_from_slice(&(-1_i64).to_le_bytes());
    objects
        .exec("rbd_header.1", "rbd", "create", &input)
        .expect("an image");
    let no_snapshot = u64::MAX.wrapping_sub(1).to_le_bytes();
    let size = objects.exec("rbd_header.1", "rbd", "get_size", no_snapshot);
    let mut expected = vec![22];
    expected.extend_from_slice(&(4_u64 << 20).to_le_bytes());
    assert_eq!(size.expect("its size").output, expected);
    let again = objects.exec("rbd_header.1", "rbd", "create", &input);
    assert_eq!(
        again.map(drop).map_err(|error| error.errno()),
        Err(Errno::EEXIST)
    );
}

/// A file that is one class under the name of another.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "does what an operator should not"
)]
fn a_library_under_another_name_is_refused() {
    if !are_here("a renamed class library of Ceph") {
        return;
    }
    let scratch = Scratch::new();
    let copy = scratch.copy_of("renamed", &stock_classes());
    let lock = copy.join("libcls_lock.so");
    std::fs::rename(copy.join("libcls_sdk.so"), &lock).expect("a rename");
    let config = set(hermetic_config(&scratch), "class_dir", copy);
    let radula = Radula::open(config).expect("the engine opens");
    let error: Error = radula
        .ioctx("rbd")
        .exec("o", "lock", "lock", b"")
        .expect_err("no class");
    assert_eq!(error.errno(), Errno::EIO);
    let chain = format!("{error:?}");
    assert!(chain.contains("libcls_sdk.so.1"), "{chain}");
}
