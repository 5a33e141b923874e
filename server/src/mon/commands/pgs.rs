//! Commands about a placement group, which go to its OSD.

use radula::Errno;
use serde_json::json;

use super::{Answer, Arguments, printed, refused};
use crate::cluster::View;

pub(super) fn run(view: &View, prefix: &str, arguments: &Arguments) -> Answer {
    let id = arguments.text("pgid")?;
    let wrong = || refused(Errno::EINVAL, format!("'{id}' is no placement group"));
    let (pool, seed) = id.split_once('.').ok_or_else(wrong)?;
    let pool: u64 = pool.parse().map_err(|_| wrong())?;
    let seed = u32::from_str_radix(seed, 16).map_err(|_| wrong())?;
    let there = view.pool(pool).is_some_and(|pool| seed < pool.map.pg_num);
    if !there {
        return Err(refused(Errno::ENOENT, format!("i don't have pgid {id}")));
    }
    let command = match prefix {
        "pg" => arguments.text("cmd")?,
        other => other,
    };
    match command {
        "query" => printed(
            json!({
                "state": "active+clean", "epoch": view.epoch(), "up": [0], "acting": [0],
                "info": { "pgid": id },
            })
            .to_string(),
        ),
        "list_unfound" => printed(
            json!({ "num_missing": 0, "num_unfound": 0, "objects": [], "more": false }).to_string(),
        ),
        other => Err(refused(
            Errno::EINVAL,
            format!("no command {other} for a placement group"),
        )),
    }
}
