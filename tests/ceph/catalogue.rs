//! Ceph's general classes answered by ours, in OSDs whose own libraries of those names are gone: against the recorded answers of
//! stock Ceph, and with Ceph's own programs.

use libtest_mimic::Trial;
use radula::{Config, Radula};
use testkit::{
    cluster::{Cluster, OsdStore, POOL, run_ceph_test},
    corpus::{self, bundled_lua_classes},
    vectors::{self, RECORDED, Whose},
};

use crate::shared::Shared;

/// Ceph's programs, each with the number of its tests.
const PROGRAMS: [(&str, usize); 9] = [
    ("ceph_test_cls_cas", 6),
    ("ceph_test_cls_cmpomap", 31),
    ("ceph_test_cls_journal", 27),
    ("ceph_test_cls_lock", 11),
    ("ceph_test_cls_log", 4),
    ("ceph_test_cls_numops", 4),
    ("ceph_test_cls_refcount", 10),
    ("ceph_test_cls_sdk", 2),
    ("ceph_test_rados_api_lock_pp", 16),
];

/// A cluster on which nobody but ours answers for these classes.
fn shared(name: &str, osds: usize) -> Shared {
    Shared::with_plugin(name, move |options, classes| {
        for class in RECORDED {
            let source = corpus::text(&bundled_lua_classes().join(format!("cls_{class}.lua")));
            classes.put_lua(class, source);
        }
        options.on(OsdStore::Memory, osds)
    })
}

pub(crate) fn trials() -> Vec<Trial> {
    let ours = shared("catalogue", 1);
    RECORDED
        .iter()
        .map(|&class| {
            let name = format!("{class}_answers_and_stores_as_recorded");
            ours.trial(&name, move |cluster, _| replays(cluster, class))
        })
        .collect()
}

/// Those that need Ceph's programs, on a cluster of their own: some make pools that take three OSDs.
pub(crate) fn program_trials() -> Vec<Trial> {
    let ours = shared("catalogue-3", 3);
    PROGRAMS
        .iter()
        .map(|&(program, tests)| {
            let name = format!("{program}_passes");
            ours.trial(&name, move |cluster, _| passes(cluster, program, tests))
        })
        .collect()
}

fn replays(cluster: &Cluster, class: &str) {
    let url = format!("rados:///{POOL}?conf={}", cluster.conf().display());
    let config = Config::builtin(&Default::default())
        .with("store", url)
        .expect("the URL of a cluster");
    let radula = Radula::open(config).expect("the cluster answers");
    let objects = radula.default_ioctx().with_namespace(class);
    let replay = vectors::replay(&vectors::recording(class), &objects, Whose::Ours);
    assert!(replay.calls > 0, "{class}: a recording without calls");
    replay.must_agree(class);
}

fn passes(cluster: &Cluster, program: &str, tests: usize) {
    let report = run_ceph_test(cluster, program);
    assert_eq!(
        (report.passed, report.failed.as_slice()),
        (tests, &[][..]),
        "{}",
        report.output
    );
}
