//! A mixed load for as long as is asked for, and once a second what it takes: memory, disk, latency. `cargo xtask soak`
//! runs it, judges it and draws it.
//!
//! `cargo run --release -p radula --example soak -- DIRECTORY SECONDS CLASS_DIRECTORY`
#![expect(
    clippy::disallowed_methods,
    reason = "reads /proc and looks at the directory its arguments name"
)]

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use radula::{Config, Durability, Errno, Error, IoCtx, Radula};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const WRITERS: u64 = 6;
/// Objects of each kind. The population stays as it is, so whatever grows is a leak.
const OBJECTS: u64 = 2_000;
const LARGE: u64 = 4;
const LARGE_SIZE: u64 = 16 << 20;

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let mut next = || words.next().ok_or("name DIRECTORY SECONDS CLASS_DIRECTORY");
    let directory = PathBuf::from(next()?);
    let seconds: u64 = next()?.parse()?;
    let classes = next()?;
    let config = Config::builtin(&Default::default())
        .with("store", directory.join("store"))?
        .with("lua_class_dir", classes)?;
    let radula = Radula::open(config)?;
    let pool = radula.ioctx("soak");
    for object in 0..LARGE {
        let whole = vec![7; usize::try_from(LARGE_SIZE)?];
        pool.write_full(&format!("large-{object}"), whole)?;
    }
    let run = Run::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WRITERS)
            .map(|worker| {
                let (pool, run) = (pool.clone(), &run);
                scope.spawn(move || {
                    let worked = work(&pool, worker + 1, run);
                    // Whoever fails ends the run.
                    run.stop
                        .store(worked.is_err() || run.stops(), Ordering::Relaxed);
                    worked
                })
            })
            .collect();
        println!("second operations rss_bytes disk_bytes p50_us p99_us max_us");
        for second in 1..=seconds {
            thread::sleep(Duration::from_secs(1));
            if run.stops() {
                break;
            }
            report(second, &run, &directory)?;
        }
        run.stop.store(true, Ordering::Relaxed);
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err("a worker panicked".into()))
        })
    })?;
    let added = run.added.into_inner();
    let counted: u64 = (0..OBJECTS)
        .filter_map(|object| pool.read(&format!("counter-{object}"), 0, 0).ok())
        .filter_map(|data| std::str::from_utf8(&data).ok()?.trim().parse::<u64>().ok())
        .sum();
    match added == counted {
        true => Ok(()),
        false => {
            Err(format!("{added} increments were acknowledged and {counted} are there").into())
        }
    }
}

#[derive(Default)]
struct Run {
    stop: AtomicBool,
    /// Microseconds of the operations of this second.
    took: Mutex<Vec<u64>>,
    /// Increments acknowledged.
    added: AtomicU64,
}

impl Run {
    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn work(pool: &IoCtx, seed: u64, run: &Run) -> Result<(), Failure> {
    let buffered = pool.clone().with_durability(Durability::Buffered);
    let mut random = seed;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    while !run.stops() {
        let (object, dice) = (next(OBJECTS), next(100));
        let started = Instant::now();
        match dice {
            0..40 => {
                pool.exec(&format!("counter-{object}"), "counter", "add", b"1")?;
                run.added.fetch_add(1, Ordering::Relaxed);
            }
            40..55 => {
                let size = 1 + usize::try_from(next(8_000))?;
                buffered.write_full(&format!("file-{object}"), vec![1; size])?;
            }
            55..75 => missing_is_fine(pool.read(&format!("file-{object}"), 0, 0).map(drop))?,
            75..80 => missing_is_fine(pool.remove(&format!("file-{object}")))?,
            80..90 => {
                let key = format!("key-{:03}", next(300));
                let oid = format!("map-{}", object % 50);
                match next(3) {
                    0 => missing_is_fine(buffered.omap_remove_keys(&oid, [key]))?,
                    _ => buffered.omap_set(&oid, [(key, "value")])?,
                }
            }
            90..96 => {
                let offset = next(LARGE_SIZE / 4096) * 4096;
                pool.write(&format!("large-{}", next(LARGE)), offset, [2; 4096])?;
            }
            _ => drop(pool.list(Some(&format!("file-{object}")), "file-", 100)?),
        }
        let micros = u64::try_from(started.elapsed().as_micros())?;
        run.took
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(micros);
    }
    Ok(())
}

fn missing_is_fine(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(error) if error.errno() == Errno::ENOENT => Ok(()),
        done => done,
    }
}

fn report(second: u64, run: &Run, directory: &Path) -> Result<(), Failure> {
    let mut took = std::mem::take(&mut *run.took.lock().unwrap_or_else(PoisonError::into_inner));
    took.sort_unstable();
    let part = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or(0);
    let (median, slow) = (part(50), part(99));
    println!(
        "{second} {} {} {} {median} {slow} {}",
        took.len(),
        rss()?,
        bytes_below(directory)?,
        took.last().unwrap_or(&0)
    );
    Ok(())
}

fn rss() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("the system does not tell")?.parse::<u64>()? * 1024)
}

/// Bytes of the files below a directory; one that goes meanwhile has none.
fn bytes_below(directory: &Path) -> Result<u64, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = std::fs::read_dir(directory) else {
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
