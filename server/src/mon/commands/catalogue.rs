//! The commands there are, as `ceph` asks for them before it sends one.

use serde_json::{Map, Value, json};

/// Each command: its words, then its arguments as `name:Type`, with a `?` after the name of an optional one.
const OF_MON: &[&str] = &[
    "osd pool create pool:CephPoolname pg_num?:CephInt pgp_num?:CephInt pool_type?:CephString erasure_code_profile?:CephString",
    "osd pool delete pool:CephPoolname pool2?:CephPoolname yes_i_really_really_mean_it?:CephBool",
    "osd pool rm pool:CephPoolname pool2?:CephPoolname yes_i_really_really_mean_it?:CephBool",
    "osd pool rename srcpool:CephPoolname destpool:CephPoolname",
    "osd pool set pool:CephPoolname var:CephString val:CephString",
    "osd pool get pool:CephPoolname var:CephString",
    "osd pool set-quota pool:CephPoolname field:CephString val:CephString",
    "osd pool get-quota pool:CephPoolname",
    "osd pool ls detail?:CephString",
    "osd lspools",
    "osd pool application enable pool:CephPoolname app:CephString yes_i_really_mean_it?:CephBool",
    "osd pool application disable pool:CephPoolname app:CephString yes_i_really_mean_it?:CephBool",
    "osd pool application set pool:CephPoolname app:CephString key:CephString value:CephString",
    "osd pool application rm pool:CephPoolname app:CephString key:CephString",
    "osd pool application get pool?:CephPoolname app?:CephString key?:CephString",
    "osd blocklist blocklistop:CephString addr:CephEntityAddr expire?:CephFloat",
    "osd blocklist ls",
    "osd blocklist clear",
    "osd erasure-code-profile set name:CephString",
    "osd erasure-code-profile rm name:CephString",
    "osd crush rule rm name:CephString",
    "log logtext:CephString",
    "osd dump",
    "osd stat",
    "mon dump",
    "status",
    "health",
    "mon_status",
    "quorum_status",
    "df",
    "fsid",
    "version",
];

const OF_OSD: &[&str] = &["version", "pg pgid:CephPgid cmd:CephString"];

pub(super) fn descriptions() -> Value {
    described(OF_MON, "mon")
}

pub(super) fn of_osd() -> Value {
    described(OF_OSD, "osd")
}

fn described(commands: &[&str], module: &str) -> Value {
    let mut found = Map::new();
    for (index, command) in commands.iter().enumerate() {
        let signature: Vec<Value> = command.split(' ').map(word).collect();
        let description = json!({
            "sig": signature, "help": "", "module": module, "perm": "rw", "flags": 0,
        });
        found.insert(format!("cmd{index:03}"), description);
    }
    Value::Object(found)
}

fn word(word: &str) -> Value {
    let Some((name, kind)) = word.split_once(':') else {
        return json!(word);
    };
    match name.strip_suffix('?') {
        Some(name) => json!({ "name": name, "type": kind, "req": false }),
        None => json!({ "name": name, "type": kind }),
    }
}
