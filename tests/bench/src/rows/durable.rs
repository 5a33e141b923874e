//! Read-modify-write methods with clients side by side, on disk before the answer and buffered.

use std::sync::Arc;

use radula::{Durability, Radula};

use super::effort;
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Series, Subject, Unit},
    runners::{Client, Clients},
    subjects::{log::Log, redis, tarantool},
    world::{World, object_name, record},
};

const EFFORT: Effort = effort(7, 600, 2, 60);
const OBJECTS: u64 = 10_000;
const CLIENTS: [u64; 3] = [1, 4, 16];

pub(super) fn rows() -> Vec<Row> {
    let durable = CLIENTS.map(|clients| {
        row(
            "durable",
            clients,
            "Clients that add one to a record of 100 bytes among 10,000, each answered when the change is on disk: ours \
             in the process, Redis with appendfsync always, Tarantool with wal_mode fsync, and the floor, a map with a \
             log whose writers share a sync.",
            "The same record, work, disk and number of client threads, one request in flight each; methods of Lua run \
             the same text. Redis and Tarantool are servers reached over loopback TCP, as their users reach them; ours \
             is embedded, which is what it is for, so a part of the difference is the network and not the engine. Ours \
             keeps snapshots, versions and checksums, which the floor does not.",
            durable_subjects(clients),
        )
    });
    let buffered = CLIENTS.map(|clients| {
        row(
            "buffered",
            clients,
            "The same, answered when the operating system has the change or before: ours buffered, Redis with \
             appendfsync everysec and without a log, Tarantool with wal_mode write and none, and the floor's log \
             without sync.",
            "As the durable row. Redis without a log and Tarantool without one lose everything with the process; \
             the others lose nothing with the process, and with the machine about a second (Redis) or what the system \
             had not written (ours, Tarantool's write, the floor).",
            buffered_subjects(clients),
        )
    });
    durable.into_iter().chain(buffered).collect()
}

fn row(
    name: &str,
    clients: u64,
    what: &'static str,
    fair: &'static str,
    subjects: Vec<Subject>,
) -> Row {
    let title = match name {
        "durable" => "durable read-modify-write",
        _ => "buffered read-modify-write",
    };
    Row {
        id: format!("{name}/{clients}"),
        title: format!(
            "{title}, {clients} client{}",
            if clients == 1 { "" } else { "s" }
        ),
        what,
        fair,
        unit: Unit::PerSecond,
        series: Some(Series {
            name: title.to_owned(),
            axis: "clients".into(),
            x: clients,
        }),
        effort: EFFORT,
        subjects,
    }
}

fn durable_subjects(clients: u64) -> Vec<Subject> {
    vec![
        floor("map, log, shared fsync", clients, true),
        ours("native method", clients, "benchnative", Durability::Sync),
        ours("lua method", clients, "benchlua", Durability::Sync),
        wasm(clients, Durability::Sync),
        served(),
        redis("Redis FCALL, appendfsync always", clients, "always"),
        tarantool("Tarantool procedure, wal fsync", clients, "fsync"),
    ]
}

fn buffered_subjects(clients: u64) -> Vec<Subject> {
    vec![
        floor("map, log, no fsync", clients, false),
        ours(
            "native method",
            clients,
            "benchnative",
            Durability::Buffered,
        ),
        ours("lua method", clients, "benchlua", Durability::Buffered),
        wasm(clients, Durability::Buffered),
        served(),
        redis("Redis FCALL, appendfsync everysec", clients, "everysec"),
        redis("Redis FCALL, no log", clients, "off"),
        tarantool("Tarantool procedure, wal write", clients, "write"),
        tarantool("Tarantool procedure, no wal", clients, "none"),
    ]
}

fn served() -> Subject {
    Subject::missing(Role::Ours, "served over HTTP", "there is no daemon yet")
}

fn floor(name: &str, clients: u64, sync: bool) -> Subject {
    Subject::new(Role::Floor, name, move |world| {
        let directory = world.directory("log")?;
        let log = Arc::new(Log::new(&directory.path().join("log"), OBJECTS, sync)?);
        Clients::new(clients, directory, || {
            let log = Arc::clone(&log);
            let client: Client = Box::new(move |random| log.bump(random % OBJECTS));
            Ok(client)
        })
    })
}

fn ours(name: &str, clients: u64, class: &'static str, durability: Durability) -> Subject {
    Subject::new(Role::Ours, name, move |world| {
        embedded(world, clients, class, durability)
    })
}

fn wasm(clients: u64, durability: Durability) -> Subject {
    Subject::new(Role::Ours, "wasm method", move |world| {
        crate::subjects::wasm::available(world)?;
        embedded(world, clients, "benchwasm", durability)
    })
}

fn embedded(
    world: &World,
    clients: u64,
    class: &'static str,
    durability: Durability,
) -> Result<Clients, Absent> {
    let directory = world.directory("store")?;
    let radula = Radula::open(world.config(&directory.path().join("store"))?)?;
    let objects = radula.ioctx("bench").with_durability(Durability::Buffered);
    for object in 0..OBJECTS {
        objects.write_full(&object_name(object), record())?;
    }
    radula.sync()?;
    let objects = radula.ioctx("bench").with_durability(durability);
    let before = objects.read(&object_name(0), ..)?;
    objects.exec(&object_name(0), class, "bump", b"")?;
    if objects.read(&object_name(0), ..)? == before {
        return Err("the method changes nothing".into());
    }
    Clients::new(clients, (radula, directory), || {
        let objects = objects.clone();
        let client: Client = Box::new(move |random| {
            objects.exec(&object_name(random % OBJECTS), class, "bump", b"")?;
            Ok(())
        });
        Ok(client)
    })
}

fn redis(name: &str, clients: u64, append: &'static str) -> Subject {
    Subject::new(Role::Peer, name, move |world| {
        let server = Arc::new(redis::start(world, append, OBJECTS)?);
        Ok(Clients::new(clients, Arc::clone(&server), || {
            let mut connection = redis::Client::connect(&server)?;
            let client: Client = Box::new(move |random| connection.bump(random % OBJECTS));
            Ok::<_, Failure>(client)
        })?)
    })
}

fn tarantool(name: &str, clients: u64, wal: &'static str) -> Subject {
    Subject::new(Role::Peer, name, move |world| {
        let server = Arc::new(tarantool::start(world, wal, OBJECTS)?);
        Ok(Clients::new(clients, Arc::clone(&server), || {
            let mut connection = tarantool::Client::connect(&server)?;
            let client: Client = Box::new(move |random| connection.bump(random % OBJECTS));
            Ok::<_, Failure>(client)
        })?)
    })
}
