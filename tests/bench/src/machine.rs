//! What a reader must know to judge figures: machine, versions, commit, time.

use std::{collections::BTreeMap, fs, path::Path, process::Command, thread};

use serde::{Deserialize, Serialize};

/// Crates whose version says what was compared.
const CRATES: &[&str] = &["fjall", "lua-src", "mlua", "wasmtime"];

/// Programs whose version says what was compared.
const PROGRAMS: &[(&str, &str)] = &[
    ("cc", "--version"),
    ("ceph-osd", "--version"),
    ("redis-server", "--version"),
    ("rustc", "--version"),
    ("tarantool", "--version"),
];

/// Facts about one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and its release.
    pub kernel: String,
    /// Processor architecture.
    pub architecture: String,
    /// Processor model, when the system tells.
    pub processor: Option<String>,
    /// Processors this process may use.
    pub processors: usize,
    /// Bytes of memory, when the system tells.
    pub memory: Option<u64>,
    /// File system that the durable rows write to, when the system tells.
    pub file_system: Option<String>,
    /// Processes that were ready to run when the run began, on average over a minute: more than none is noise.
    pub load: Option<f64>,
    /// What was compared, by name.
    pub versions: BTreeMap<String, String>,
    /// Commit of the sources, with `+` when files were changed.
    pub commit: Option<String>,
    /// When the run began, in UTC.
    pub date: String,
}

impl Machine {
    /// This machine, now; `scratch` is where durable rows write.
    #[must_use]
    pub fn this(scratch: &Path) -> Self {
        let uname = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        Self {
            kernel: format!("{} {}", text(uname.sysname()), text(uname.release())),
            architecture: text(uname.machine()),
            processor: after_colon("/proc/cpuinfo", "model name"),
            processors: thread::available_parallelism().map_or(1, usize::from),
            memory: memory(),
            file_system: first_line("stat", &["-f", "-c", "%T", &scratch.display().to_string()]),
            load: load(),
            versions: versions(),
            commit: commit(),
            date: jiff::Timestamp::now()
                .strftime("%Y-%m-%d %H:%M UTC")
                .to_string(),
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn after_colon(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory() -> Option<u64> {
    let total = after_colon("/proc/meminfo", "MemTotal")?;
    let kib: u64 = total.split(' ').next()?.parse().ok()?;
    Some(kib << 10)
}

fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// What `program` prints first, if it is there.
fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

fn versions() -> BTreeMap<String, String> {
    let programs = PROGRAMS
        .iter()
        .filter_map(|(program, flag)| Some(((*program).to_owned(), first_line(program, &[flag])?)));
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let crates = CRATES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), locked(&lock, name)?)));
    let ours = ("radula".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    programs.chain(crates).chain([ours]).collect()
}

/// The version of crate `name` in the text of a `Cargo.lock`.
fn locked(lock: &str, name: &str) -> Option<String> {
    let entry = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(entry.1.split_once('"')?.0.to_owned())
}

fn commit() -> Option<String> {
    let commit = first_line("git", &["rev-parse", "--short=12", "HEAD"])?;
    let changed = first_line("git", &["status", "--porcelain", "--untracked-files=no"]);
    Some(commit + if changed.is_some() { "+" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_crates_we_compare_with() {
        let versions = versions();
        for name in ["fjall", "lua-src", "mlua"] {
            assert!(versions.contains_key(name), "{versions:?}");
        }
        assert_eq!(
            locked("name = \"a\"\nversion = \"1.2\"\n", "a").unwrap(),
            "1.2"
        );
        assert_eq!(locked("name = \"ab\"\nversion = \"1.2\"\n", "a"), None);
    }
}
