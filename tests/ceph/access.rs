//! Class lists and capabilities bind our classes as they bind native ones.

use libtest_mimic::Trial;
use testkit::cluster::{ClassDir, Client, Cluster};

use crate::shared::Shared;

const EPERM: i32 = -1;
const EACCES: i32 = -13;

const CLASS: &str = "
function say_hello(input, output) output:append('Hello, ' .. input:str() .. '! (from Lua)') end
function shout(input, output) output:append('HELLO') end
objclass.register(say_hello, 'r')
objclass.register(shout, 'r')
";

pub(crate) fn trials() -> Vec<Trial> {
    let guarded = Shared::with_plugin("guarded", |mut options, classes| {
        for class in ["hellolua", "listed", "unlisted"] {
            classes.put_lua(class, CLASS);
        }
        options.class_load_list = "lua hello hellolua listed lock".into();
        options.class_default_list = "hello listed".into();
        options.cephx = true;
        options
    });
    vec![
        guarded.trial(
            "a_class_that_is_not_on_the_load_list_is_refused",
            a_class_that_is_not_on_the_load_list_is_refused,
        ),
        guarded.trial(
            "a_capability_for_one_method_permits_that_method_alone",
            a_capability_for_one_method_permits_that_method_alone,
        ),
        guarded.trial(
            "a_capability_to_execute_reaches_the_classes_of_the_default_list_alone",
            a_capability_to_execute_reaches_the_classes_of_the_default_list_alone,
        ),
    ]
}

/// A call to a class in Lua and one to a native class, as error numbers.
fn both(client: &mut Client, lua: &str, native: &str) -> (i32, i32) {
    let mut call = |path: &str| {
        let (class, method) = path.split_once('.').expect("class.method");
        client.execute("guarded", class, method, b"").ret.min(0)
    };
    (call(lua), call(native))
}

fn a_class_that_is_not_on_the_load_list_is_refused(cluster: &Cluster, _: &ClassDir) {
    let mut client = cluster.client();
    client.write_full("guarded", b"x").expect("a healthy OSD");
    // `sdk` is native and not on the list either.
    let refused = both(
        &mut client,
        "unlisted.say_hello",
        "sdk.test_coverage_replay",
    );
    assert_eq!(refused, (EPERM, EPERM));
    let permitted = client.execute("guarded", "hellolua", "say_hello", b"Ceph");
    assert_eq!(permitted.output, b"Hello, Ceph! (from Lua)");
}

fn a_capability_for_one_method_permits_that_method_alone(cluster: &Cluster, _: &ClassDir) {
    cluster
        .client()
        .write_full("guarded", b"x")
        .expect("a healthy OSD");
    let mut client =
        cluster.client_with_caps("client.one-method", "allow class hellolua say_hello");
    let permitted = client.execute("guarded", "hellolua", "say_hello", b"Ceph");
    assert_eq!(
        permitted.output, b"Hello, Ceph! (from Lua)",
        "{permitted:?}"
    );
    for (class, method) in [
        ("hellolua", "shout"),
        ("listed", "say_hello"),
        ("hello", "say_hello"),
        ("lua", "eval_json"),
    ] {
        let refused = client.execute("guarded", class, method, b"");
        assert_eq!(refused.ret, EPERM, "{class}.{method}");
    }
}

fn a_capability_to_execute_reaches_the_classes_of_the_default_list_alone(
    cluster: &Cluster,
    _: &ClassDir,
) {
    cluster
        .client()
        .write_full("guarded", b"x")
        .expect("a healthy OSD");
    let mut client = cluster.client_with_caps("client.execute", "allow rx");
    assert_eq!(
        both(&mut client, "listed.say_hello", "hello.say_hello"),
        (0, 0)
    );
    // On the load list, but not on the default list.
    assert_eq!(
        both(&mut client, "hellolua.say_hello", "lock.list_locks"),
        (EPERM, EPERM)
    );
    let mut reader = cluster.client_with_caps("client.read", "allow r");
    let refused = both(&mut reader, "listed.say_hello", "hello.say_hello");
    assert!(
        refused == (EPERM, EPERM) || refused == (EACCES, EACCES),
        "{refused:?}"
    );
}
