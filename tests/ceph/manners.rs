//! How the engine behaves in a process that is not its own.
#![expect(clippy::disallowed_methods, reason = "looks at a process in /proc")]

use std::{fs, path::Path};

use libtest_mimic::Trial;
use testkit::{
    cluster::{Cluster, Release},
    corpus::{bundled_lua_classes, bundled_wasm_classes},
    native::native_classes,
};

use crate::shared::Shared;

pub(crate) fn trials() -> Vec<Trial> {
    let stock = Shared::stock("manners-stock", Release::Installed, |options| options);
    let ours = Shared::with_plugin("manners", |options, classes| {
        let compiler = format!("wasm_compiler = {:?}\n", testkit::binary::radula());
        classes.put("radula/radula.toml", compiler.as_bytes());
        classes.put_all(&bundled_lua_classes());
        classes.put_all(&bundled_wasm_classes());
        classes.put_native("hello_c", &native_classes().join("libcls_hello_c.so"));
        options
    });
    let name = "manners/an_osd_keeps_its_signals_and_knows_its_threads_by_name";
    vec![Trial::test(name, move || {
        let (stock, ours) = (stock.running()?, ours.running()?);
        an_osd_keeps_its_signals_and_knows_its_threads_by_name(&stock.cluster, &ours.cluster);
        Ok(())
    })]
}

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

fn an_osd_keeps_its_signals_and_knows_its_threads_by_name(stock: &Cluster, ours: &Cluster) {
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
