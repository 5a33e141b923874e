//! The recorded calls of stock Ceph, on the stock libraries: what they answered and stored in an OSD they answer and store
//! here.

use testkit::{
    corpus,
    vectors::{self, Whose},
};

use super::{Stock, are_here, is_newer};
use crate::vectors::CALLER;

fn replays(class: &str) {
    if !are_here("the recorded calls on Ceph's classes") || (is_newer() && class == "kvs") {
        return;
    }
    let recording = corpus::corpus().join(format!("classes/vectors/{class}.txt"));
    let stock = Stock::open();
    let host = stock.objects().with_origin(CALLER);
    let replay = vectors::replay(&corpus::text(&recording), &host, Whose::Stock);
    assert!(replay.calls > 0, "{class}: a recording without calls");
    assert_eq!(replay.on_purpose, 0);
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
    stock_2pc_queue = "2pc_queue";
    stock_cas = "cas";
    stock_cephfs = "cephfs";
    stock_cmpomap = "cmpomap";
    stock_fifo = "fifo";
    stock_hello = "hello";
    stock_journal = "journal";
    stock_kvs = "kvs";
    stock_lock = "lock";
    stock_log = "log";
    stock_numops = "numops";
    stock_otp = "otp";
    stock_queue = "queue";
    stock_refcount = "refcount";
    stock_sdk = "sdk";
    stock_timeindex = "timeindex";
    stock_user = "user";
    stock_version = "version";
}
