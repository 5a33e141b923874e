//! What a client gets of a method that writes: RADOS's own rule, which embedded calls do not have.

use libtest_mimic::Trial;
use testkit::{
    behaviour::connected,
    cluster::{ClassDir, Cluster, POOL},
};

use crate::shared::Shared;

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
    vec![
        ours.trial(
            "a_method_that_wrote_answers_a_plain_client_with_zero_and_nothing",
            a_method_that_wrote_answers_a_plain_client_with_zero_and_nothing,
        ),
        ours.trial(
            "a_client_that_asks_for_replies_of_writes_gets_64_bytes",
            a_client_that_asks_for_replies_of_writes_gets_64_bytes,
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
    // Not tried here: at 65 bytes stock 16.2 refuses the operation, believes in its write all the same, and every
    // later read of the object is left without an answer.
    let object = cluster.client().object("replies.asked");
    assert_eq!(object.expect("it was written").data, b"64");
}
