//! Class lists and capabilities bind our classes as they bind native ones.

use libtest_mimic::Trial;
use serde_json::json;
use testkit::{
    cluster::{ClassDir, Client, Cluster},
    native::native_classes,
};

use crate::shared::Shared;

const EPERM: i32 = -1;
const EACCES: i32 = -13;

const CLASS: &str = "
function say_hello(input, output) output:append('Hello, ' .. input:str() .. '! (from Lua)') end
function shout(input, output) output:append('HELLO') end
function x(input, output) output:append('x') end
objclass.register(say_hello, 'r')
objclass.register(shout, 'r')
objclass.register(x, 'r')
";

pub(crate) fn trials() -> Vec<Trial> {
    let guarded = Shared::with_plugin("guarded", |mut options, classes| {
        for class in ["hellolua", "listed", "unlisted", "growing"] {
            classes.put_lua(class, CLASS);
        }
        let native = native_classes().join("libcls_hello_c.so");
        classes.put_native("hello_c", &native);
        classes.put_native("unlisted_c", &native);
        options.class_load_list = "lua hello hello_c hellolua listed growing lock".into();
        options.class_default_list = "hello listed".into();
        options.cephx = true;
        options
    });
    vec![
        guarded.trial(
            "where_classes_are_listed_a_new_method_waits_and_the_log_says_so",
            where_classes_are_listed_a_new_method_waits_and_the_log_says_so,
        ),
        guarded.trial(
            "a_class_that_is_not_on_the_load_list_is_refused",
            a_class_that_is_not_on_the_load_list_is_refused,
        ),
        guarded.trial(
            "a_capability_for_one_method_permits_that_method_alone",
            a_capability_for_one_method_permits_that_method_alone,
        ),
        guarded.trial(
            "an_x_after_a_class_is_a_method_and_after_a_method_it_is_refused",
            an_x_after_a_class_is_a_method_and_after_a_method_it_is_refused,
        ),
        guarded.trial(
            "a_capability_for_a_class_permits_all_its_methods_and_no_other_class",
            a_capability_for_a_class_permits_all_its_methods_and_no_other_class,
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
    let ours = client.execute("guarded", "unlisted_c", "say_hello", b"");
    assert_eq!(ours.ret, EPERM, "native, and ours");
    assert!(cluster.logged("not permitted to load unlisted_c"));
    let permitted = client.execute("guarded", "hellolua", "say_hello", b"Ceph");
    assert_eq!(permitted.output, b"Hello, Ceph! (from Lua)");
}

fn where_classes_are_listed_a_new_method_waits_and_the_log_says_so(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    let mut client = cluster.client();
    client.write_full("growing", b"x").expect("a healthy OSD");
    let shout = client.execute("growing", "growing", "shout", b"");
    assert_eq!(shout.output, b"HELLO");
    let fresh = "function fresh(input, output) end objclass.register(fresh, 'r')";
    classes.put_lua("growing", CLASS.replace("HELLO", "HI") + fresh);
    assert!(cluster.logged("class growing has methods the OSD does not know: fresh"));
    let shout = client.execute("growing", "growing", "shout", b"");
    assert_eq!(shout.output, b"HI", "the rest of it is taken");
    let fresh = client.execute("growing", "growing", "fresh", b"");
    assert_eq!(fresh.ret, -95, "EOPNOTSUPP");
}

/// Whether each of these calls is let through, whatever it then answers. Refused is `EPERM` and nothing else.
fn permitted(client: &mut Client, calls: &[&str]) -> Vec<bool> {
    let mut call = |path: &&str| {
        let (class, method) = path.split_once('.').expect("class.method");
        let answer = client.execute("guarded", class, method, b"");
        answer.ret != EPERM
    };
    calls.iter().map(&mut call).collect()
}

/// Methods of a class in Lua, the same of one of our native classes and of one of Ceph's, and class `lua`.
const CALLS: [&str; 8] = [
    "hellolua.say_hello",
    "hellolua.shout",
    "hellolua.x",
    "hello_c.say_hello",
    "hello_c.record_hello",
    "hello.say_hello",
    "hello.replay",
    "lua.eval_json",
];

/// The calls of `CALLS` a client with this capability may make.
fn reached(cluster: &Cluster, name: &str, capability: &str) -> Vec<&'static str> {
    cluster
        .client()
        .write_full("guarded", b"x")
        .expect("a healthy OSD");
    let mut client = cluster.client_with_caps(name, capability);
    let permitted = permitted(&mut client, &CALLS);
    let reached = CALLS.iter().zip(permitted).filter(|(_, may)| *may);
    reached.map(|(call, _)| *call).collect()
}

fn a_capability_for_one_method_permits_that_method_alone(cluster: &Cluster, _: &ClassDir) {
    for class in ["hellolua", "hello_c", "hello"] {
        let capability = format!("allow class {class} say_hello");
        let name = format!("client.method-{class}");
        let expected = [format!("{class}.say_hello")];
        let reached = reached(cluster, &name, &capability);
        assert_eq!(reached, expected, "{capability}");
    }
    let mut client = cluster.client_with_caps("client.answer", "allow class hellolua say_hello");
    let answer = client.execute("guarded", "hellolua", "say_hello", b"Ceph");
    assert_eq!(answer.output, b"Hello, Ceph! (from Lua)", "{answer:?}");
}

/// The letter that ends other rules of Ceph has no place after a method, and after a class it is a method.
fn an_x_after_a_class_is_a_method_and_after_a_method_it_is_refused(
    cluster: &Cluster,
    _: &ClassDir,
) {
    for class in ["hellolua", "hello_c", "hello"] {
        let command = json!({
            "prefix": "auth get-or-create",
            "entity": format!("client.refused-{class}"),
            "caps": ["mon", "allow r", "osd", format!("allow class {class} say_hello x")],
        });
        let refused = cluster
            .monitor_command(&command)
            .expect_err("the monitor does not take it");
        assert!(refused.text.contains("stopped at 'x'"), "{refused}");

        let capability = format!("allow class {class} x");
        let name = format!("client.x-{class}");
        let expected: &[&str] = match class {
            "hellolua" => &["hellolua.x"],
            _ => &[],
        };
        let reached = reached(cluster, &name, &capability);
        assert_eq!(reached, expected, "{capability}");
    }
}

fn a_capability_for_a_class_permits_all_its_methods_and_no_other_class(
    cluster: &Cluster,
    _: &ClassDir,
) {
    let classes = [
        (
            "hellolua",
            &["hellolua.say_hello", "hellolua.shout", "hellolua.x"][..],
        ),
        ("hello_c", &["hello_c.say_hello", "hello_c.record_hello"]),
        ("hello", &["hello.say_hello", "hello.replay"]),
    ];
    for (class, expected) in classes {
        let capability = format!("allow class {class}");
        let name = format!("client.class-{class}");
        let reached = reached(cluster, &name, &capability);
        assert_eq!(reached, expected, "{capability}");
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
