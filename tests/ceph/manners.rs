//! How the engine behaves in a process that is not its own.
#![expect(clippy::disallowed_methods, reason = "looks at a process in /proc")]

use std::{fs, path::Path, time::Duration};

use libtest_mimic::Trial;
use testkit::{
    cluster::{Cluster, ClusterOptions, Release},
    corpus::{bundled_lua_classes, bundled_wasm_classes},
    native::native_classes,
};

use crate::shared::Shared;

/// A stock cluster, and one with classes in every language; the OSDs of both are configured by `lines`.
fn both(name: &str, lines: &'static str) -> (Shared, Shared) {
    let configured = move |mut options: ClusterOptions| {
        options.extra = lines.into();
        options
    };
    let stock = Shared::stock(&format!("{name}-stock"), Release::Installed, configured);
    let ours = Shared::with_plugin(name, move |options, classes| {
        let compiler = format!("wasm_compiler = {:?}\n", testkit::binary::radula());
        let fast = "ceph.reload_interval = \"10ms\"\n";
        classes.put("radula/radula.toml", (compiler + fast).as_bytes());
        classes.put_all(&bundled_lua_classes());
        classes.put_all(&bundled_wasm_classes());
        classes.put_native("hello_c", &native_classes().join("libcls_hello_c.so"));
        configured(options)
    });
    (stock, ours)
}

pub(crate) fn trials() -> Vec<Trial> {
    let usual = both("manners", "");
    // By default an OSD ends without closing anything.
    let closing = both("manners-closing", "osd_fast_shutdown = false");
    vec![
        Trial::test(
            "manners/an_osd_keeps_its_signals_and_knows_its_threads_by_name",
            move || {
                let (stock, ours) = (usual.0.running()?, usual.1.running()?);
                call_every_language(&ours.cluster);
                keeps_its_signals_and_knows_its_threads(&stock.cluster, &ours.cluster);
                Ok(())
            },
        ),
        Trial::test(
            "manners/an_osd_that_closes_its_classes_ends_as_a_stock_one_does",
            move || {
                let (stock, ours) = (closing.0.running()?, closing.1.running()?);
                call_every_language(&ours.cluster);
                let usual = stock.cluster.end_osd(0, PATIENCE).expect("it ends");
                let here = ours.cluster.end_osd(0, PATIENCE).expect("it ends");
                assert_eq!(here, usual);
                Ok(())
            },
        ),
    ]
}

/// How long an OSD may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The line of a process's status that begins with `key`.
fn status(cluster: &Cluster, key: &str) -> String {
    let path = format!("/proc/{}/status", cluster.osd_pid(0));
    let status = fs::read_to_string(path).expect("a process that runs");
    let line = status.lines().find(|line| line.starts_with(key));
    line.unwrap_or_default().to_owned()
}

fn thread_names(cluster: &Cluster) -> Vec<String> {
    let tasks = format!("/proc/{}/task", cluster.osd_pid(0));
    let entries = fs::read_dir(Path::new(&tasks)).expect("a process that runs");
    let names = entries.filter_map(|entry| {
        // A thread may end between the listing and the look.
        fs::read_to_string(entry.ok()?.path().join("comm")).ok()
    });
    names.map(|name| name.trim_end().to_owned()).collect()
}

fn call_every_language(ours: &Cluster) {
    let mut client = ours.client();
    client.write_full("greeted", b"x").expect("a healthy OSD");
    for (class, greeting) in [
        ("hellolua", "Hello, you! (from Lua)"),
        ("hellowasm", "Hello, you!"),
        ("hello_c", "Hello, you!"),
    ] {
        let answer = client.execute("greeted", class, "say_hello", b"you");
        let output = String::from_utf8_lossy(&answer.output).into_owned();
        assert!(output.starts_with(greeting), "{class}: {answer:?}");
    }
}

fn keeps_its_signals_and_knows_its_threads(stock: &Cluster, ours: &Cluster) {
    for key in ["SigCgt:", "SigIgn:", "SigBlk:"] {
        let (usual, here) = (status(stock, key), status(ours, key));
        assert!(usual.starts_with(key), "{usual:?}");
        assert_eq!(here, usual);
    }
    let own = |cluster: &Cluster| -> Vec<String> {
        let mut names = thread_names(cluster);
        names.retain(|name| name.starts_with("radula"));
        names.sort();
        names
    };
    assert_eq!(own(stock), Vec::<String>::new());
    assert_eq!(own(ours), ["radula-reload", "radula-wasm-tic"]);
    // A thread that was given no name has that of the process; the OSD has one such, its first.
    let nameless = |cluster: &Cluster| {
        let names = thread_names(cluster);
        names.iter().filter(|name| *name == "ceph-osd").count()
    };
    assert_eq!(nameless(ours), nameless(stock));
}
