//! The recorded calls of stock Ceph, on the stock libraries: what they answered and stored in an OSD they answer and store
//! here.

use testkit::vectors::{self, Whose};

use super::{Stock, are_here, is_newer};
use crate::vectors::CALLER;

fn replays(class: &str) {
    if !are_here("the recorded calls on Ceph's classes") || (is_newer() && class == "kvs") {
        return;
    }
    let stock = Stock::open();
    let host = stock.objects().with_origin(CALLER);
    let replay = vectors::replay(&vectors::recording(class), &host, Whose::Stock);
    assert!(replay.calls > 0, "{class}: a recording without calls");
    assert_eq!(replay.on_purpose, 0);
    replay.must_agree(class);
}

/// A test for each class, so that they run at the same time and fail one by one.
macro_rules! tests {
    ($($class:ident = $name:literal;)*) => {
        mod stock {$(
            #[test]
            fn $class() {
                super::replays($name);
            }
        )*}
    };
}
testkit::recorded_classes!(tests);
