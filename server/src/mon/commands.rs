//! Commands in JSON, as `ceph`, `rados` and librados send them.

mod blocklist;
mod catalogue;
mod pgs;
mod pools;
mod status;

use std::sync::Arc;

use radula::Errno;
use serde_json::{Map, Value, json};

use super::messages::{skip_prefix, write_prefix};
use crate::{
    cluster::View,
    lanes::{Lane, Party},
    link::{Incoming, Outbox, Outgoing, RoomTaken},
    shared::Shared,
    wire::{Malformed, Reader},
};

const MON_REPLY: u16 = 51;
const OSD_REPLY: u16 = 98;
/// The release we claim to be.
const VERSION: &str = "ceph version 16.2.15 (radula) pacific (stable)";

/// What a command answers: a text for people, and data.
#[derive(Debug, Default)]
struct Output {
    text: String,
    data: Vec<u8>,
}

/// Why a command was refused.
#[derive(Debug)]
struct Refused {
    errno: Errno,
    text: String,
}

type Answer = Result<Output, Refused>;

impl From<Errno> for Refused {
    fn from(errno: Errno) -> Self {
        refused(errno, errno.description())
    }
}

fn refused(errno: Errno, text: impl Into<String>) -> Refused {
    Refused {
        errno,
        text: text.into(),
    }
}

fn said(text: impl Into<String>) -> Answer {
    Ok(Output {
        text: text.into(),
        data: Vec::new(),
    })
}

fn printed(text: impl Into<String>) -> Answer {
    Ok(Output {
        text: String::new(),
        data: text.into().into_bytes(),
    })
}

/// A command's words.
struct Arguments(Map<String, Value>);

impl Arguments {
    fn parse(text: &str) -> Option<Self> {
        match serde_json::from_str(text).ok()? {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Result<&str, Refused> {
        let found = self.optional(name);
        found.ok_or_else(|| refused(Errno::EINVAL, format!("the command needs {name}")))
    }

    fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A number, which some clients send as text.
    fn number(&self, name: &str) -> Result<Option<u64>, Refused> {
        let wrong = || refused(Errno::EINVAL, format!("{name} is no number"));
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong()),
            Some(value) => value.as_u64().map(Some).ok_or_else(wrong),
        }
    }

    fn is_set(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(is_set)) => *is_set,
            Some(Value::String(text)) => text.starts_with("--yes") || text == "true",
            _ => false,
        }
    }

    fn wants_json(&self) -> bool {
        self.optional("format")
            .is_some_and(|format| format.starts_with("json"))
    }

    /// `value` as JSON if that was asked for, else `text`.
    fn print(&self, value: &Value, text: impl FnOnce() -> String) -> Answer {
        printed(match self.wants_json() {
            true => value.to_string(),
            false => text(),
        })
    }
}

/// Runs a command that was sent to the monitor.
pub(super) fn run_on_mon(shared: &Shared, message: &Incoming) -> Result<Outgoing, Malformed> {
    let mut front = Reader::new(&message.front);
    skip_prefix(&mut front)?;
    front.take(16)?;
    let words = words(&mut front)?;
    let (code, output) = outcome(
        words.first().map_or("", String::as_str),
        |prefix, arguments| mon(shared, prefix, arguments),
    );
    let reply = Outgoing::new(MON_REPLY, (1, 1), message.tid, |writer| {
        write_prefix(writer);
        writer.i32(code).bytes(&output.text).count(words.len());
        for word in &words {
            writer.bytes(word);
        }
    });
    Ok(reply.with_data(output.data))
}

/// Runs a command that was sent to the OSD.
///
/// # Errors
/// The message breaks the protocol.
pub(crate) fn run_on_osd(
    shared: &Arc<Shared>,
    party: Party,
    message: Incoming,
    outbox: &Outbox,
    room: RoomTaken,
) -> Result<(), Malformed> {
    let mut front = Reader::new(&message.front);
    front.take(16)?;
    let words = words(&mut front)?;
    let outbox = outbox.clone();
    let shared = Arc::clone(shared);
    let lanes = shared.lanes.clone();
    lanes.push(Lane(0), party, move || {
        let view = shared.cluster.view();
        let command = words.first().map_or("", String::as_str);
        let (code, output) = outcome(command, |prefix, arguments| osd(&view, prefix, arguments));
        let reply = Outgoing::new(OSD_REPLY, (1, 1), message.tid, |writer| {
            writer.i32(code).bytes(&output.text);
        });
        outbox.send(reply.with_data(output.data), room);
    });
    Ok(())
}

fn words(front: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    let count = front.count(4)?;
    (0..count)
        .map(|_| front.text().map(str::to_owned))
        .collect()
}

fn outcome(text: &str, run: impl FnOnce(&str, &Arguments) -> Answer) -> (i32, Output) {
    let answer = match Arguments::parse(text) {
        Some(arguments) => match arguments.text("prefix") {
            Ok(prefix) => run(prefix, &arguments),
            Err(refused) => Err(refused),
        },
        None => Err(refused(Errno::EINVAL, "the command is not a JSON object")),
    };
    match answer {
        Ok(output) => (0, output),
        Err(Refused { errno, text }) => {
            let data = Vec::new();
            (-errno.code(), Output { text, data })
        }
    }
}

fn mon(shared: &Shared, prefix: &str, arguments: &Arguments) -> Answer {
    let view = shared.cluster.view();
    match prefix {
        "get_command_descriptions" => printed(catalogue::descriptions().to_string()),
        "osd pool create" => pools::create(shared, arguments),
        "osd pool delete" | "osd pool rm" => pools::delete(shared, arguments),
        "osd pool rename" => pools::rename(shared, arguments),
        "osd pool set" => pools::set(shared, arguments),
        "osd pool get" => pools::get(&view, arguments),
        "osd pool set-quota" => pools::set_quota(shared, arguments),
        "osd pool get-quota" => pools::get_quota(&view, arguments),
        "osd pool ls" => pools::list(&view, arguments),
        "osd lspools" => pools::list_numbered(&view, arguments),
        "osd pool application enable" => pools::enable(shared, arguments),
        "osd pool application disable" => pools::disable(shared, arguments),
        "osd pool application set" => pools::set_tag(shared, arguments),
        "osd pool application rm" => pools::remove_tag(shared, arguments),
        "osd pool application get" => pools::applications(&view, arguments),
        "osd blocklist" | "osd blacklist" => blocklist::change(shared, arguments),
        "osd blocklist ls" | "osd blacklist ls" => blocklist::list(&view, arguments),
        "osd blocklist clear" | "osd blacklist clear" => blocklist::clear(shared),
        "osd dump" => status::osd_dump(shared, &view, arguments),
        "osd stat" => status::osd_stat(&view, arguments),
        "mon dump" => status::mon_dump(shared, &view, arguments),
        "status" => status::status(&view, arguments),
        "health" => status::health(arguments),
        "mon_status" | "quorum_status" => printed(status::mon_status(&view).to_string()),
        "df" => status::df(shared, &view, arguments),
        // "Erasure" is a label, and so is its profile.
        "osd erasure-code-profile set" | "osd erasure-code-profile rm" | "osd crush rule rm" => {
            said("accepted; all pools are kept alike")
        }
        "log" => {
            let text = arguments.0.get("logtext").map(Value::to_string);
            tracing::info!("a client logs: {}", text.unwrap_or_default());
            said("")
        }
        "fsid" => printed(format!("{}\n", view.record.fsid_text())),
        "version" => arguments.print(&json!({ "version": VERSION }), || VERSION.to_owned()),
        other => Err(unknown(other)),
    }
}

fn osd(view: &View, prefix: &str, arguments: &Arguments) -> Answer {
    match prefix {
        "pg" | "query" | "list_unfound" => pgs::run(view, prefix, arguments),
        "get_command_descriptions" => printed(catalogue::of_osd().to_string()),
        "version" => arguments.print(&json!({ "version": VERSION }), || VERSION.to_owned()),
        other => Err(unknown(other)),
    }
}

fn unknown(prefix: &str) -> Refused {
    refused(Errno::EINVAL, format!("command not known here: {prefix}"))
}

/// What a ping of the monitor answers.
pub(super) fn ping(view: &View) -> String {
    json!({ "health": status::healthy(), "mon_status": status::mon_status(view) }).to_string()
}
