//! Subjects inside the OSD of a cluster: class files beside the plugin, objects in a pool.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the log of the test's own cluster"
)]

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use behaviour::CaseLog;
use radula::{Config, IoCtx, Radula, Sources};

use crate::{
    cluster::{ClassDir, Cluster, POOL},
    corpus::{bundled_lua_classes, bundled_wasm_classes, corpus_classes, text},
    engine::set,
};

/// The class for what librados does not offer and a case may set up or look at: the omap header.
pub(crate) const PROBE_CLASS: &str = "probe";

const PROBE: &str = "
function header(input, output)
  output:append(objclass.map_read_header():str())
end
function set_header(input, output)
  objclass.map_write_header(input)
end
objclass.register(header, 'r')
objclass.register(set_header, 'w')
";

/// Our client of a cluster, which asks for the replies of methods that write.
///
/// # Panics
/// When the cluster cannot be reached.
#[must_use]
pub fn connected(cluster: &Cluster) -> Radula {
    let conf = cluster.conf();
    let url = format!("rados:///{POOL}?conf={}&returnvec=true", conf.display());
    let config = set(Config::builtin(&Sources::default()), "store", url);
    Radula::open(config).unwrap_or_else(|error| panic!("{error}"))
}

/// One cluster whose OSD runs the classes of one runtime, for many trials at once. Objects and scripts of a trial
/// have names of their own.
#[derive(Debug)]
pub struct OsdHost {
    radula: Radula,
    cluster: Arc<Cluster>,
    classes: Arc<ClassDir>,
    /// Trials that read the log run alone: it does not say which object a line is about.
    turns: RwLock<()>,
    named: AtomicUsize,
}

/// The bundled classes in Lua that are not Ceph's: those have Ceph's own in this cluster.
const EXAMPLES: [&str; 3] = ["counter", "hellolua", "kvlog"];

impl OsdHost {
    /// Installs what cases call, in the language of `runtime`, and connects.
    ///
    /// # Panics
    /// When the cluster cannot be reached.
    #[must_use]
    pub fn new(runtime: &str, cluster: Arc<Cluster>, classes: Arc<ClassDir>) -> Self {
        classes.put_all(&corpus_classes(runtime));
        match runtime {
            "lua" => {
                for class in EXAMPLES {
                    let file = bundled_lua_classes().join(format!("cls_{class}.lua"));
                    classes.put_lua(class, text(&file));
                }
            }
            "wasm" => classes.put_all(&bundled_wasm_classes()),
            _ => {}
        }
        classes.put_lua(PROBE_CLASS, PROBE);
        Self {
            radula: connected(&cluster),
            cluster,
            classes,
            turns: RwLock::new(()),
            named: AtomicUsize::new(0),
        }
    }

    /// The engine of the client, which has no classes.
    pub(crate) fn radula(&self) -> &Radula {
        &self.radula
    }

    /// The pool.
    pub(crate) fn objects(&self) -> IoCtx {
        self.radula.ioctx(POOL)
    }

    /// A number nobody else got.
    pub(crate) fn number(&self) -> usize {
        self.named.fetch_add(1, Ordering::Relaxed)
    }

    /// Installs a script as a class.
    pub(crate) fn install(&self, class: &str, source: &str) {
        self.classes.put_lua(class, source);
    }

    /// Runs `body`, alone when it reads the log.
    pub(crate) fn in_turn<T>(&self, reads_log: bool, body: impl FnOnce() -> T) -> T {
        if reads_log {
            let _alone = self.turns.write().unwrap_or_else(PoisonError::into_inner);
            body()
        } else {
            let _together = self.turns.read().unwrap_or_else(PoisonError::into_inner);
            body()
        }
    }

    /// Where the log ends now.
    pub(crate) fn log_end(&self) -> u64 {
        let end = File::options()
            .read(true)
            .open(self.log_file())
            .and_then(|mut file| file.seek(SeekFrom::End(0)));
        end.unwrap_or(0)
    }

    /// What classes logged from `start` on, as `LEVEL TEXT`.
    pub(crate) fn logged(&self, start: u64) -> Vec<String> {
        let mut text = Vec::new();
        let read = File::options()
            .read(true)
            .open(self.log_file())
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(start))?;
                file.read_to_end(&mut text)
            });
        read.unwrap_or_else(|error| panic!("the OSD's log: {error}"));
        let text = String::from_utf8_lossy(&text);
        text.lines().filter_map(class_line).collect()
    }

    fn log_file(&self) -> impl AsRef<Path> {
        self.cluster.osd_log_path(0)
    }
}

/// `… LEVEL <cls> CLASS: TEXT` as `LEVEL TEXT`. Lines of Ceph's own classes name a source file instead of a class.
fn class_line(line: &str) -> Option<String> {
    let (before, after) = line.split_once(" <cls> ")?;
    let level = before.split_whitespace().next_back()?;
    let (class, text) = after.split_once(": ")?;
    (!class.contains('/')).then(|| format!("{level} {text}"))
}

/// The log of one trial.
#[derive(Debug)]
pub(crate) struct OsdLog {
    host: Arc<OsdHost>,
    start: Mutex<u64>,
}

impl OsdLog {
    pub(crate) fn of(host: &Arc<OsdHost>) -> Self {
        Self {
            host: Arc::clone(host),
            start: Mutex::new(0),
        }
    }
}

impl CaseLog for OsdLog {
    fn forget(&self) {
        *self.start.lock().unwrap_or_else(PoisonError::into_inner) = self.host.log_end();
    }

    /// The OSD writes its log after the event.
    fn settled(&self, expected: &[String]) -> Vec<String> {
        let start = *self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = Instant::now();
        loop {
            let lines = self.host.logged(start);
            if lines == expected || asked.elapsed() > Duration::from_secs(3) {
                return lines;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::class_line;

    #[test]
    fn a_line_of_a_class_is_told_from_others() {
        let prefix = "2026-11-22T19:02:52.054+0000 7fcceb2901c0";
        let ours = format!("{prefix}  5 <cls> actor: hello: log");
        assert_eq!(class_line(&ours).as_deref(), Some("5 hello: log"));
        let cephs = format!("{prefix}  0 <cls> ./src/cls/cephfs/cls_cephfs.cc:201: loading cephfs");
        assert_eq!(class_line(&cephs), None);
        assert_eq!(class_line(&format!("{prefix}  0 osd.0 16 load_pgs")), None);
    }
}
