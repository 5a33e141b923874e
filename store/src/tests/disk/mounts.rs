//! Real file systems that are full, read-only, or not for us. Each runs in a mount namespace of its own, on a tmpfs.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use super::*;
use crate::CommitError;

/// Where a child finds its store.
const STORE: &str = "RADULA_TEST_MOUNTED_STORE";
const MIB: usize = 1 << 20;

/// Runs `before` in a shell that may mount and then the ignored test `name` on the store below `directory`. `None` where
/// this machine lets nobody mount, which only a laptop may.
fn in_a_namespace(directory: &Path, before: &str, name: &str) -> Option<Output> {
    let possible = Command::new("unshare")
        .args(["--mount", "--map-root-user", "true"])
        .status();
    if !possible.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "unshare --mount must work here: package util-linux, and user namespaces"
        );
        eprintln!("skipped: unshare --mount does not work here; `cargo xtask install` brings it");
        return None;
    }
    let script = format!("{before} && trap '' XFSZ; exec \"$@\"");
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg(format!("tests::disk::mounts::{name}"))
        .env(STORE, directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{failed}");
    assert!(said.contains("1 passed"), "the child ran nothing: {said}");
    Some(output)
}

fn directory_of_the_child() -> PathBuf {
    PathBuf::from(std::env::var_os(STORE).expect("started by its parent"))
}

fn mount(arguments: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("mount {arguments}")])
        .status();
    assert!(status.unwrap().success(), "mount {arguments}");
}

fn put(store: &DiskStore, number: usize) -> Result<(), CommitError> {
    let byte = u8::try_from(number % 200).unwrap();
    try_change(store, &id(&format!("{number}")), Durability::Sync, |t| {
        t.write_full(Bytes::from(vec![byte; MIB]))
    })
    .map(drop)
}

fn has(store: &DiskStore, number: usize) -> bool {
    let byte = u8::try_from(number % 200).unwrap();
    let read = content(store, &id(&format!("{number}")));
    read.is_some_and(|read| read.data == vec![byte; MIB])
}

#[test]
fn a_disk_that_fills_up_refuses_writes_and_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let before = format!("mount -t tmpfs -o size=200m none {path}");
    in_a_namespace(directory.path(), &before, "fill_a_small_disk");
}

#[test]
#[ignore = "runs in a mount namespace of its own, started by the test above it"]
fn fill_a_small_disk() {
    let directory = directory_of_the_child();
    // Up to what is kept back: refused, and nothing else happens.
    let options = DiskOptions {
        reserve: 64 << 20,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(&directory.join("store"), &options).unwrap();
    let full =
        |store: &DiskStore| (0..400).find_map(|number| Some((number, put(store, number).err()?)));
    let (acknowledged, refused) = full(&store).expect("the disk is small");
    assert!(matches!(refused, CommitError::NoSpace { .. }), "{refused}");
    assert_eq!(refused.errno(), objclass::Errno::ENOSPC);
    assert!((0..acknowledged).all(|number| has(&store, number)));
    assert!(!has(&store, acknowledged), "nothing of it was applied");
    mount(&format!("-o remount,size=400m {}", directory.display()));
    thread::sleep(std::time::Duration::from_millis(150));
    put(&store, acknowledged).unwrap();
    drop(store);

    // With nothing kept back: until a write fails for want of space, which stops the store.
    let options = DiskOptions {
        reserve: 0,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(&directory.join("store"), &options).unwrap();
    assert!((0..=acknowledged).all(|number| has(&store, number)));
    let mut number = acknowledged;
    let failed = loop {
        number += 1;
        assert!(number < 1000, "the disk is small");
        if let Err(error) = put(&store, number) {
            break error;
        }
    };
    let is_clear = failed.to_string().contains("no space left")
        || failed.to_string().contains("in the background failed");
    assert!(is_clear, "{failed}");
    assert!(put(&store, number + 1).is_err(), "it accepts nothing more");
    drop(store);
    mount(&format!("-o remount,size=1500m {}", directory.display()));
    let store = DiskStore::open(&directory.join("store"), &options).unwrap();
    let lost: Vec<_> = (0..number).filter(|number| !has(&store, *number)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    put(&store, number).unwrap();
    assert_eq!(crate::disk::fsck::check(&store).problems, []);
}

#[test]
fn a_read_only_file_system_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let before = format!("mount -t tmpfs -o size=200m none {path}");
    in_a_namespace(directory.path(), &before, "open_on_a_read_only_disk");
}

#[test]
#[ignore = "runs in a mount namespace of its own, started by the test above it"]
fn open_on_a_read_only_disk() {
    let directory = directory_of_the_child();
    let path = directory.join("store");
    let store = open(&path).unwrap();
    change(&store, &id("o"), |t| t.write_full(bytes("data")));
    drop(store);
    mount(&format!("-o remount,ro {}", directory.display()));
    for path in [&path, &directory.join("new")] {
        let refused = open(path).unwrap_err();
        assert!(
            matches!(refused, OpenStoreError::ReadOnly { .. }),
            "{refused}"
        );
        assert!(
            refused.to_string().contains("remount it writable"),
            "{refused}"
        );
    }
    mount(&format!("-o remount,rw {}", directory.display()));
    let store = open(&path).unwrap();
    assert_eq!(content(&store, &id("o")).unwrap().data, "data");
}

#[test]
fn a_store_one_may_not_read_or_write_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let before = format!("mount -t tmpfs -o size=200m,mode=0755 none {path}");
    in_a_namespace(directory.path(), &before, "open_a_store_one_may_not_use");
}

#[test]
#[ignore = "runs in a mount namespace of its own, started by the test above it"]
fn open_a_store_one_may_not_use() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = directory_of_the_child();
    let path = directory.join("store");
    let store = open(&path).unwrap();
    change(&store, &id("o"), |t| t.write_full(bytes("data")));
    drop(store);
    for (what, mode) in [("", 0o500), ("lock", 0o400), ("", 0o000)] {
        let place = path.join(what);
        let usual = fs::metadata(&place).unwrap().permissions();
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        // Without the rights of root, which no mode binds.
        let child = Command::new("setpriv")
            .args(["--bounding-set=-all", "--inh-caps=-all"])
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("tests::disk::mounts::be_refused")
            .env(STORE, &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && said.contains("1 passed"),
            "{said}"
        );
        fs::set_permissions(&place, usual).unwrap();
    }
    assert_eq!(
        content(&open(&path).unwrap(), &id("o")).unwrap().data,
        "data"
    );
}

#[test]
#[ignore = "runs without the rights of root, started by the test above it"]
fn be_refused() {
    let refused = open(&directory_of_the_child()).unwrap_err();
    assert!(
        matches!(refused, OpenStoreError::Permission { .. }),
        "{refused}"
    );
    assert!(
        refused
            .to_string()
            .contains("readable and writable by this user"),
        "{refused}"
    );
}
