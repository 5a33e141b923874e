//! Durable read-modify-writes of small objects, beside the least any store could do: a `BTreeMap`, a log, and one
//! sync shared by all who wait. Both run in turns, on the same directory's disk, and the medians are shown, so the
//! ratio means something even where the figures do not.
//!
//! `cargo run --release -p radula-store --example durable [DIRECTORY] [MILLISECONDS A TURN]`
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads its arguments' directory and keeps a log there"
)]

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use objclass::{CallInfo, ObjectId, ObjectRead, ObjectWrite};
use store::{DiskOptions, Durability, ObjectStore, open_disk};
use transaction::{Quotas, Transaction};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const OBJECTS: u64 = 10_000;
const SIZE: usize = 100;
/// Floor and store take turns this often, since what else the disk does changes by the second.
const ROUNDS: usize = 9;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let turn = arguments.next().map_or(Ok(500), |text| text.parse())?;
    let path = directory.join(format!("radula-durable-{}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    let outcome = compare(&path, Duration::from_millis(turn));
    std::fs::remove_dir_all(&path)?;
    outcome
}

fn compare(path: &Path, time: Duration) -> Result<(), Failure> {
    let store = open_disk(&path.join("store"), DiskOptions::default())?;
    let floor = Floor::new(&path.join("log"))?;
    for object in 0..OBJECTS {
        increment(&*store, object, Durability::Buffered)?;
        floor
            .map
            .lock()
            .map_err(poisoned)?
            .insert(id(object), vec![0; SIZE]);
    }
    store.sync()?;
    println!("per second, and in brackets microseconds of processor time for one");
    println!("threads          floor        durable  ratio       buffered          reads");
    for threads in [1, 4, 16] {
        let (mut least, mut durable, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let floor = rate(threads, time, |object| floor.increment(object))?;
            let store = rate(threads, time, |object| {
                increment(&*store, object, Durability::Sync)
            })?;
            ratios.push(store.per_second * 100 / floor.per_second.max(1));
            least.push(floor);
            durable.push(store);
        }
        let buffered = rate(threads, time, |object| {
            increment(&*store, object, Durability::Buffered)
        })?;
        let reads = rate(threads, time, |object| read(&*store, object))?;
        ratios.sort_unstable();
        let (ratio, least, durable) = (ratios[ROUNDS / 2], median(least), median(durable));
        println!("{threads:7}  {least}  {durable}  {ratio:4}%  {buffered}  {reads}");
    }
    Ok(())
}

/// The round in the middle.
fn median(mut rounds: Vec<Rate>) -> Rate {
    rounds.sort_by_key(|rate| rate.per_second);
    rounds.swap_remove(rounds.len() / 2)
}

/// How fast something went, and what it cost: on a busy machine only the latter means much.
struct Rate {
    per_second: u64,
    micros: f64,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6} ({:5.1})", self.per_second, self.micros)
    }
}

/// Processor time of this process so far, in milliseconds.
fn processor_time() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64, Failure> { Ok(fields.next().unwrap_or("0").parse()?) };
    // Linux counts in ticks of 10 ms.
    Ok((ticks()? + ticks()?) * 10)
}

/// Runs `work` on random objects in `threads` threads.
fn rate(
    threads: u64,
    time: Duration,
    work: impl Fn(u64) -> Result<(), Failure> + Sync,
) -> Result<Rate, Failure> {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let (started, before) = (Instant::now(), processor_time()?);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (stop, done, work) = (&stop, &done, &work);
                scope.spawn(move || -> Result<(), Failure> {
                    let mut random = thread + 1;
                    while !stop.load(Ordering::Relaxed) {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        work(random % OBJECTS)?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        running.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread panicked".into()))
        })
    })?;
    let millis = u64::try_from(started.elapsed().as_millis())?;
    let done = done.load(Ordering::Relaxed).max(1);
    Ok(Rate {
        per_second: done * 1000 / millis.max(1),
        micros: (processor_time()? - before) as f64 * 1000.0 / done as f64,
    })
}

fn id(object: u64) -> ObjectId {
    ObjectId {
        pool: "bench".to_owned(),
        namespace: String::new(),
        oid: format!("object-{object:08}"),
    }
}

fn begin(store: &dyn ObjectStore, id: &ObjectId) -> Result<Transaction, Failure> {
    let snapshot = store.snapshot(id)?;
    let info = CallInfo {
        object: id.clone(),
        version: snapshot.head()?.map_or(0, |head| head.version),
        subop: 0,
        origin: String::new(),
    };
    Ok(Transaction::new(snapshot, info, Quotas::default()))
}

fn increment(store: &dyn ObjectStore, object: u64, durability: Durability) -> Result<(), Failure> {
    let id = id(object);
    let lock = store.lock(&id);
    let mut transaction = begin(store, &id)?;
    let mut data = match transaction.exists()? {
        true => transaction.read(0, 0)?.to_vec(),
        false => vec![0; SIZE],
    };
    bump(&mut data);
    transaction.write_full(Bytes::from(data))?;
    if let Some(changes) = transaction.into_changes() {
        store.commit(&lock, changes, durability)?;
    }
    Ok(())
}

fn read(store: &dyn ObjectStore, object: u64) -> Result<(), Failure> {
    let data = begin(store, &id(object))?.read(0, 0)?;
    assert_eq!(data.len(), SIZE);
    Ok(())
}

fn bump(data: &mut [u8]) {
    for byte in data {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

/// A map, a log, and one sync for all who wait.
struct Floor {
    map: Mutex<BTreeMap<ObjectId, Vec<u8>>>,
    log: Mutex<Log>,
    file: File,
    synced: Condvar,
}

#[derive(Default)]
struct Log {
    pending: Vec<u8>,
    appended: u64,
    synced: u64,
    syncing: bool,
}

impl Floor {
    fn new(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path)?;
        // As the engine's journal: room ahead, so that a sync need not grow the file.
        file.set_len(64 << 20)?;
        Ok(Self {
            map: Mutex::default(),
            log: Mutex::default(),
            file,
            synced: Condvar::new(),
        })
    }

    fn increment(&self, object: u64) -> Result<(), Failure> {
        let id = id(object);
        let mut map = self.map.lock().map_err(poisoned)?;
        let data = map.get_mut(&id).ok_or("no such object")?;
        bump(data);
        let mut log = self.log.lock().map_err(poisoned)?;
        log.pending.extend_from_slice(id.oid.as_bytes());
        log.pending.extend_from_slice(data);
        log.appended += 1;
        drop(map);
        let mine = log.appended;
        while log.synced < mine {
            if log.syncing {
                log = self.synced.wait(log).map_err(poisoned)?;
                continue;
            }
            log.syncing = true;
            let (records, upto) = (std::mem::take(&mut log.pending), log.appended);
            drop(log);
            (&self.file).write_all(&records)?;
            self.file.sync_data()?;
            log = self.log.lock().map_err(poisoned)?;
            log.syncing = false;
            log.synced = upto;
            self.synced.notify_all();
        }
        Ok(())
    }
}

fn poisoned<T>(_: T) -> Failure {
    "a thread panicked".into()
}
