//! Ceph's own tests of class `lua`: 30 with Ceph's class, 30 with ours in its place.

use libtest_mimic::Trial;
use testkit::cluster::{ClassDir, Cluster, OsdStore, Release, run_ceph_test};

use crate::{reload::a_method_that_a_new_version_brings_answers_without_a_restart, shared::Shared};

pub(crate) fn trials(stock: &Shared, ours: &Shared) -> Vec<Trial> {
    let with_plugin = |name: &str, store, osds| {
        Shared::with_plugin(name, move |options, _| options.on(store, osds))
    };
    let eighteen =
        |name: &str| Shared::with_plugin_in(name, Release::Eighteen, |options, _| options);
    let clusters = [
        stock.clone(),
        ours.clone(),
        with_plugin("memstore-3", OsdStore::Memory, 3),
        with_plugin("bluestore-1", OsdStore::Blue, 1),
        with_plugin("bluestore-3", OsdStore::Blue, 3),
        eighteen("ceph-18"),
    ];
    let newer = clusters[5].trial(
        "a_method_that_a_new_version_brings_answers_without_a_restart",
        a_method_that_a_new_version_brings_answers_without_a_restart,
    );
    clusters
        .iter()
        .map(|cluster| cluster.trial("ceph_test_cls_lua_passes", ceph_test_cls_lua_passes))
        .chain([newer])
        .collect()
}

fn ceph_test_cls_lua_passes(cluster: &Cluster, _: &ClassDir) {
    let report = run_ceph_test(cluster, "ceph_test_cls_lua");
    assert_eq!(
        (report.passed, report.failed.as_slice()),
        (30, &[][..]),
        "{}",
        report.output
    );
}
