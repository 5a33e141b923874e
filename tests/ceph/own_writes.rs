//! A method that replaces its object and reads it back in the same call.

use libtest_mimic::Trial;
use serde_json::json;
use testkit::cluster::{ClassDir, Cluster};

use crate::shared::Shared;

/// What an OSD logs when what it read does not have the checksum it expected.
pub(crate) const COMPLAINT: &str = "full-object read crc";

/// A request to class `lua`, ours or Ceph's: old and new content are of one length, else the OSD checks nothing. It answers by failing, since the output of a call that wrote is lost.
pub(crate) fn request() -> Vec<u8> {
    let script = "
        function f(input, output)
          local content = bufferlist.new()
          content:append('new content')
          objclass.write_full(content)
          local size = objclass.stat()
          local read = objclass.read(0, size):str()
          if read ~= 'new content' then return -objclass.EINVAL end
        end
        objclass.register(f)";
    let request = json!({"script": script, "handler": "f", "input": ""});
    request.to_string().into_bytes()
}

pub(crate) fn trials(ours: &Shared) -> Vec<Trial> {
    vec![ours.trial(
        "a_script_that_replaces_an_object_and_reads_it_sees_what_it_wrote",
        a_script_that_replaces_an_object_and_reads_it_sees_what_it_wrote,
    )]
}

fn a_script_that_replaces_an_object_and_reads_it_sees_what_it_wrote(
    cluster: &Cluster,
    _: &ClassDir,
) {
    let mut client = cluster.client();
    client
        .write_full("replaced", b"old content")
        .expect("a healthy OSD");
    let answer = client.execute("replaced", "lua", "eval_json", &request());
    assert_eq!(answer.ret, 0, "{answer:?}");
    let object = client.object("replaced").expect("the object is readable");
    assert_eq!(object.data, b"new content");
    assert!(!cluster.osd_logs().contains(COMPLAINT));
}
