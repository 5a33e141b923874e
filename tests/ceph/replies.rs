//! What a client gets of a method that writes: RADOS's own rule, which embedded calls do not have.

use std::time::Duration;

use libtest_mimic::Trial;
use radula::{Errno, Operation};
use serde_json::json;
use testkit::{
    behaviour::{connected, eval_request},
    cluster::{ClassDir, Cluster, POOL, Release},
};

use crate::{own_writes::COMPLAINT, shared::Shared};

/// `write` answers with as many bytes as the input says, after it wrote; `look` after it did not, flagged alike.
const CLASS: &str = "
local function reply(input, output) output:append(string.rep('x', tonumber(input:str()))) end
function write(input, output)
  objclass.write_full(input)
  reply(input, output)
  return 7
end
function look(input, output) reply(input, output) end
objclass.register(write, 'rw')
objclass.register(look, 'rw')
";

pub(crate) fn trials(ours: &Shared) -> Vec<Trial> {
    // Others' writes would be in the same logs.
    let logged = Shared::with_plugin("replies-logged", |options, _| options);
    // These end with an object that is lost.
    let stock = Shared::stock("replies-stock", Release::Installed, |options| options);
    let unguarded = Shared::with_plugin("replies-unguarded", |options, classes| {
        classes.put("radula/radula.toml", b"ceph.write_reply = \"1MiB\"\n");
        options
    });
    vec![
        ours.trial(
            "a_method_that_wrote_answers_a_plain_client_with_zero_and_nothing",
            a_method_that_wrote_answers_a_plain_client_with_zero_and_nothing,
        ),
        ours.trial(
            "a_client_that_asks_for_replies_of_writes_gets_64_bytes",
            a_client_that_asks_for_replies_of_writes_gets_64_bytes,
        ),
        logged.trial(
            "what_only_reads_leaves_no_entry_in_the_log_of_its_placement_group",
            what_only_reads_leaves_no_entry_in_the_log_of_its_placement_group,
        ),
        ours.trial(
            "output_that_would_damage_the_object_is_dropped_and_the_object_whole",
            output_that_would_damage_the_object_is_dropped_and_the_object_whole,
        ),
        unguarded.trial(
            "without_that_limit_an_osd_refuses_the_write_and_believes_in_it",
            without_that_limit_an_osd_refuses_the_write_and_believes_in_it,
        ),
        stock.trial(
            "a_stock_class_damages_its_object_by_the_same_answer",
            a_stock_class_damages_its_object_by_the_same_answer,
        ),
    ]
}

fn a_method_that_wrote_answers_a_plain_client_with_zero_and_nothing(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    classes.put_lua("replies", CLASS);
    let mut client = cluster.client();
    let wrote = client.execute("replies.plain", "replies", "write", b"10");
    assert_eq!((wrote.ret, wrote.output.as_slice()), (0, &b""[..]));
    let object = client.object("replies.plain").expect("it was written");
    assert_eq!(object.data, b"10");
    // The same flags, and nothing written: then it is like a read.
    let looked = client.execute("replies.plain", "replies", "look", b"10");
    assert_eq!(looked.output, b"xxxxxxxxxx");
}

fn a_client_that_asks_for_replies_of_writes_gets_64_bytes(cluster: &Cluster, classes: &ClassDir) {
    classes.put_lua("replies64", CLASS);
    let objects = connected(cluster).ioctx(POOL);
    let wrote = objects
        .exec("replies.asked", "replies64", "write", b"64")
        .expect("64 bytes are what an OSD returns");
    assert_eq!((wrote.ret, wrote.output.len()), (7, 64));
    let object = cluster.client().object("replies.asked");
    assert_eq!(object.expect("it was written").data, b"64");
}

fn output_that_would_damage_the_object_is_dropped_and_the_object_whole(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    classes.put_lua("replies65", CLASS);
    let objects = connected(cluster).ioctx(POOL);
    objects
        .write_full("replies.whole", "what was there before")
        .expect("a healthy OSD");
    let reply = objects
        .exec("replies.whole", "replies65", "write", b"65")
        .expect("it is written");
    assert_eq!((reply.ret, &reply.output[..]), (7, &b""[..]));
    assert!(cluster.logged("replies65.write wrote, so its output of 65 bytes is dropped"));
    let object = cluster.client().object("replies.whole");
    assert_eq!(object.expect("a whole object").data, b"65");
    // Once more, as a compound operation's second step.
    let operation = Operation::new()
        .write_full("other")
        .exec("replies65", "write", "1000");
    objects
        .operate("replies.whole", &operation)
        .expect("it is written");
    let object = cluster.client().object("replies.whole");
    assert_eq!(object.expect("a whole object").data, b"1000");
    let look = objects.exec("replies.whole", "replies65", "look", b"1000");
    assert_eq!(look.expect("nothing was written").output.len(), 1000);
}

fn without_that_limit_an_osd_refuses_the_write_and_believes_in_it(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    classes.put_lua("replies65", CLASS);
    damage(cluster, "replies65", "write", "65");
}

fn a_stock_class_damages_its_object_by_the_same_answer(cluster: &Cluster, _: &ClassDir) {
    let request = json!({"script": CLASS, "handler": "write", "input": "65"});
    damage(cluster, "lua", "eval_json", &request.to_string());
}

/// One call that replaces 21 bytes by 2 and answers with 65.
fn damage(cluster: &Cluster, class: &str, method: &str, input: &str) {
    let mut client = cluster.client();
    client
        .write_full("replies.lost", b"what was there before")
        .expect("a healthy OSD");
    let objects = connected(cluster).ioctx(POOL);
    let refused = objects
        .exec("replies.lost", class, method, input.as_bytes())
        .expect_err("Ceph allows 64 bytes");
    assert_eq!(refused.errno(), Errno::EOVERFLOW);
    let believed = objects.stat("replies.lost").expect("it answers").size;
    assert_eq!(believed, 2, "the size of what was refused");
    let read = objects.read("replies.lost", 0..1);
    assert_eq!(read.expect("it answers"), "w", "what is stored");
    assert!(!cluster.osd_logs().contains(COMPLAINT));
    // The whole object, which has a checksum: that of what was refused.
    let whole = client.begin("replies.lost", "lua", "eval_json", &read_whole());
    let _ = client.wait(whole, Duration::from_secs(1));
    assert!(cluster.logged(COMPLAINT), "its copy counts as damaged");
}

/// A request to class `lua`, ours or Ceph's, to read all of an object.
fn read_whole() -> Vec<u8> {
    let script = "
        function f(input, output) output:append(objclass.read(0, objclass.stat())) end
        objclass.register(f)";
    let request = json!({"script": script, "handler": "f", "input": ""});
    request.to_string().into_bytes()
}

fn what_only_reads_leaves_no_entry_in_the_log_of_its_placement_group(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    let greet = "function greet(input, output) output:append('hello') end\n";
    classes.put_lua("greets", format!("{greet}objclass.register(greet, 'r')"));
    let script = format!("{greet}objclass.register(greet)");
    let json = json!({"script": script, "handler": "greet", "input": ""}).to_string();
    let list = eval_request(script.as_bytes(), b"greet", b"");
    let mut client = cluster.client();
    client.write_full("greeted", b"x").expect("a healthy OSD");
    let mut entries = |class: &str, method: &str, input: &[u8]| {
        let before = client.newest_log_entry("greeted").expect("it answers");
        for _ in 0..3 {
            let answer = client.execute("greeted", class, method, input);
            assert_eq!(answer.output, b"hello", "{class}.{method}");
        }
        let after = client.newest_log_entry("greeted").expect("it answers");
        let number = |entry: &str| -> u64 {
            let (_, number) = entry.split_once('\'').expect("EPOCH'NUMBER");
            number.parse().expect("a number")
        };
        number(&after) - number(&before)
    };
    assert_eq!(entries("greets", "greet", b""), 0);
    assert_eq!(entries("lua", "eval_json_ro", json.as_bytes()), 0);
    assert_eq!(entries("lua", "eval_bufferlist_ro", &list), 0);
    // What these do is not known before: to the OSD they are writes, as with Ceph's class `lua`.
    assert_eq!(entries("lua", "eval_json", json.as_bytes()), 3);
    assert_eq!(entries("lua", "eval_bufferlist", &list), 3);
}
