//! A store whose process was killed, and processes that open what is left.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::Instant,
};

use radula::{Durability, Radula};

use super::process;
use crate::{
    model::Failure,
    world::{object_name, record},
};

/// The first argument of a process that fills or opens a store and is killed.
const CHILD: &str = "measure-store";

/// Fills a store in `directory` with `count` objects, in a process that is killed.
///
/// # Errors
/// The process fails.
pub fn crash(count: u64, directory: &Path) -> Result<(), Failure> {
    start("fill", count, directory).map(drop)
}

/// The seconds it takes to open what [`crash`] left, in a process that is killed.
///
/// # Errors
/// The process fails, an object was lost.
pub fn open(count: u64, directory: &Path) -> Result<f64, Failure> {
    let (said, _killed) = start("open", count, directory)?;
    Ok(said.parse()?)
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
fn start(part: &str, count: u64, directory: &Path) -> Result<(String, Killed), Failure> {
    let mut child = Killed(
        Command::new(std::env::current_exe()?)
            .args([CHILD, part, &count.to_string()])
            .arg(directory.join("store"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let said = child.0.stdout.take().ok_or("no output")?;
    let line = BufReader::new(said).lines().next();
    let line = line.ok_or_else(|| format!("the process that should {part} ended"))??;
    Ok((line, child))
}

/// The process that fills or opens a store, when this is one.
pub(crate) fn child_process() -> Option<ExitCode> {
    process::child(CHILD, work)
}

fn work(part: &str, count: u64, store: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let config = radula::Config::builtin(&radula::Sources::default()).with("store", store)?;
    let radula = Radula::open(config)?;
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
            if objects.read(&object_name(count - 1), ..)? != record() {
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
///
/// # Errors
/// It cannot be looked at.
pub fn allocated(path: &Path) -> Result<u64, Failure> {
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
