//! The session object classes in Lua were first shown with, on a stock cluster with a stock client.

use libtest_mimic::Trial;
use testkit::{
    cluster::{ClassDir, Client, Cluster},
    corpus::bundled_lua_classes,
    native::native_classes,
};

use crate::shared::{Shared, soon};

const EOPNOTSUPP: i32 = -95;

pub(crate) fn trials(ours: &Shared) -> Vec<Trial> {
    let without_lua = Shared::with_plugin("without-libcls_lua", |options, classes| {
        classes.put_lua("hellolua", bundled("hellolua"));
        classes.remove("libcls_lua.so");
        options
    });
    vec![
        ours.trial(
            "a_class_from_a_file_answers_a_stock_client",
            a_class_from_a_file_answers_a_stock_client,
        ),
        ours.trial(
            "an_edited_class_answers_anew_without_a_restart",
            an_edited_class_answers_anew_without_a_restart,
        ),
        ours.trial(
            "ceph's_native_class_of_the_same_name_wins",
            cephs_native_class_of_the_same_name_wins,
        ),
        ours.trial(
            "our_native_class_of_the_same_name_wins",
            our_native_class_of_the_same_name_wins,
        ),
        ours.trial(
            "a_class_installed_while_the_osd_runs_is_found",
            a_class_installed_while_the_osd_runs_is_found,
        ),
        without_lua.trial(
            "a_lua_class_fails_with_eopnotsupp_and_a_log_line_until_libcls_lua_is_back",
            a_lua_class_fails_with_eopnotsupp_and_a_log_line_until_libcls_lua_is_back,
        ),
    ]
}

fn bundled(class: &str) -> String {
    testkit::corpus::text(&bundled_lua_classes().join(format!("cls_{class}.lua")))
}

fn a_class_from_a_file_answers_a_stock_client(cluster: &Cluster, classes: &ClassDir) {
    classes.put_lua("hellolua", bundled("hellolua"));
    let mut client = cluster.client();
    let answer = client.plain_execute("oid", "hellolua", "say_hello", b"Ceph");
    let (ret, output) = answer.expect("it answers");
    assert_eq!(
        (ret, output.as_slice()),
        (23, &b"Hello, Ceph! (from Lua)"[..]),
    );

    let recorded = client.execute("greeting", "hellolua", "record_hello", b"Ceph");
    assert_eq!(recorded.ret, 0);
    let object = client.object("greeting").expect("it was recorded");
    assert_eq!(object.data, b"Hello, Ceph! (from Lua)");
    let again = client.execute("greeting", "hellolua", "record_hello", b"Ceph");
    assert_eq!(again.ret, -17, "EEXIST");
    let replayed = client.execute("greeting", "hellolua", "replay", b"");
    assert_eq!(replayed.output, b"Hello, Ceph! (from Lua)");
}

fn greeting(text: &str) -> String {
    format!(
        "function say_hello(input, output) output:append('{text}') end\nobjclass.register(say_hello, 'r')\n"
    )
}

fn say(client: &mut Client, class: &str) -> Vec<u8> {
    client.execute("edited", class, "say_hello", b"").output
}

fn an_edited_class_answers_anew_without_a_restart(cluster: &Cluster, classes: &ClassDir) {
    let mut client = cluster.client();
    client.write_full("edited", b"x").expect("a healthy OSD");
    classes.put_lua("edited", greeting("first"));
    assert_eq!(say(&mut client, "edited"), b"first");
    classes.put_lua("edited", greeting("second"));
    assert!(soon(|| say(&mut client, "edited") == b"second"));
    // What does not load leaves what did in charge.
    classes.put_lua("edited", "function say_hello(");
    assert!(cluster.logged("cls_edited.lua"), "the log does not tell");
    assert_eq!(say(&mut client, "edited"), b"second");
}

fn cephs_native_class_of_the_same_name_wins(cluster: &Cluster, classes: &ClassDir) {
    let file = "radula/classes/lua/cls_hello.lua";
    classes.put(file, greeting("from Lua").as_bytes());
    let mut client = cluster.client();
    client.write_full("edited", b"x").expect("a healthy OSD");
    assert_eq!(say(&mut client, "hello"), b"Hello, world!");
}

fn our_native_class_of_the_same_name_wins(cluster: &Cluster, classes: &ClassDir) {
    classes.put_lua("hello_c", greeting("from Lua"));
    classes.put_native("hello_c", &native_classes().join("libcls_hello_c.so"));
    let mut client = cluster.client();
    client.write_full("edited", b"x").expect("a healthy OSD");
    let answer = client.execute("edited", "hello_c", "say_hello", b"Ceph");
    assert_eq!(answer.output, b"Hello, Ceph!", "{answer:?}");
}

fn a_class_installed_while_the_osd_runs_is_found(cluster: &Cluster, classes: &ClassDir) {
    let mut client = cluster.client();
    client.write_full("edited", b"x").expect("a healthy OSD");
    let absent = client.execute("edited", "latecomer", "say_hello", b"");
    assert_eq!(absent.ret, EOPNOTSUPP);
    classes.put_lua("latecomer", greeting("here"));
    assert_eq!(say(&mut client, "latecomer"), b"here");
    let unknown = client.execute("edited", "latecomer", "no_such_method", b"");
    assert_eq!(unknown.ret, EOPNOTSUPP);
}

fn a_lua_class_fails_with_eopnotsupp_and_a_log_line_until_libcls_lua_is_back(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    let mut client = cluster.client();
    let answer = client.execute("oid", "hellolua", "say_hello", b"Ceph");
    assert_eq!(answer.ret, EOPNOTSUPP, "{answer:?}");
    assert!(
        cluster.logged("libcls_lua.so: (2) No such file or directory"),
        "the OSD's log does not say what is missing"
    );
    classes.put_stub("lua");
    let answer = client.execute("oid", "hellolua", "say_hello", b"Ceph");
    assert_eq!(answer.output, b"Hello, Ceph! (from Lua)", "{answer:?}");
}
