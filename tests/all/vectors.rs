//! Ceph's general classes, ours against the recorded answers of stock Ceph.

use testkit::{
    behaviour::{StoreKind, Subject},
    corpus,
    engine::TestEngine,
    vectors::{self, Whose},
};

/// Who calls, as Ceph says it.
pub(crate) const CALLER: &str = "client.4115 127.0.0.1:0/1133386170";

fn replays(class: &str) {
    let recording = corpus::corpus().join(format!("classes/vectors/{class}.txt"));
    let engine = TestEngine::of(&Subject::lua(StoreKind::Memory), None);
    let replay = vectors::replay(
        &corpus::text(&recording),
        &engine.objects().with_origin(CALLER),
        Whose::Ours,
    );
    assert!(replay.calls > 0, "{class}: a recording without calls");
    replay.must_agree(class);
}

/// A test for each class, so that they run at the same time and fail one by one.
macro_rules! classes {
    ($($test:ident = $class:literal;)*) => {$(
        #[test]
        fn $test() {
            replays($class);
        }
    )*};
}

classes! {
    user_answers_and_stores_as_recorded = "user";
    two_pc_queue_answers_and_stores_as_recorded = "2pc_queue";
    queue_answers_and_stores_as_recorded = "queue";
    otp_answers_and_stores_as_recorded = "otp";
    lock_answers_and_stores_as_recorded = "lock";
    kvs_answers_and_stores_as_recorded = "kvs";
    fifo_answers_and_stores_as_recorded = "fifo";
    cephfs_answers_and_stores_as_recorded = "cephfs";
    cas_answers_and_stores_as_recorded = "cas";
    cmpomap_answers_and_stores_as_recorded = "cmpomap";
    hello_answers_and_stores_as_recorded = "hello";
    journal_answers_and_stores_as_recorded = "journal";
    log_answers_and_stores_as_recorded = "log";
    numops_answers_and_stores_as_recorded = "numops";
    refcount_answers_and_stores_as_recorded = "refcount";
    sdk_answers_and_stores_as_recorded = "sdk";
    timeindex_answers_and_stores_as_recorded = "timeindex";
    version_answers_and_stores_as_recorded = "version";
}
