//! Ceph as it comes, to know that what the other tests see is not the harness.

use std::time::Duration;

use libtest_mimic::Trial;
use testkit::cluster::{Cluster, ClusterOptions, Release};

use crate::shared::Shared;

pub(crate) fn trials() -> Vec<Trial> {
    let stock = Shared::new("stock", || {
        ClusterOptions::new(Release::Installed.stock_classes()).expect("Ceph is installed")
    });
    vec![stock.trial(
        "an_endless_script_occupies_the_osd_for_good",
        an_endless_script_occupies_the_osd_for_good,
    )]
}

/// Last on its cluster: nothing but the kill ends it.
fn an_endless_script_occupies_the_osd_for_good(cluster: &Cluster) {
    let mut client = cluster.client();
    client.write_full("object", b"x").expect("a healthy OSD");
    let hello = client.execute("object", "hello", "say_hello", b"");
    assert_eq!(hello.output, b"Hello, world!");

    let before = cluster.osd_cpu();
    let endless = br#"{"script": "function f() while true do end end objclass.register(f)", "handler": "f", "input": ""}"#;
    let call = client.begin("object", "lua", "eval_json", endless);
    let answer = client.wait(call, Duration::from_secs(4));
    assert_eq!(answer, None, "stock Ceph has no limit that could end it");
    assert!(
        cluster.osd_cpu() - before > Duration::from_secs(2),
        "the OSD is not spinning; it used {:?}",
        cluster.osd_cpu() - before
    );
    let neighbour = client.begin("object", "hello", "say_hello", b"");
    assert_eq!(client.wait(neighbour, Duration::from_secs(1)), None);
}
