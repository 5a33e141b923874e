//! The mixed load: Lua calls, writes, reads, removals, omaps, pieces of large objects and listings, by a few threads.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use radula::{Config, Durability, Errno, Error, IoCtx, Radula};

use super::Second;
use crate::{histogram::Histogram, model::Failure, rows::memory::resident};

const WRITERS: u64 = 6;
/// Objects of each kind. The population stays as it is, so whatever grows is a leak.
const OBJECTS: u64 = 2_000;
const LARGE: u64 = 4;
const LARGE_SIZE: u64 = 16 << 20;

/// Runs the load on a new store in `directory`; `each` is told every second.
pub(super) fn run(
    directory: &Path,
    duration: Duration,
    mut each: impl FnMut(u64, &Second) -> Result<(), Failure>,
) -> Result<Vec<Second>, Failure> {
    let store = directory.join("store");
    if store.exists() {
        fs::remove_dir_all(&store)?;
    }
    let config = Config::builtin(&Default::default())
        .with("store", &store)?
        .with(
            "lua_class_dir",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../classes/lua"),
        )?;
    let radula = Radula::open(config)?;
    let pool = radula.ioctx("soak");
    for object in 0..LARGE {
        let whole = vec![7; usize::try_from(LARGE_SIZE)?];
        pool.write_full(&format!("large-{object}"), whole)?;
    }
    let run = Run::default();
    let mut seconds = Vec::new();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WRITERS)
            .map(|worker| {
                let (pool, run) = (pool.clone(), &run);
                scope.spawn(move || {
                    let worked = work(&pool, worker + 1, run);
                    // A failure ends the run.
                    run.stop.fetch_or(worked.is_err(), Ordering::Relaxed);
                    worked
                })
            })
            .collect();
        for number in 1..=duration.as_secs() {
            thread::sleep(Duration::from_secs(1));
            if run.stops() {
                break;
            }
            let second = run.second(&store)?;
            each(number, &second)?;
            seconds.push(second);
        }
        run.stop.store(true, Ordering::Relaxed);
        workers.into_iter().try_for_each(|worker| {
            let worked = worker.join();
            worked.unwrap_or_else(|_| Err("a worker panicked".into()))
        })
    })?;
    let added = run.added.into_inner();
    let counted: u64 = (0..OBJECTS)
        .filter_map(|object| pool.read(&format!("counter-{object}"), ..).ok())
        .filter_map(|data| std::str::from_utf8(&data).ok()?.trim().parse::<u64>().ok())
        .sum();
    if added != counted {
        let found = format!("{added} increments were acknowledged and {counted} are there");
        return Err(found.into());
    }
    Ok(seconds)
}

#[derive(Default)]
struct Run {
    stop: AtomicBool,
    /// The operations of this second.
    took: Mutex<Histogram>,
    /// Increments acknowledged.
    added: AtomicU64,
}

impl Run {
    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn note(&self, took: Duration) {
        let mut second = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        second.note(took);
    }

    #[expect(clippy::cast_precision_loss, reason = "figures of a plot")]
    fn second(&self, store: &Path) -> Result<Second, Failure> {
        let took = {
            let mut second = self.took.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *second)
        };
        let at = took.percentiles();
        Ok(Second {
            operations: took.total() as f64,
            rss: resident("self")? as f64,
            disk: bytes_below(store)? as f64,
            p50: at.map_or(0.0, |at| at.p50),
            p99: at.map_or(0.0, |at| at.p99),
            most: at.map_or(0.0, |at| at.most),
        })
    }
}

fn work(pool: &IoCtx, seed: u64, run: &Run) -> Result<(), Failure> {
    let buffered = pool.clone().with_durability(Durability::Buffered);
    let mut random = fastrand::Rng::with_seed(seed);
    while !run.stops() {
        let (object, dice) = (random.u64(..OBJECTS), random.u32(..100));
        let started = Instant::now();
        match dice {
            0..40 => {
                pool.exec(&format!("counter-{object}"), "counter", "add", b"1")?;
                run.added.fetch_add(1, Ordering::Relaxed);
            }
            40..55 => {
                let size = random.usize(1..=8_000);
                buffered.write_full(&format!("file-{object}"), vec![1; size])?;
            }
            55..75 => missing_is_fine(pool.read(&format!("file-{object}"), ..).map(drop))?,
            75..80 => missing_is_fine(pool.remove(&format!("file-{object}")))?,
            80..90 => {
                let key = format!("key-{:03}", random.u32(..300));
                let oid = format!("map-{}", object % 50);
                match random.u32(..3) {
                    0 => missing_is_fine(buffered.omap_remove_keys(&oid, [key]))?,
                    _ => buffered.omap_set(&oid, [(key, "value")])?,
                }
            }
            90..96 => {
                let offset = random.u64(..LARGE_SIZE / 4096) * 4096;
                pool.write(
                    &format!("large-{}", random.u64(..LARGE)),
                    offset,
                    vec![2; 4096],
                )?;
            }
            _ => drop(pool.list(Some(&format!("file-{object}")), "file-", 100)?),
        }
        run.note(started.elapsed());
    }
    Ok(())
}

fn missing_is_fine(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(error) if error.errno() == Errno::ENOENT => Ok(()),
        done => done,
    }
}

/// Bytes of the files below a directory; one that goes meanwhile has none.
fn bytes_below(directory: &Path) -> Result<u64, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = fs::read_dir(directory) else {
        return Ok(0);
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        bytes += match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_below(&entry.path())?,
            Ok(found) => found.blocks() * 512,
            Err(_) => 0,
        };
    }
    Ok(bytes)
}
