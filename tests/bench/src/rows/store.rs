//! The durable store by itself: reads and writes by size, opening after a crash, space on disk.

use std::rc::Rc;

use radula::{Durability, IoCtx, OmapRange, Operation, Radula};
use tempfile::TempDir;

use super::{effort, many, memory::per};
use crate::{
    model::{Effort, Failure, Role, Row, Subject, Unit},
    runners::{Calls, Once, timed},
    subjects::{
        crashed::{allocated, crash, open},
        file::{Pieces, read_log, write_log},
    },
    world::{World, object_name},
};

const EFFORT: Effort = effort(9, 400, 2, 40);
const ONCE: Effort = effort(5, 0, 1, 0);

/// Title, name in the row's id, bytes, how many objects.
const READS: [(&str, &str, usize, u64); 3] = [
    ("100 bytes", "100", 100, 10_000),
    ("4 KiB", "4KiB", 4 << 10, 5_000),
    ("1 MiB", "1MiB", 1 << 20, 128),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = READS.map(read_row).into();
    rows.extend([
        write_row(),
        overwrite_row(),
        queue_row(),
        open_row(),
        space_row(),
    ]);
    rows
}

fn row(id: &str, title: String, unit: Unit, effort: Effort, subjects: Vec<Subject>) -> Row {
    let (what, fair) = words(id.split('/').next().unwrap_or_default());
    Row {
        id: format!("store/{id}"),
        title,
        what,
        fair,
        unit,
        series: None,
        effort,
        subjects,
    }
}

/// What rows of a kind compare, and why that is fair.
fn words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "read" => (
            "One thread reads whole objects of one size, chosen at random, through the library, beside the same bytes \
             read from one file.",
            "What is read fits in memory for all: the floor's in the system's cache of pages, ours in the store's write \
             buffers, its cache, or the system's. The floor knows where its bytes lie; ours finds them by name, looks at \
             a snapshot and verifies checksums.",
        ),
        "write" => (
            "One thread writes whole objects of 1 MiB over others, each answered when it is on disk, beside the same \
             bytes written over in one file and synced.",
            "The same bytes, one sync each. The floor writes in place, so a crash leaves half of it; ours writes its \
             journal first and its tables later, in the background, and both count.",
        ),
        "overwrite" => (
            "One thread writes 4 KiB at random places of an object of 64 MiB, each answered when it is on disk, beside \
             the same writes into one file of 64 MiB.",
            "The same bytes, one sync each. The floor's write may tear; ours is a transaction, and rewrites 16 KiB.",
        ),
        "queue" => (
            "One thread lists the first key of a queue in an omap, 10,000 keys long, after 10 million others were put in at one \
             end and taken out at the other, 1,000 in one commit.",
            "The same store, the same keys, the same listing. The floor's object has held nothing else.",
        ),
        "open" => (
            "Opening a store of a million objects of 100 bytes whose process was killed, until the first object is read.",
            "The floor reads a log of the same names and records into a BTreeMap, which is what a store without tables \
             would do. Every round opens what a kill left; files are in the system's cache for all.",
        ),
        _ => (
            "Bytes on disk for each of a million objects with a name of 15 bytes and 100 bytes of data, written once.",
            "The floor is the log of names and records alone. Ours has pool, version, time, counts and checksums with \
             each, and counts its whole directory, the journal included.",
        ),
    }
}

fn read_row((title, id, size, count): (&str, &str, usize, u64)) -> Row {
    let store = |name: &str, on_disk: bool| {
        Subject::new(Role::Ours, name, move |world| {
            let (objects, kept) = filled(world, on_disk, size, count)?;
            let mut random = fastrand::Rng::with_seed(1);
            let mut read = move || Ok(objects.read(&object_name(random.u64(..) % count), ..)?);
            if read()?.len() != size {
                return Err("a read of something else".into());
            }
            Ok(Kept(Calls::new(read)?, kept))
        })
    };
    let floor = Subject::new(Role::Floor, "pread of one file", move |world| {
        let directory = world.directory("pieces")?;
        let pieces = Pieces::new(&directory.path().join("pieces"), size, count)?;
        let mut random = fastrand::Rng::with_seed(1);
        Ok(Kept(
            Calls::new(move || pieces.read(random.u64(..)))?,
            directory,
        ))
    });
    row(
        &format!("read/{id}"),
        format!("reading an object of {title}"),
        Unit::Seconds,
        EFFORT,
        vec![
            floor,
            store("disk store", true),
            store("memory store", false),
        ],
    )
}

fn write_row() -> Row {
    const SIZE: usize = 1 << 20;
    const COUNT: u64 = 16;
    let ours = Subject::new(Role::Ours, "disk store", |world| {
        let (objects, kept) = filled(world, true, SIZE, COUNT)?;
        let (mut random, data) = (
            fastrand::Rng::with_seed(1),
            bytes::Bytes::from(vec![2; SIZE]),
        );
        let write =
            move || Ok(objects.write_full(&object_name(random.u64(..) % COUNT), data.clone())?);
        Ok(Kept(Calls::new(write)?, kept))
    });
    row(
        "write/1MiB",
        "writing an object of 1 MiB, durable".to_owned(),
        Unit::Seconds,
        EFFORT,
        vec![floor_of_writes(SIZE, COUNT), ours],
    )
}

fn overwrite_row() -> Row {
    const PIECE: usize = 4 << 10;
    const SIZE: usize = 64 << 20;
    let ours = Subject::new(Role::Ours, "disk store", |world| {
        let (objects, kept) = filled(world, true, SIZE, 1)?;
        let mut random = fastrand::Rng::with_seed(1);
        let write = move || {
            let at = random.u64(..) % (SIZE / PIECE) as u64 * PIECE as u64;
            Ok(objects.write(&object_name(0), at, vec![2; PIECE])?)
        };
        Ok(Kept(Calls::new(write)?, kept))
    });
    row(
        "overwrite/4KiB",
        "writing 4 KiB inside an object of 64 MiB, durable".to_owned(),
        Unit::Seconds,
        EFFORT,
        vec![floor_of_writes(PIECE, (SIZE / PIECE) as u64), ours],
    )
}

fn queue_row() -> Row {
    /// Keys in the queue, and keys in one commit.
    const LENGTH: u64 = 10_000;
    const AT_ONCE: u64 = 1_000;
    let subject = |role, name: &str, passed: fn(&World) -> u64| {
        Subject::new(role, name, move |world| {
            let (objects, kept) = filled(world, true, 100, 1)?;
            let (queue, key) = (object_name(0), |number: u64| format!("{number:012}"));
            let keys = |from: u64| (from..from + AT_ONCE).map(key);
            let buffered = objects.clone().with_durability(Durability::Buffered);
            let last = passed(world) + LENGTH;
            for from in (0..last / AT_ONCE).map(|commit| commit * AT_ONCE) {
                let mut commit = Operation::new().omap_set(keys(from).map(|key| (key, "entry")));
                if from >= LENGTH {
                    commit = commit.omap_remove_keys(keys(from - LENGTH));
                }
                buffered.operate(&queue, &commit)?;
            }
            objects.operate(&queue, &Operation::new().omap_set_header("filled"))?;
            let first = OmapRange::all().at_most(1);
            let list = move || Ok(objects.omap_get_keys(&queue, first.clone())?);
            if list()?.entries != [key(last - LENGTH)] {
                return Err("the queue begins with something else".into());
            }
            Ok(Kept(Calls::new(list)?, kept))
        })
    };
    row(
        "queue",
        "listing a queue that 10 million entries went through".to_owned(),
        Unit::Seconds,
        effort(9, 400, 1, 40),
        vec![
            subject(Role::Floor, "nothing went through", |_| 0),
            subject(Role::Ours, "disk store", |world| match world.quick() {
                true => 30_000,
                false => 10 * super::MILLION,
            }),
        ],
    )
}

fn floor_of_writes(size: usize, count: u64) -> Subject {
    Subject::new(
        Role::Floor,
        "pwrite and fdatasync of one file",
        move |world| {
            let directory = world.directory("pieces")?;
            let pieces = Pieces::new(&directory.path().join("pieces"), size, count)?;
            let (mut random, piece) = (fastrand::Rng::with_seed(1), vec![2; size]);
            let write = move || pieces.write(random.u64(..), &piece);
            Ok(Kept(Calls::new(write)?, directory))
        },
    )
}

fn open_row() -> Row {
    let floor = Subject::new(Role::Floor, "a log read into a map", |world| {
        let directory = world.directory("log")?;
        let log = directory.path().join("log");
        write_log(&log, many(world))?;
        Ok(Kept(Once(move || timed(|| read_log(&log))), directory))
    });
    let ours = Subject::new(Role::Ours, "disk store", |world| {
        let (crashed, count) = (crashed(world)?, many(world));
        Ok(Once(move || open(count, crashed.path())))
    });
    row(
        "open",
        "opening 1 million objects after a crash".to_owned(),
        Unit::Seconds,
        ONCE,
        vec![floor, ours],
    )
}

fn space_row() -> Row {
    let floor = Subject::new(Role::Floor, "a log of names and records", |world| {
        let directory = world.directory("log")?;
        let log = directory.path().join("log");
        write_log(&log, many(world))?;
        let each = per(allocated(&log)?, many(world));
        Ok(Once(move || Ok(each)))
    });
    let ours = Subject::new(Role::Ours, "disk store", |world| {
        let each = per(allocated(crashed(world)?.path())?, many(world));
        Ok(Once(move || Ok(each)))
    });
    row(
        "space",
        "disk space for an object of 100 bytes".to_owned(),
        Unit::Bytes,
        ONCE,
        vec![floor, ours],
    )
}

/// A runner, and what must not go before it does.
#[derive(Debug)]
struct Kept<R, K>(R, K);

impl<R: crate::model::Runner, K> crate::model::Runner for Kept<R, K> {
    fn round(&mut self, time: std::time::Duration) -> Result<crate::model::Sample, Failure> {
        self.0.round(time)
    }
}

/// A store with `count` objects of `size` bytes, and what has to be kept for it.
fn filled(
    world: &World,
    on_disk: bool,
    size: usize,
    count: u64,
) -> Result<(IoCtx, (Radula, TempDir)), Failure> {
    let directory = world.directory("store")?;
    let store = match on_disk {
        true => directory.path().join("store"),
        false => "memory".into(),
    };
    let radula = Radula::open(world.config(&store)?)?;
    let objects = radula.ioctx("bench");
    let data = bytes::Bytes::from(vec![1; size]);
    let buffered = objects.clone().with_durability(Durability::Buffered);
    for object in 0..count {
        buffered.write_full(&object_name(object), data.clone())?;
    }
    radula.sync()?;
    Ok((objects, (radula, directory)))
}

/// A directory with a store of many objects, as a kill left it.
fn crashed(world: &World) -> Result<Rc<TempDir>, Failure> {
    world.crashed(|world, directory| crash(many(world), directory))
}
