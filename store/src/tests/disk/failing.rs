//! A write that really fails: the system refuses to let the engine's journal grow.

use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::*;
use crate::CommitError;

/// Where the child finds its store.
const STORE: &str = "RADULA_TEST_FAILING_STORE";

#[test]
fn after_a_failed_write_nothing_is_acknowledged_and_nothing_acknowledged_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    // A process over its limit is killed unless it ignores the signal, which only a shell can arrange without unsafe
    // code.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("tests::disk::failing::fill_until_a_write_fails")
        .env(STORE, directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}");
    assert!(said.contains("1 passed"), "the child ran nothing: {said}");

    let store = open(directory.path()).unwrap();
    let kept = content(&store, &id("kept")).unwrap();
    assert_eq!(kept.data, vec![1; 1000]);
    for large in ["first", "second"] {
        // Whether the failed one was applied is open, but it is whole or not there.
        let read = content(&store, &id(large));
        assert!(read.is_none_or(|read| read.data == vec![2; 40 << 20]));
    }
    assert!(content(&store, &id("after")).is_none());
    change(&store, &id("after"), |t| t.create(true));
}

#[test]
#[ignore = "runs in a process of its own, started by the test above it"]
fn fill_until_a_write_fails() {
    let directory = std::env::var_os(STORE).expect("started by its parent");
    let store = open(Path::new(&directory)).unwrap();
    // A little more than the journal's first size: the second large commit does not fit.
    let limit = Some(66 << 20);
    let limit = Rlimit {
        current: limit,
        maximum: limit,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
    let write = |oid: &str, byte, length| {
        try_change(&store, &id(oid), Durability::Sync, |t| {
            t.write_full(Bytes::from(vec![byte; length]))
        })
    };
    write("kept", 1, 1000).unwrap();
    let failed = write("first", 2, 40 << 20)
        .and_then(|_| write("second", 2, 40 << 20))
        .unwrap_err();
    assert!(matches!(failed, CommitError::Failed { .. }), "{failed}");
    let refused = write("after", 3, 1).unwrap_err();
    assert!(matches!(refused, CommitError::Poisoned { .. }), "{refused}");
    assert!(refused.to_string().contains("open the store again"));
    assert!(store.sync().is_err());
    // What was acknowledged can still be read.
    assert_eq!(content(&store, &id("kept")).unwrap().data, vec![1; 1000]);
    drop(store);
    assert!(
        !Path::new(&directory).join("closed").exists(),
        "no clean close"
    );
}
