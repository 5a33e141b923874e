//! Processor time of a Ceph OSD for one operation, stock against ours: figures of the program in `tests/ceph`, which
//! starts the clusters and interleaves the kinds itself.

use std::{cell::OnceCell, collections::HashMap, rc::Rc};

use serde_json::Value;

use super::effort;
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Subject, Unit},
    runners::Once,
    subjects::process::{installed, json},
    world::World,
};

/// The program has rounds of its own.
const EFFORT: Effort = effort(1, 0, 1, 0);

/// Microseconds of each kind, or why there are none.
type Figures = Result<HashMap<String, f64>, String>;

/// Role, the program's name of the kind, and ours.
const KINDS: [(Role, &str, &str); 8] = [
    (
        Role::Floor,
        "stock read 64 B",
        "stock OSD, a read of 64 bytes",
    ),
    (
        Role::Ours,
        "ours read 64 B",
        "OSD with the plugin, a read of 64 bytes",
    ),
    (
        Role::Ours,
        "ours hellolua.say_hello RD",
        "plugin, Lua class, flagged RD",
    ),
    (
        Role::Ours,
        "ours lua.eval_bufferlist",
        "plugin, script in the request",
    ),
    (
        Role::Ours,
        "ours lua.eval_bufferlist_ro",
        "plugin, script in the request, read-only",
    ),
    (
        Role::Peer,
        "stock native hello RD",
        "stock native class, flagged RD",
    ),
    (
        Role::Peer,
        "stock native hello RD|WR",
        "stock native class, flagged RD|WR",
    ),
    (
        Role::Peer,
        "stock lua.eval_bufferlist",
        "stock class lua, script in the request",
    ),
];

pub(super) fn rows() -> Vec<Row> {
    let figures: Rc<OnceCell<Figures>> = Rc::default();
    let subject = |(role, kind, name): (Role, &'static str, &'static str)| {
        let figures = Rc::clone(&figures);
        Subject::new(role, name, move |world| {
            let program = world.program("examples/osd_cpu");
            let program = program.ok_or_else(|| missing("its program is not built"))?;
            for needed in ["ceph-osd", "ceph-mon"] {
                installed(needed, "--version").map_err(|_| missing(&format!("no {needed}")))?;
            }
            let found = figures.get_or_init(|| measure(&program, world).map_err(|e| e.to_string()));
            let micros = match found {
                Ok(all) => *all.get(kind).ok_or("the program does not know the kind")?,
                Err(reason) => return Err(reason.clone().into()),
            };
            Ok(Once(move || Ok(micros * 1e-6)))
        })
    };
    vec![Row {
        id: "ceph/osd".into(),
        title: "processor time in a Ceph OSD".into(),
        what: "say_hello in an OSD with 16 operations in flight: processor time of the OSD's threads divided by the \
               operations, stock Ceph against the plugin. The figure is the median of the program's own rounds.",
        fair: "Two clusters of one OSD on the memory store side by side, bursts in turns, the same client. The floor is \
               the least an OSD does for any operation. Scripts of the request are registered for reading and writing \
               in stock Ceph, which makes each a write.",
        unit: Unit::ProcessorSeconds,
        series: None,
        effort: EFFORT,
        subjects: KINDS.into_iter().map(subject).collect(),
    }]
}

fn missing(what: &str) -> Absent {
    Absent::Missing(format!(
        "{what}; `cargo xtask install` and `cargo xtask bench` bring it"
    ))
}

fn measure(program: &std::path::Path, world: &World) -> Result<HashMap<String, f64>, Failure> {
    let (rounds, operations) = if world.quick() {
        ("1", "500")
    } else {
        ("7", "5000")
    };
    let report = json(program, &["--rounds", rounds, "--operations", operations])?;
    let kinds = report["kinds"]
        .as_array()
        .ok_or("the program prints no kinds")?;
    let figure = |kind: &Value| {
        let name = kind["name"].as_str()?;
        Some((name.to_owned(), kind["median"].as_f64()?))
    };
    Ok(kinds.iter().filter_map(figure).collect())
}
