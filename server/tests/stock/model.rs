//! Ceph's random model checker, `ceph_test_rados`: operations drawn at random, many under way at a time, whose results are
//! compared with a model in the checker.

use std::{
    fs,
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use testkit::cluster::run_ceph_program;

use crate::{killed::Killed, programs::there, served::Served};

/// How many operations; a night has more.
const OPERATIONS: &str = "SERVER_MODEL_OPERATIONS";
const FEW: &str = "400";

/// Operations and how often each is drawn. Those that need snapshots or cache tiers are left out.
const WEIGHTS: &[(&str, &str)] = &[
    ("read", "100"),
    ("write", "50"),
    ("write_excl", "25"),
    ("writesame", "20"),
    ("delete", "10"),
    ("copy_from", "20"),
    ("setattr", "25"),
    ("rmattr", "25"),
    ("append", "30"),
    ("append_excl", "20"),
];

fn run(conf: &Path) -> String {
    let operations = std::env::var(OPERATIONS).unwrap_or_else(|_| FEW.to_owned());
    let mut arguments = vec![
        "--pool",
        "rbd",
        "--max-ops",
        &operations,
        "--objects",
        "50",
        "--max-in-flight",
        "16",
        "--size",
        "400000",
        "--min-stride-size",
        "40000",
        "--max-stride-size",
        "80000",
        "--max-seconds",
        "0",
    ];
    for (operation, weight) in WEIGHTS {
        arguments.extend(["--op", operation, weight]);
    }
    let (status, output) = run_ceph_program(conf, "ceph_test_rados", &arguments);
    let end: Vec<&str> = output.lines().rev().take(60).collect();
    assert!(status.success(), "{status}: {end:#?}");
    output
}

#[test]
fn the_model_checker_of_ceph_finds_no_difference() {
    if !there() {
        return;
    }
    for store in ["memory", "disk"] {
        let Some(served) = Served::on(store) else {
            return;
        };
        run(&served.conf());
        served.server.stop();
    }
}

#[test]
fn the_model_checker_finds_no_difference_while_connections_break() {
    if !there() {
        return;
    }
    let Some(served) = Served::on("memory") else {
        return;
    };
    // The client breaks its own connections, in turns before and after a message.
    let conf = fs::read_to_string(served.conf()).expect("it was written");
    let broken = format!("{conf}ms_inject_socket_failures = 60\n");
    fs::write(served.conf(), broken).expect("it is written");
    run(&served.conf());
    served.server.stop();
}

/// The same while the server is killed again and again: what was acknowledged is there, what was sent again was executed once.
#[test]
fn the_model_checker_of_ceph_finds_no_difference_when_the_server_is_killed() {
    if !there() {
        return;
    }
    let mut killed = Killed::new(false);
    // A client finds a server that is back at once, and not after seconds.
    let quick = "mon_client_hunt_interval = 0.2\nms_initial_backoff = 0.02\nms_max_backoff = 0.1\n";
    let conf = killed.conf();
    let text = fs::read_to_string(&conf).expect("it is there") + quick;
    let own = conf.with_file_name("checker.conf");
    fs::write(&own, text).expect("it is written");
    let (ended, end) = mpsc::channel::<()>();
    let kills = std::thread::scope(|scope| {
        let checker = scope.spawn(|| {
            let output = run(&own);
            drop(ended);
            output
        });
        let mut kills = 0;
        while end
            .recv_timeout(Duration::from_millis(700))
            .is_err_and(|error| error == RecvTimeoutError::Timeout)
        {
            killed.kill_and_start();
            kills += 1;
        }
        checker.join().expect("it found no difference");
        kills
    });
    assert!(kills > 2, "only {kills} kills");
}
