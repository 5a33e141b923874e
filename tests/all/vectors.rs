//! Ceph's general classes, ours against the recorded answers of stock Ceph.

use testkit::{
    behaviour::{StoreKind, Subject},
    engine::TestEngine,
    vectors::{self, Whose},
};

/// Who calls, as Ceph says it.
pub(crate) const CALLER: &str = "client.4115 127.0.0.1:0/1133386170";

fn replays(class: &str) {
    let engine = TestEngine::of(&Subject::lua(StoreKind::Memory), None);
    let replay = vectors::replay(
        &vectors::recording(class),
        &engine.objects().with_origin(CALLER),
        Whose::Ours,
    );
    assert!(replay.calls > 0, "{class}: a recording without calls");
    replay.must_agree(class);
}

/// A test for each class, so that they run at the same time and fail one by one.
macro_rules! tests {
    ($($class:ident = $name:literal;)*) => {
        mod answers_and_stores_as_recorded {$(
            #[test]
            fn $class() {
                super::replays($name);
            }
        )*}
    };
}
testkit::recorded_classes!(tests);
