//! Ceph's own tests of class `lua`.

use libtest_mimic::Trial;
use testkit::cluster::{Cluster, ClusterOptions, OsdStore, Release, run_ceph_test};

use crate::shared::Shared;

pub(crate) fn trials() -> Vec<Trial> {
    let stock = Shared::new("stock", || {
        ClusterOptions::new(Release::Installed.stock_classes()).expect("Ceph is installed")
    });
    let stock_18 = Shared::new("stock-18", || {
        let stock = Release::Eighteen.stock_classes();
        ClusterOptions::of(Release::Eighteen, stock)
            .expect("Ceph 18 is unpacked")
            .on(OsdStore::Memory, 1)
    });
    [stock, stock_18]
        .iter()
        .map(|cluster| cluster.trial("ceph_test_cls_lua_passes", ceph_test_cls_lua_passes))
        .collect()
}

fn ceph_test_cls_lua_passes(cluster: &Cluster) {
    let report = run_ceph_test(cluster, "ceph_test_cls_lua");
    assert_eq!(
        (report.passed, report.failed.as_slice()),
        (30, &[][..]),
        "{}",
        report.output
    );
}
