//! Calls from many threads on one hot object, on many and on very many.

use std::sync::Arc;

use super::{MILLION, effort};
use crate::{
    model::{Effort, Role, Row, Series, Subject, Unit},
    runners::{Client, Clients},
    subjects::map::Map,
    world::object_name,
};

const EFFORT: Effort = effort(5, 250, 2, 25);
const THREADS: [u64; 5] = [1, 2, 4, 8, 16];

pub(super) fn rows() -> Vec<Row> {
    let objects = [
        (1, "one hot object", "hot"),
        (1_000, "1,000 objects", "thousand"),
        (MILLION, "1 million objects", "million"),
    ];
    let methods = [("get", "a read"), ("bump", "a read-modify-write")];
    let mut rows = Vec::new();
    for (count, title, id) in objects {
        for (method, doing) in methods {
            rows.extend(THREADS.map(|threads| row(count, title, id, method, doing, threads)));
        }
    }
    rows
}

fn row(count: u64, title: &str, id: &str, method: &'static str, doing: &str, threads: u64) -> Row {
    let series = format!("{doing} on {title}");
    Row {
        id: format!("scale/{id}/{method}/{threads}"),
        title: format!(
            "{series}, {threads} thread{}",
            if threads == 1 { "" } else { "s" }
        ),
        what: "Calls through the engine on the memory store from many threads, objects chosen at random, beside a hash \
               map of locked records.",
        fair: "Name, record of 100 bytes and work are the same. The floor has one lock around the map and one a record: \
               no snapshots, transactions or limits. Every operation is timed, which costs all subjects the same. More \
               threads than processors show what waiting costs, not what more processors would give.",
        unit: Unit::PerSecond,
        series: Some(Series {
            name: series,
            axis: "threads".into(),
            x: threads,
        }),
        effort: EFFORT,
        subjects: vec![
            floor(count, method, threads),
            ours("native method", "benchnative", count, method, threads),
            ours("lua method", "benchlua", count, method, threads),
            wasm(count, method, threads),
        ],
    }
}

fn floor(count: u64, method: &'static str, threads: u64) -> Subject {
    Subject::new(Role::Floor, "hash map of locked records", move |_| {
        let map = Arc::new(Map::new(count));
        Clients::new(threads, (), || {
            let map = Arc::clone(&map);
            let client: Client = match method {
                "get" => Box::new(move |random| map.get(random % count).map(drop)),
                _ => Box::new(move |random| map.bump(random % count)),
            };
            Ok(client)
        })
    })
}

fn ours(
    name: &str,
    class: &'static str,
    count: u64,
    method: &'static str,
    threads: u64,
) -> Subject {
    Subject::new(Role::Ours, name, move |world| {
        clients(world, class, count, method, threads)
    })
}

fn wasm(count: u64, method: &'static str, threads: u64) -> Subject {
    Subject::new(Role::Ours, "wasm method", move |world| {
        crate::subjects::wasm::available(world)?;
        clients(world, "benchwasm", count, method, threads)
    })
}

fn clients(
    world: &crate::world::World,
    class: &'static str,
    count: u64,
    method: &'static str,
    threads: u64,
) -> Result<Clients, crate::model::Absent> {
    // One engine for all: with few objects asked for, the others lie still.
    let radula = world.million()?;
    let objects = radula.ioctx("bench");
    Clients::new(threads, (), || {
        let objects = objects.clone();
        let client: Client = Box::new(move |random| {
            objects.exec(&object_name(random % count), class, method, b"")?;
            Ok(())
        });
        Ok(client)
    })
}
