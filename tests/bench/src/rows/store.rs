//! The durable store by itself: reads and writes by size, opening after a crash, space on disk.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    rc::Rc,
    time::Instant,
};

use radula::{Durability, IoCtx, Radula};

use super::{MILLION, effort};
use crate::{
    model::{Effort, Failure, Role, Row, Subject, Unit},
    runners::{Calls, Once, timed},
    subjects::file::{Pieces, read_log, write_log},
    world::{World, object_name, record},
};

const EFFORT: Effort = effort(9, 400, 2, 40);
const ONCE: Effort = effort(5, 0, 1, 0);

/// The first argument of a process that fills or opens a store and is killed.
const CHILD: &str = "measure-store";

/// Title, name in the row's id, bytes, how many objects.
const READS: [(&str, &str, usize, u64); 3] = [
    ("100 bytes", "100", 100, 10_000),
    ("4 KiB", "4KiB", 4 << 10, 5_000),
    ("1 MiB", "1MiB", 1 << 20, 128),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = READS.map(read_row).into();
    rows.extend([write_row(), overwrite_row(), open_row(), space_row()]);
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
            let mut random = random();
            let mut read = move || Ok(objects.read(&object_name(random() % count), 0, 0)?);
            if read()?.len() != size {
                return Err("a read of something else".into());
            }
            Ok(Kept(Calls::new(read)?, kept))
        })
    };
    let floor = Subject::new(Role::Floor, "pread of one file", move |world| {
        let directory = world.directory("pieces")?;
        let pieces = Pieces::new(&directory.path().join("pieces"), size, count)?;
        let mut random = random();
        Ok(Kept(Calls::new(move || pieces.read(random()))?, directory))
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
        let (mut random, data) = (random(), bytes::Bytes::from(vec![2; SIZE]));
        let write = move || Ok(objects.write_full(&object_name(random() % COUNT), data.clone())?);
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
        let mut random = random();
        let write = move || {
            let at = random() % (SIZE / PIECE) as u64 * PIECE as u64;
            Ok(objects.write(&object_name(0), at, [2; PIECE])?)
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

fn floor_of_writes(size: usize, count: u64) -> Subject {
    Subject::new(
        Role::Floor,
        "pwrite and fdatasync of one file",
        move |world| {
            let directory = world.directory("pieces")?;
            let pieces = Pieces::new(&directory.path().join("pieces"), size, count)?;
            let (mut random, piece) = (random(), vec![2; size]);
            let write = move || pieces.write(random(), &piece);
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
        let (crashed, count) = (world.crashed(crash)?, many(world));
        Ok(Once(move || {
            let (said, _killed) = start("open", count, &crashed.path().join("store"))?;
            Ok(said.parse()?)
        }))
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
        let each = per(allocated(world.crashed(crash)?.path())?, many(world));
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
) -> Result<(IoCtx, (Radula, tempfile::TempDir)), Failure> {
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

fn many(world: &World) -> u64 {
    if world.quick() { 50_000 } else { MILLION }
}

/// Fills a store in a process that is killed.
fn crash(world: &World, directory: &Path) -> Result<(), Failure> {
    let (_, killed) = start("fill", many(world), &directory.join("store"))?;
    drop(killed);
    Ok(())
}

/// A process that is killed when it is dropped.
#[derive(Debug)]
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may be gone already; either way nothing is left to do.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Starts this program to do `part`, and waits for what it says; it is then still there.
fn start(part: &str, count: u64, store: &Path) -> Result<(String, Killed), Failure> {
    let mut child = Killed(
        Command::new(std::env::current_exe()?)
            .args([CHILD, part, &count.to_string()])
            .arg(store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let said = child.0.stdout.take().ok_or("no output")?;
    let line = BufReader::new(said).lines().next();
    let line = line.ok_or_else(|| format!("the process that should {part} ended"))??;
    Ok((line, child))
}

/// The process that fills or opens a store: see [`start`].
pub(super) fn child_process() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next()? != CHILD {
        return None;
    }
    let (part, count, store) = (arguments.next()?, arguments.next()?, arguments.next()?);
    let said = count
        .parse()
        .map_err(Failure::from)
        .and_then(|count| work(&part, count, Path::new(&store)));
    Some(match said {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    })
}

fn work(part: &str, count: u64, store: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let config = radula::Config::builtin(&radula::Sources::default()).with("store", store)?;
    let radula = Rc::new(Radula::open(config)?);
    let objects = radula.ioctx("bench").with_durability(Durability::Buffered);
    match part {
        "fill" => {
            for number in 0..count {
                objects.write_full(&object_name(number), record())?;
            }
            radula.sync()?;
            println!("filled");
        }
        _ => {
            if objects.read(&object_name(count - 1), 0, 0)? != record() {
                return Err("an object was lost".into());
            }
            println!("{}", started.elapsed().as_secs_f64());
        }
    }
    // To be killed here: nothing is closed.
    std::io::stdin().lines().next();
    Ok(())
}

/// Bytes that a file, or all below a directory, take on the disk.
fn allocated(path: &Path) -> Result<u64, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path)?;
    if !found.is_dir() {
        return Ok(found.blocks() * 512);
    }
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        bytes += allocated(&entry?.path())?;
    }
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
fn per(bytes: u64, count: u64) -> f64 {
    bytes as f64 / count.max(1) as f64
}

/// Numbers without order.
fn random() -> impl FnMut() -> u64 {
    let mut random = 1_u64;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    }
}
