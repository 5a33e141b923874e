//! A million objects: how much memory the store takes, how much disk an object takes, and how long it takes to open after
//! a crash. The process that fills the store is killed; another one opens what it left.
//!
//! `cargo run --release -p radula-store --example million [--objects N] [--cache BYTES] [--size BYTES] [--directory DIR] [--json]`
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark keeps a store in its arguments' directory, reads /proc and starts itself"
)]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use bytes::Bytes;
use objclass::{CallInfo, ObjectId, ObjectRead, ObjectWrite};
use store::{DiskOptions, Durability, ObjectStore, open_disk};
use transaction::{Quotas, Transaction};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Objects read after the store was opened, all over it.
const READS: u64 = 100_000;

struct Arguments {
    objects: u64,
    cache: u64,
    size: usize,
    directory: PathBuf,
    json: bool,
    /// Which part of the run this process is.
    part: Option<String>,
}

fn main() -> Result<(), Failure> {
    let arguments = parse()?;
    match arguments.part.as_deref() {
        None => run(&arguments),
        Some("fill") => fill(&arguments),
        Some("open") => open(&arguments),
        Some(part) => Err(format!("there is no part {part}").into()),
    }
}

fn parse() -> Result<Arguments, Failure> {
    let mut arguments = Arguments {
        objects: 1_000_000,
        cache: DiskOptions::default().cache,
        size: 100,
        directory: std::env::temp_dir(),
        json: false,
        part: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--json" {
            arguments.json = true;
            continue;
        }
        let value = words
            .next()
            .ok_or_else(|| format!("{word} wants a value"))?;
        match &*word {
            "--objects" => arguments.objects = value.parse()?,
            "--cache" => arguments.cache = value.parse()?,
            "--size" => arguments.size = value.parse()?,
            "--directory" => arguments.directory = value.into(),
            "--part" => arguments.part = Some(value),
            _ => return Err(format!("there is no option {word}").into()),
        }
    }
    Ok(arguments)
}

/// Starts the parts one after the other and puts together what they say.
fn run(arguments: &Arguments) -> Result<(), Failure> {
    let name = format!("radula-million-{}", std::process::id());
    let directory = arguments.directory.join(name);
    std::fs::create_dir_all(&directory)?;
    let measured = measure(arguments, &directory);
    std::fs::remove_dir_all(&directory)?;
    let figures = measured?;
    if arguments.json {
        let members: Vec<_> = figures
            .iter()
            .map(|(name, value)| format!("\"{name}\": {value}"))
            .collect();
        println!("{{ {} }}", members.join(", "));
    } else {
        for (name, value) in figures {
            println!("{name:28} {value}");
        }
    }
    Ok(())
}

type Figures = Vec<(String, f64)>;

fn measure(arguments: &Arguments, directory: &Path) -> Result<Figures, Failure> {
    let mut figures = vec![
        ("objects".to_owned(), arguments.objects as f64),
        ("cache_bytes".to_owned(), arguments.cache as f64),
        ("data_bytes_per_object".to_owned(), arguments.size as f64),
    ];
    figures.extend(part(arguments, directory, "fill")?);
    let disk = bytes_below(directory)? as f64;
    figures.push(("disk_bytes".to_owned(), disk));
    figures.push((
        "disk_bytes_per_object".to_owned(),
        (disk / arguments.objects as f64).round(),
    ));
    figures.extend(part(arguments, directory, "open")?);
    Ok(figures)
}

/// Runs one part in a process of its own until it says it is done, and kills it there.
fn part(arguments: &Arguments, directory: &Path, part: &str) -> Result<Figures, Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--part", part])
        .args(["--objects", &arguments.objects.to_string()])
        .args(["--cache", &arguments.cache.to_string()])
        .args(["--size", &arguments.size.to_string()])
        .arg("--directory")
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut figures = Figures::new();
    let said = child.stdout.take().ok_or("the part has no output")?;
    let mut is_done = false;
    for line in BufReader::new(said).lines() {
        let line = line?;
        if line == "done" {
            is_done = true;
            child.kill()?;
            break;
        }
        let (name, value) = line.split_once(' ').ok_or("the part talks nonsense")?;
        figures.push((name.to_owned(), value.parse()?));
    }
    child.wait()?;
    match is_done {
        true => Ok(figures),
        false => Err(format!("part {part} ended early").into()),
    }
}

fn say(name: &str, value: f64) {
    println!("{name} {value}");
}

/// Says that this part is done, and waits to be killed: nothing is closed.
fn done() -> Result<(), Failure> {
    println!("done");
    std::io::stdin().lines().next();
    Ok(())
}

fn store(arguments: &Arguments) -> Result<std::sync::Arc<dyn ObjectStore>, Failure> {
    let options = DiskOptions {
        cache: arguments.cache,
        ..DiskOptions::default()
    };
    Ok(open_disk(&arguments.directory.join("store"), options)?)
}

fn fill(arguments: &Arguments) -> Result<(), Failure> {
    let store = store(arguments)?;
    let started = Instant::now();
    let data = Bytes::from(vec![7; arguments.size]);
    for object in 0..arguments.objects {
        let id = id(object);
        let lock = store.lock(&id);
        let mut transaction = begin(&*store, &id)?;
        transaction.write_full(data.clone())?;
        if let Some(changes) = transaction.into_changes() {
            store.commit(&lock, changes, Durability::Buffered)?;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    say(
        "created_per_second",
        (arguments.objects as f64 / seconds).round(),
    );
    store.sync()?;
    say("rss_bytes_filled", status("VmRSS")?);
    say("rss_bytes_filling_peak", status("VmHWM")?);
    done()
}

fn open(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let store = store(arguments)?;
    let opened = started.elapsed();
    say("open_after_crash_ms", opened.as_secs_f64() * 1000.0);
    assert_eq!(
        store.objects("bench")?,
        arguments.objects,
        "objects were lost"
    );
    say("rss_bytes_opened", status("VmRSS")?);
    let started = Instant::now();
    let mut random = 1_u64;
    let reads = READS.min(arguments.objects);
    for _ in 0..reads {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let data = begin(&*store, &id(random % arguments.objects))?.read(0, 0)?;
        assert_eq!(data.len(), arguments.size);
    }
    let seconds = started.elapsed().as_secs_f64();
    say("random_reads_per_second", (reads as f64 / seconds).round());
    say("rss_bytes_after_reads", status("VmRSS")?);
    let started = Instant::now();
    let mut after = None;
    let mut listed = 0;
    loop {
        let page = store.list("bench", None, after.as_ref(), "", 10_000)?;
        listed += page.entries.len() as u64;
        after = page.entries.into_iter().next_back();
        if !page.more {
            break;
        }
    }
    assert_eq!(listed, arguments.objects);
    say("list_all_ms", started.elapsed().as_secs_f64() * 1000.0);
    say("rss_bytes_peak", status("VmHWM")?);
    done()
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

/// A size from `/proc/self/status`, in bytes.
fn status(name: &str) -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line
        .and_then(|line| line.trim_start_matches(':').split_whitespace().next())
        .ok_or("the system does not tell")?;
    Ok(kib.parse::<f64>()? * 1024.0)
}

/// Bytes the files below a directory take on the disk.
fn bytes_below(directory: &Path) -> Result<u64, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => bytes_below(&entry.path())?,
            false => entry.metadata()?.blocks() * 512,
        };
    }
    Ok(bytes)
}
