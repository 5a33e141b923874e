//! Unmodified clients of the machine's Ceph packages (`rados`, `ceph`, Python's `rados`) and Ceph's own test programs, on both
//! stores.
#![expect(
    clippy::disallowed_methods,
    reason = "starts clients and writes their configuration"
)]

mod images;
mod killed;
mod model;
mod programs;
mod served;

use std::fs;

use radula_server::{ServeOptions, Server};

use served::{Client, Served, open};

#[test]
fn the_founding_session_runs_on_both_stores_with_every_client() {
    for store in ["memory", "disk"] {
        for client in Client::all() {
            let Some(served) = Served::on(store) else {
                return;
            };
            let said = served.python(client, "founding.py");
            assert_eq!(said, "Hello, Ceph! (from Lua)\n", "{client:?}, {store}");
            served.server.stop();
        }
    }
}

#[test]
fn python_reads_what_it_wrote_by_every_operation() {
    for client in Client::all() {
        for store in ["memory", "disk"] {
            let Some(served) = Served::on(store) else {
                return;
            };
            let said = served.python(client, "operations.py");
            assert_eq!(said, "ok\n", "{client:?}, {store}");
            served.server.stop();
        }
    }
}

#[test]
fn a_write_whose_connection_is_lost_is_applied_once() {
    for client in Client::all() {
        let Some(served) = Served::on("memory") else {
            return;
        };
        let said = served.python(client, "lost_connections.py");
        assert_eq!(said, "ok\n", "{client:?}");
        served.server.stop();
    }
}

#[test]
fn our_own_library_reaches_a_served_store() {
    let Some(served) = Served::on("memory") else {
        return;
    };
    let url = format!("rados:///rbd?conf={}", served.conf().display());
    let pool = open(&url).ioctx("rbd");
    let reply = pool.exec("oid", "hellolua", "say_hello", "Ceph");
    let reply = reply.expect("the class is there");
    assert_eq!(&reply.output[..], b"Hello, Ceph! (from Lua)");
    pool.write_full("song", "la la la").expect("it is written");
    assert_eq!(served.rados("get song -"), "la la la");
    assert_eq!(
        &pool.read("song", ..).expect("it is there")[..],
        b"la la la"
    );
    served.server.stop();
}

#[test]
fn the_rados_command_works() {
    let Some(served) = Served::on("memory") else {
        return;
    };
    fs::write(served.dir.path().join("in"), "hello\n").expect("it is written");
    assert_eq!(served.rados("lspools"), "rbd\n");
    served.rados("put song in");
    served.rados("append song in");
    assert_eq!(served.rados("get song -"), "hello\nhello\n");
    assert!(served.rados("stat song").ends_with("size 12\n"));
    served.rados("setxattr song by Ada");
    assert_eq!(served.rados("getxattr song by"), "Ada");
    served.rados("setomapval song key value");
    assert_eq!(served.rados("listomapkeys song"), "key\n");
    served.rados("cp song copy");
    served.rados("-N other put song in");
    let mut names: Vec<_> = served.rados("ls").lines().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["copy", "song"]);
    assert_eq!(served.rados("-N other ls"), "song\n");
    served.rados("rm copy");
    assert_eq!(served.rados("ls"), "song\n");
    served.rados("touch song");
    served.rados("truncate song 3");
    assert_eq!(served.rados("get song -"), "hel");
    assert_eq!(served.rados("listwatchers song"), "");
    served.rados("lock get song mine --lock-cookie c");
    assert!(served.rados("lock list song").contains("mine"));
    let holder = served.rados("lock info song mine");
    let holder = holder.split('"').find(|word| word.starts_with("client."));
    let holder = holder.expect("it names who holds the lock").to_owned();
    served.rados(&format!("lock break song mine {holder} --lock-cookie c"));
    served.rados("export all");
    served.rados("rm song");
    served.rados("import all");
    assert_eq!(served.rados("getxattr song by"), "Ada");
    assert_eq!(served.rados("listomapkeys song"), "key\n");
    assert!(served.rados("df").contains("rbd"));
    served.rados("bench 1 write -b 4096 -t 16 --no-cleanup");
    served.rados("bench 1 rand -t 16");
    served.rados("cleanup");
    assert!(
        !served
            .try_run("rados", &["-p", "rbd", "mksnap", "s"])
            .status
            .success()
    );
    served.server.stop();
}

#[test]
fn the_ceph_command_works() {
    let Some(served) = Served::on("memory") else {
        return;
    };
    served.run("ceph", &["osd", "pool", "create", "songs", "8"]);
    assert_eq!(served.run("ceph", &["osd", "pool", "ls"]), "rbd\nsongs\n");
    assert_eq!(
        served.run("ceph", &["osd", "pool", "get", "songs", "pg_num"]),
        "pg_num: 8\n"
    );
    for number in 0..40 {
        served.run(
            "rados",
            &["-p", "songs", "create", &format!("object {number}")],
        );
    }
    assert_eq!(
        served.run("rados", &["-p", "songs", "ls"]).lines().count(),
        40
    );
    served.run("ceph", &["osd", "pool", "set", "songs", "pg_num", "11"]);
    assert_eq!(
        served.run("rados", &["-p", "songs", "ls"]).lines().count(),
        40
    );
    // A pool keeps its objects under another name, and its old name can be given to another.
    served.run("ceph", &["osd", "pool", "rename", "songs", "tunes"]);
    served.run("ceph", &["osd", "pool", "create", "songs"]);
    let count = |pool| served.run("rados", &["-p", pool, "ls"]).lines().count();
    assert_eq!((count("tunes"), count("songs")), (40, 0));
    served.run("rados", &["-p", "songs", "create", "object"]);
    assert_eq!((count("tunes"), count("songs")), (40, 1));
    let yes = "--yes-i-really-really-mean-it";
    served.run("ceph", &["osd", "pool", "rm", "tunes", "tunes", yes]);
    assert_eq!(count("songs"), 1);
    assert!(
        !served
            .try_run("ceph", &["osd", "pool", "rm", "songs", "songs"])
            .status
            .success()
    );
    served.run("ceph", &["osd", "pool", "rm", "songs", "songs", yes]);
    assert_eq!(served.run("ceph", &["osd", "pool", "ls"]), "rbd\n");
    assert!(served.run("ceph", &["-s"]).contains("HEALTH_OK"));
    assert!(
        served
            .run("ceph", &["tell", "osd.0", "version"])
            .contains("ceph version")
    );
    served.server.stop();
}

#[test]
fn clients_find_the_same_cluster_after_a_restart() {
    let Some(served) = Served::on("disk") else {
        return;
    };
    fs::write(served.dir.path().join("in"), "hello\n").expect("it is written");
    served.rados("put song in");
    let (address, conf) = (served.server.address(), served.server.ceph_conf());
    let Served { server, dir } = served;
    server.stop();
    let radula = open(dir.path().join("store").to_str().expect("UTF-8"));
    let server = Server::start(radula, &ServeOptions::at(address)).expect("it starts again");
    let served = Served { server, dir };
    assert_eq!(served.server.ceph_conf(), conf);
    assert_eq!(served.rados("get song -"), "hello\n");
    served.server.stop();
}

#[test]
fn other_addresses_than_loopback_are_refused() {
    let address = "0.0.0.0:0".parse().expect("an address");
    let refused = Server::start(open("memory"), &ServeOptions::at(address));
    assert!(
        refused
            .err()
            .is_some_and(|error| error.to_string().contains("not a loopback"))
    );
}
