//! Ceph as it comes: what the plugin is there to prevent does happen without it, so the tests that see it prevented
//! look in the right place.

use std::time::Duration;

use libtest_mimic::Trial;
use testkit::cluster::{ClassDir, Cluster, Release};

use crate::{own_writes, shared::Shared};

pub(crate) fn trials() -> Vec<Trial> {
    // Each ends with an OSD that is no longer of use.
    let spinning = Shared::stock("stock-spinning", Release::Installed, |options| options);
    let damaged = Shared::stock("stock-damaged", Release::Installed, |options| options);
    vec![
        spinning.trial(
            "an_endless_script_occupies_the_osd_for_good",
            an_endless_script_occupies_the_osd_for_good,
        ),
        damaged.trial(
            "a_script_that_replaces_an_object_and_reads_it_is_told_the_object_is_damaged",
            a_script_that_replaces_an_object_and_reads_it_is_told_the_object_is_damaged,
        ),
    ]
}

fn an_endless_script_occupies_the_osd_for_good(cluster: &Cluster, _: &ClassDir) {
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
        cluster.osd_cpu() - before > Duration::from_secs(1),
        "the OSD is not spinning; it used {:?}",
        cluster.osd_cpu() - before
    );
    let neighbour = client.begin("object", "hello", "say_hello", b"");
    assert_eq!(client.wait(neighbour, Duration::from_secs(1)), None);
}

fn a_script_that_replaces_an_object_and_reads_it_is_told_the_object_is_damaged(
    cluster: &Cluster,
    _: &ClassDir,
) {
    let mut client = cluster.client();
    client
        .write_full("replaced", b"old content")
        .expect("a healthy OSD");
    let call = client.begin("replaced", "lua", "eval_json", &own_writes::request());
    // Its copy is taken for damaged, there is no other one, and so no answer comes.
    assert_eq!(client.wait(call, Duration::from_secs(2)), None);
    assert!(cluster.logged(own_writes::COMPLAINT));
}
