//! Clients that are shut out.

use std::net::SocketAddr;

use radula::Errno;
use serde_json::{Value, json};

use super::{Answer, Arguments, Refused, refused, said};
use crate::{
    cluster::{Blocked, View},
    shared::Shared,
};

/// How long a client is shut out when nobody says, in seconds.
const HOUR: f64 = 3600.0;

/// `IP:PORT/NONCE`, as clients name themselves; without a port it is 0, which means the whole IP.
fn parse(text: &str) -> Result<(SocketAddr, u32), Refused> {
    let wrong = || refused(Errno::EINVAL, format!("'{text}' is not IP:PORT/NONCE"));
    let (socket, nonce) = text.split_once('/').unwrap_or((text, "0"));
    let socket = socket.trim_start_matches("v2:");
    let socket = match socket.parse() {
        Ok(socket) => socket,
        Err(_) => SocketAddr::new(socket.parse().map_err(|_| wrong())?, 0),
    };
    Ok((socket, nonce.parse().map_err(|_| wrong())?))
}

pub(super) fn change(shared: &Shared, arguments: &Arguments) -> Answer {
    let operation = arguments.optional("blocklistop");
    let operation = match operation {
        Some(operation) => operation,
        None => arguments.text("blacklistop")?,
    };
    let text = arguments.text("addr")?;
    let (socket, nonce) = parse(text)?;
    let seconds = match arguments.0.get("expire") {
        Some(Value::String(text)) => text.parse().map_err(|_| Errno::EINVAL)?,
        Some(value) => value.as_f64().ok_or(Errno::EINVAL)?,
        None => HOUR,
    };
    let wait = std::time::Duration::try_from_secs_f64(seconds).map_err(|_| Errno::EINVAL)?;
    let wait = u64::try_from(wait.as_nanos()).map_err(|_| Errno::EINVAL)?;
    let now = shared.objects.now().0;
    let until = now.saturating_add(wait);
    let is_it = |blocked: &Blocked| (blocked.socket, blocked.nonce) == (socket, nonce);
    match operation {
        "add" => {
            shared.cluster.change(|record| {
                record
                    .blocklist
                    .retain(|blocked| !is_it(blocked) && blocked.until > now);
                record.blocklist.push(Blocked {
                    socket,
                    nonce,
                    until,
                });
                Ok(())
            })?;
            said(format!(
                "blocklisting {text} until {} ({seconds} sec)",
                until / 1_000_000_000
            ))
        }
        "rm" => {
            let (was_there, _) = shared.cluster.change(|record| {
                let before = record.blocklist.len();
                record.blocklist.retain(|blocked| !is_it(blocked));
                Ok(record.blocklist.len() < before)
            })?;
            said(match was_there {
                true => format!("un-blocklisting {text}"),
                false => format!("{text} isn't blocklisted"),
            })
        }
        _ => Err(refused(Errno::EINVAL, "blocklistop is add or rm")),
    }
}

pub(super) fn clear(shared: &Shared) -> Answer {
    shared.cluster.change(|record| {
        record.blocklist.clear();
        Ok(())
    })?;
    said("removed all blocklist entries")
}

pub(super) fn entries(view: &View) -> Value {
    let entry = |blocked: &Blocked| {
        let name = format!("{}/{}", blocked.socket, blocked.nonce);
        (name, json!((blocked.until / 1_000_000_000).to_string()))
    };
    Value::Object(view.record.blocklist.iter().map(entry).collect())
}

pub(super) fn list(view: &View, arguments: &Arguments) -> Answer {
    let entries = entries(view);
    arguments.print(&entries, || entries.to_string())
}
