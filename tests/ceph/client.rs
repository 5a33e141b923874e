//! The library and the command on a cluster: every verb beside the same verb on the embedded engine.

use std::fmt::Debug;

use libtest_mimic::Trial;
use radula::{
    Comparison, Config, Errno, Error, Exclusive, IoCtx, OmapRange, Operation, Radula, StepReply,
    runtime::LUA,
};
use testkit::{
    binary::{finish, radula_command},
    cluster::{ClassDir, Cluster, POOL},
    corpus::bundled_lua_classes,
    fixture::Scratch,
};

use crate::shared::Shared;

pub(crate) fn trials(ours: &Shared) -> Vec<Trial> {
    vec![
        ours.trial(
            "client/every_verb_answers_as_the_embedded_engine_does",
            every_verb_answers_as_the_embedded_engine_does,
        ),
        ours.trial(
            "client/a_large_object_is_read_whole_and_a_listing_is_in_order",
            a_large_object_is_read_whole_and_a_listing_is_in_order,
        ),
        ours.trial(
            "client/a_failed_class_explains_itself_as_embedded",
            a_failed_class_explains_itself_as_embedded,
        ),
        ours.trial(
            "client/what_a_cluster_cannot_do_is_said_before_anything_is_done",
            what_a_cluster_cannot_do_is_said_before_anything_is_done,
        ),
        ours.trial(
            "client/the_command_works_on_a_cluster",
            the_command_works_on_a_cluster,
        ),
        ours.trial(
            "client/output_of_a_call_that_wrote_is_dropped_unless_asked_for",
            output_of_a_call_that_wrote_is_dropped_unless_asked_for,
        ),
        ours.trial(
            "client/versions_belong_to_their_operations",
            versions_belong_to_their_operations,
        ),
    ]
}

fn embedded() -> IoCtx {
    let config = Config::default()
        .in_memory()
        .with_classes(&LUA, [bundled_lua_classes()]);
    Radula::open(config).expect("it opens").ioctx(POOL)
}

fn url(cluster: &Cluster) -> String {
    format!("rados:///{POOL}?conf={}", cluster.conf().display())
}

fn connected(cluster: &Cluster, namespace: &str) -> IoCtx {
    let config = Config::builtin(&Default::default())
        .with("store", url(cluster))
        .expect("the URL of a cluster");
    let radula = Radula::open(config).expect("the cluster answers");
    radula.default_ioctx().with_namespace(namespace)
}

/// The same with the output of calls that write.
fn with_outputs(cluster: &Cluster, namespace: &str) -> IoCtx {
    let config = Config::builtin(&Default::default())
        .with("store", format!("{}&returnvec=true", url(cluster)))
        .expect("the URL of a cluster");
    let radula = Radula::open(config).expect("the cluster answers");
    radula.default_ioctx().with_namespace(namespace)
}

fn classes(classes: &ClassDir) {
    for class in ["hellolua", "counter"] {
        let file = bundled_lua_classes().join(format!("cls_{class}.lua"));
        classes.put_lua(class, testkit::corpus::text(&file));
    }
}

/// An answer in one line: what came back, or the error number.
fn line<T: Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.errno().to_string(),
    }
}

/// An operation's answers, without times and versions, which differ from store to store.
fn steps(pool: &IoCtx, oid: &str, operation: &Operation) -> String {
    match pool.operate(oid, operation) {
        Ok(reply) => {
            let steps = reply.steps.iter().map(|step| match step {
                StepReply::Stat(stat) => format!("size {}", stat.size),
                StepReply::Exec(reply) => format!("{} {:?}", reply.ret, reply.output),
                other => format!("{other:?}"),
            });
            steps.collect::<Vec<_>>().join("; ")
        }
        Err(error) => error.errno().to_string(),
    }
}

type Verb = (&'static str, fn(&IoCtx) -> String);

/// In this order on one set of objects: each finds what those before it left.
const VERBS: &[Verb] = &[
    ("stat, missing", |p| line(p.stat("o").map(|s| s.size))),
    ("read, missing", |p| line(p.read("o", ..))),
    ("remove, missing", |p| line(p.remove("o"))),
    ("truncate, missing", |p| line(p.truncate("o", 5))),
    ("zero, missing", |p| line(p.zero("o", 0..5))),
    ("getxattr, missing", |p| line(p.get_xattr("o", "a"))),
    ("getxattrs, missing", |p| line(p.get_xattrs("o"))),
    ("rmxattr, missing object", |p| {
        line(p.remove_xattr("o", "a"))
    }),
    ("omap keys, missing", |p| {
        line(p.omap_get_keys("o", OmapRange::all().at_most(5)))
    }),
    ("omap vals, missing", |p| {
        line(p.omap_get_vals("o", OmapRange::all().at_most(5)))
    }),
    ("omap val, missing", |p| line(p.omap_get_val("o", "k"))),
    ("omap by keys, missing", |p| {
        line(p.omap_get_vals_by_keys("o", ["k"]))
    }),
    ("omap rm, missing", |p| line(p.omap_remove_keys("o", ["k"]))),
    ("omap clear, missing", |p| line(p.omap_clear("o"))),
    ("nothing, missing", |p| steps(p, "o", &Operation::new())),
    ("still missing", |p| line(p.stat("o").map(|s| s.size))),
    ("create", |p| line(p.create("o", Exclusive::Yes))),
    ("create again", |p| line(p.create("o", Exclusive::Yes))),
    ("create, not exclusive", |p| {
        line(p.create("o", Exclusive::No))
    }),
    ("read, empty", |p| line(p.read("o", ..))),
    ("write", |p| line(p.write("o", 3, "abc"))),
    ("append", |p| line(p.append("o", "def"))),
    ("read all", |p| line(p.read("o", ..))),
    ("read part", |p| line(p.read("o", 4..6))),
    ("read over the end", |p| line(p.read("o", 7..107))),
    ("read beyond the end", |p| line(p.read("o", 100..105))),
    ("zero", |p| line(p.zero("o", 3..5))),
    ("zero beyond the end", |p| line(p.zero("o", 100..102))),
    ("truncate", |p| line(p.truncate("o", 7))),
    ("truncate up", |p| line(p.truncate("o", 12))),
    ("read after all that", |p| line(p.read("o", ..))),
    ("truncate, far", |p| line(p.truncate("o", u64::MAX))),
    ("write full", |p| line(p.write_full("o", "new"))),
    ("stat", |p| {
        line(
            p.stat("o")
                .map(|s| (s.size, s.mtime.0 > 1_600_000_000_000_000_000)),
        )
    }),
    ("setxattr", |p| line(p.set_xattr("o", "a", "1"))),
    ("setxattr, bytes", |p| {
        line(p.set_xattr("o", "b", &b"\xff\0"[..]))
    }),
    ("setxattr, empty", |p| line(p.set_xattr("o", "c", ""))),
    ("getxattr", |p| line(p.get_xattr("o", "b"))),
    ("getxattr, empty", |p| line(p.get_xattr("o", "c"))),
    ("getxattr, none", |p| line(p.get_xattr("o", "x"))),
    ("getxattrs", |p| line(p.get_xattrs("o"))),
    ("rmxattr", |p| line(p.remove_xattr("o", "a"))),
    ("getxattrs again", |p| line(p.get_xattrs("o"))),
    ("omap set", |p| {
        line(p.omap_set("o", [("k1", "1"), ("k2", "2"), ("l1", "3"), ("l2", "")]))
    }),
    ("omap set, bytes", |p| {
        line(p.omap_set("o", [(&b"\xff\0k"[..], &b"\0"[..])]))
    }),
    ("omap keys", |p| {
        line(p.omap_get_keys("o", OmapRange::all().at_most(2)))
    }),
    ("omap keys, on", |p| {
        line(p.omap_get_keys("o", OmapRange::all().after("k2").at_most(10)))
    }),
    ("omap vals, prefix", |p| {
        line(p.omap_get_vals("o", OmapRange::all().with_prefix("l").at_most(10)))
    }),
    ("omap vals, page", |p| {
        line(p.omap_get_vals("o", OmapRange::all().after("k1").at_most(1)))
    }),
    ("omap val", |p| line(p.omap_get_val("o", "k2"))),
    ("omap val, bytes", |p| line(p.omap_get_val("o", b"\xff\0k"))),
    ("omap val, none", |p| line(p.omap_get_val("o", "x"))),
    ("omap by keys", |p| {
        line(p.omap_get_vals_by_keys("o", ["l1", "x", "k1"]))
    }),
    ("omap rm", |p| line(p.omap_remove_keys("o", ["k1", "x"]))),
    ("omap range", |p| {
        steps(p, "o", &Operation::new().omap_remove_range("l1", "l2"))
    }),
    ("omap keys, left", |p| {
        line(p.omap_get_keys("o", OmapRange::all().at_most(10)))
    }),
    ("omap clear", |p| line(p.omap_clear("o"))),
    ("omap keys, cleared", |p| {
        line(p.omap_get_keys("o", OmapRange::all().at_most(10)))
    }),
    ("many reads", |p| {
        let all = Operation::new()
            .stat()
            .read(0..2)
            .get_xattrs()
            .get_xattr("b")
            .omap_get_keys(OmapRange::all().at_most(9));
        steps(p, "o", &all.assert_exists())
    }),
    ("reads, one fails", |p| {
        steps(p, "o", &Operation::new().stat().get_xattr("x").read(..))
    }),
    ("writes", |p| {
        let all = Operation::new()
            .assert_exists()
            .append("er")
            .set_xattr("n", "7");
        steps(p, "o", &all.omap_set([("k", "v")]))
    }),
    ("writes, one fails", |p| {
        steps(
            p,
            "o",
            &Operation::new().write_full("lost").create(Exclusive::Yes),
        )
    }),
    ("nothing of it stayed", |p| line(p.read("o", ..))),
    ("assert version 0", |p| {
        steps(p, "o", &Operation::new().assert_version(0).append("x"))
    }),
    ("assert version, newer", |p| {
        steps(
            p,
            "o",
            &Operation::new().assert_version(u64::MAX / 2).append("x"),
        )
    }),
    ("compare, holds", |p| {
        let is = Operation::new().compare_xattr("n", Comparison::Equal, "7");
        steps(p, "o", &is.append("."))
    }),
    ("compare, does not", |p| {
        let is = Operation::new().compare_xattr("n", Comparison::Greater, "6");
        steps(p, "o", &is.append("."))
    }),
    ("compare, missing", |p| {
        let is = Operation::new().compare_xattr("x", Comparison::Equal, "");
        steps(p, "o", &is.stat())
    }),
    ("remove and create", |p| {
        steps(p, "o", &Operation::new().remove().create(Exclusive::Yes))
    }),
    ("what that left", |p| {
        steps(p, "o", &Operation::new().stat().get_xattrs())
    }),
    ("exec, reads", |p| {
        line(p.exec("o", "hellolua", "say_hello", b"x").map(|r| r.output))
    }),
    ("exec, missing object", |p| {
        line(p.exec("none", "hellolua", "say_hello", b"x").map(|r| r.ret))
    }),
    ("exec, writes", |p| {
        line(
            p.exec("n", "counter", "add", b"5")
                .map(|r| (r.ret, r.output)),
        )
    }),
    ("exec, writes again", |p| {
        line(
            p.exec("n", "counter", "add", b"6")
                .map(|r| (r.ret, r.output)),
        )
    }),
    ("exec, refused", |p| {
        line(p.exec("n", "counter", "add", b"six").map(|r| r.ret))
    }),
    ("exec, no method", |p| {
        line(p.exec("n", "counter", "nosuch", b"").map(|r| r.ret))
    }),
    ("exec, no class", |p| {
        line(p.exec("n", "nosuch", "m", b"").map(|r| r.ret))
    }),
    ("exec beside reads", |p| {
        let both = Operation::new().stat().exec("hellolua", "say_hello", "y");
        steps(p, "n", &both)
    }),
    ("exec after writes fails", |p| {
        let both = Operation::new()
            .write_full("lost")
            .exec("counter", "add", "six");
        steps(p, "n", &both)
    }),
    ("and undoes them", |p| {
        line(p.exec("n", "counter", "get", b"").map(|r| r.output))
    }),
    ("list", |p| line(p.list(None, "", 10))),
    ("list, page", |p| line(p.list(None, "", 1))),
    ("list, on", |p| line(p.list(Some("n"), "", 10))),
    ("list, prefix", |p| line(p.list(None, "o", 10))),
    ("remove", |p| line(p.remove("o"))),
    ("list, one less", |p| line(p.list(None, "", 10))),
];

fn every_verb_answers_as_the_embedded_engine_does(cluster: &Cluster, directory: &ClassDir) {
    classes(directory);
    let (here, there) = (embedded(), with_outputs(cluster, "every-verb"));
    let mut wrong = Vec::new();
    for (name, verb) in VERBS {
        let (one, other) = (verb(&here), verb(&there));
        if one != other {
            wrong.push(format!("{name}: embedded {one}, in a cluster {other}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Removing an xattr that is not there is the one RADOS has another mind of.
    for (pool, answer) in [(&here, Err(Errno::ENODATA)), (&there, Ok(()))] {
        pool.create("r", Exclusive::No).expect("it is created");
        let removed = pool.remove_xattr("r", "none");
        assert_eq!(removed.map_err(|error| error.errno()), answer);
    }
}

fn a_large_object_is_read_whole_and_a_listing_is_in_order(cluster: &Cluster, _: &ClassDir) {
    let pool = connected(cluster, "large");
    // Beyond the room a first attempt has.
    let data: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    pool.write_full("large", data.clone()).expect("written");
    assert!(pool.read("large", ..).expect("read") == data);
    assert!(pool.read("large", 5_000_000..).expect("read") == data[5_000_000..]);
    assert!(pool.read("large", 1..u64::MAX).expect("read") == data[1..]);
    let names: Vec<String> = (0..120).map(|number| format!("n{number:03}")).collect();
    for name in names.iter().rev() {
        pool.create(name, Exclusive::Yes).expect("created");
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = pool.list(after.as_deref(), "n", 50).expect("a page");
        assert!(page.entries.len() <= 50);
        after = page.entries.last().cloned();
        found.extend(page.entries);
        if !page.more {
            break;
        }
    }
    assert_eq!(found, names);
    let all = pool.list_all(None, "n000", 10).expect("all namespaces");
    assert_eq!(all.entries[0].namespace, "large");
}

fn a_failed_class_explains_itself_as_embedded(cluster: &Cluster, directory: &ClassDir) {
    classes(directory);
    let broken = "function f(input, output) local x = nil; return x.y end\n\
                  function spin() while true do end end\n\
                  objclass.register(f) objclass.register(spin)\n";
    directory.put_lua("explains", broken);
    let scratch = Scratch::new();
    let _ = scratch.file("lua/cls_explains.lua", broken);
    let config = Config::default()
        .in_memory()
        .with_classes(&LUA, [scratch.path().join("lua")]);
    let here = Radula::open(config).expect("it opens").ioctx(POOL);
    let there = connected(cluster, "");
    for (method, kind) in [("f", "guest-error"), ("spin", "limit")] {
        let fail = |pool: &IoCtx| {
            let error = pool.exec("explained", "explains", method, b"").unwrap_err();
            (error.errno(), error.kind().word(), error.to_string())
        };
        let (embedded, in_cluster) = (fail(&here), fail(&there));
        assert_eq!(in_cluster.1, kind, "{in_cluster:?}");
        if kind == "limit" {
            // Which of the limits is met first depends on their values, which differ.
            assert_eq!(embedded.0, in_cluster.0);
        } else {
            assert_eq!(embedded, in_cluster);
        }
    }
}

fn what_a_cluster_cannot_do_is_said_before_anything_is_done(cluster: &Cluster, _: &ClassDir) {
    let pool = connected(cluster, "cannot");
    pool.write_full("o", "as it was").expect("written");
    let write = || Operation::new().write_full("changed");
    for operation in [
        write().read(..),
        write().stat(),
        write().omap_get_header(),
        write().omap_set_header("x"),
        Operation::new().compare_xattr_number("n", Comparison::Equal, 1),
        Operation::new().exec("counter", "add", "1").get_xattr("a"),
        Operation::new()
            .exec("counter", "add", "1")
            .omap_get_val("a"),
        Operation::new().exec("counter", "add", "1").read(..),
    ] {
        let error = pool.operate("o", &operation).unwrap_err();
        assert_eq!(
            (error.errno(), error.kind().word()),
            (Errno::EOPNOTSUPP, "unsupported"),
            "{error}"
        );
        assert!(
            error.to_string().contains("not possible in a cluster"),
            "{error}"
        );
    }
    let options = radula::ExecOptions::default().with_limits(radula::Limits {
        fuel: 10,
        ..radula::Limits::UNLIMITED
    });
    let limited = pool.exec_with("o", "counter", "add", b"1", &options);
    assert_eq!(limited.unwrap_err().kind().word(), "unsupported");
    let nul = pool.set_xattr("o", "a\0b", "").unwrap_err();
    assert_eq!(
        (nul.errno(), nul.kind().word()),
        (Errno::EINVAL, "invalid-object")
    );
    assert_eq!(pool.read("o", ..).expect("it is there"), "as it was");
    assert!(pool.get_xattrs("o").expect("it is there").is_empty());
}

fn output_of_a_call_that_wrote_is_dropped_unless_asked_for(
    cluster: &Cluster,
    directory: &ClassDir,
) {
    classes(directory);
    let plain = connected(cluster, "outputs");
    let reply = plain.exec("n", "counter", "add", b"5").expect("it adds");
    assert_eq!(reply.output, "");
    let asking = with_outputs(cluster, "outputs");
    let reply = asking.exec("n", "counter", "add", b"6").expect("it adds");
    assert_eq!(reply.output, "11");
    // What only reads has output either way.
    let read = plain.exec("n", "counter", "get", b"").expect("it reads");
    assert_eq!(read.output, "11");
}

fn versions_belong_to_their_operations(cluster: &Cluster, _: &ClassDir) {
    let pool = connected(cluster, "versions");
    // Eight threads on one handle; each guards its object by the version its own last write answered.
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let pool = &pool;
            scope.spawn(move || {
                let oid = format!("o{thread}");
                let first = pool.operate(&oid, &Operation::new().create(Exclusive::Yes));
                let mut version = first.expect("created").version;
                for _ in 0..20 {
                    let next = Operation::new().assert_version(version).append("x");
                    version = pool.operate(&oid, &next).expect("its own version").version;
                }
            });
        }
    });
}

fn the_command_works_on_a_cluster(cluster: &Cluster, directory: &ClassDir) {
    classes(directory);
    let scratch = Scratch::new();
    let run = |arguments: &[&str]| {
        // The kit puts a store of its own first; a variable would lose to it.
        let mut command = radula_command(url(cluster).as_ref());
        command
            .current_dir(scratch.path())
            .env("HOME", scratch.path());
        let output = finish(command.args(["-N", "command"]).args(arguments));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let ok = |out: &str| (Some(0), out.to_owned(), String::new());
    let script = scratch.file(
        "s.lua",
        "function f(i, o) o:append('say ' .. i:str()) end objclass.register(f)",
    );
    let script = script.to_str().expect("UTF-8");
    assert_eq!(run(&["setxattr", "o", "a", "b"]), ok(""));
    assert_eq!(run(&["getxattr", "o", "a"]), ok("b"));
    assert_eq!(run(&["listxattr", "o"]), ok("a\n"));
    assert_eq!(run(&["put", "p", script]), ok(""));
    assert_eq!(run(&["append", "p", script]), ok(""));
    assert_eq!(run(&["truncate", "p", "8"]), ok(""));
    assert_eq!(run(&["get", "p", "-"]), ok("function"));
    assert_eq!(run(&["setomapval", "o", "k", "v"]), ok(""));
    assert_eq!(run(&["getomapval", "o", "k"]), ok("v"));
    assert_eq!(run(&["listomapkeys", "o"]), ok("k\n"));
    assert_eq!(run(&["rmomapkey", "o", "k"]), ok(""));
    assert_eq!(run(&["ls"]), ok("o\np\n"));
    assert_eq!(
        run(&["exec", "o", "hellolua", "say_hello", "Ceph"]),
        ok("Hello, Ceph! (from Lua)")
    );
    assert_eq!(run(&["eval", "o", script, "f", "it"]), ok("say it"));
    let stat = run(&["stat", "p"]);
    assert!(
        stat.1.contains("command/p mtime 20") && stat.1.ends_with("size 8\n"),
        "{stat:?}"
    );
    assert_eq!(run(&["rm", "o", "p"]), ok(""));
    let (code, _, message) = run(&["fsck"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("EOPNOTSUPP"), "{message}");
    let (code, _, message) = run(&["-p", "nosuch", "ls"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("no pool \"nosuch\""), "{message}");
    let (code, out, message) = run(&["class", "ls"]);
    assert_eq!(code, Some(0));
    assert!(
        out.contains("CLASS") && message.contains("this machine"),
        "{message}"
    );
}
