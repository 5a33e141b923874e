//! The verbs, named and ordered as in Ceph's `rados` command where it has them.

mod ceph;
mod class;
mod operands;
mod parsers;
#[cfg(feature = "review")]
mod review;
#[cfg(not(feature = "review"))]
#[path = "verbs/no_review.rs"]
mod review;
mod serve;
mod testbed;
mod verb;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

pub(crate) use ceph::{CephVerb, InstallArgs};
pub(crate) use class::{ClassVerb, Language};
pub(crate) use operands::{BackupArgs, EvalArgs, ExecArgs, FileArgs, LsArgs, ValueArgs};
pub(crate) use parsers::text;
pub(crate) use review::ReviewArgs;
pub(crate) use serve::ServeArgs;
pub(crate) use testbed::TestbedArgs;
pub(crate) use verb::Verb;

/// The hidden verb `review` starts this program with.
pub(crate) const CASE_VERB: &str = "review-case";

/// What the command line can ask for.
#[derive(Debug, Subcommand)]
pub(crate) enum TopVerb {
    #[command(flatten)]
    Verb(Verb),
    /// Print every setting, its value and where it came from
    #[command(after_help = "Examples:\n  radula config\n  RADULA_POOL=music radula config --json")]
    Config,
    /// Read commands line by line from a file or standard input, in one process with one open store
    #[command(after_help = "\
Lines are split into words as in a shell: quotes and backslashes work, # begins a comment. $'...' takes escapes as in
bash: \\n, \\t, \\r, \\e, \\\\, \\', \\\", \\xNN for a byte, \\uNNNN for a character. Besides the verbs of the command line there are
`reload`, which reads the configuration and the classes again, and `quit`. If output does not end in a newline, one is
added. The first line that fails ends the run, unless --keep-going is given or standard input is a terminal. The exit
status is 1 if any line failed.

Examples:
  printf 'setxattr a k v\\ngetxattr a k\\n' | radula shell
  printf '%s\\n' \"rmomapkey album $'\\xff'\" | radula shell
  radula --store memory shell --keep-going commands.txt")]
    Shell(ShellArgs),
    /// Check the store on disk, object by object; change nothing unless asked to
    ///
    /// Checks every checksum, every count and the owner of every row. No other process may have the store open. A repair
    /// corrects what intact rows determine (counts, versions) and moves damaged objects to pool `lost+found`, where their
    /// intact parts can be read. It never invents data.
    #[command(after_help = "\
Exit status: 0 the store is sound, or is again and nothing was lost; 1 something is wrong.

Examples:
  radula fsck
  radula --store /srv/radula fsck --json
  radula fsck --repair
  radula fsck --repair --remove-damaged")]
    Fsck(FsckArgs),
    /// Install the engine and its classes for the Ceph OSDs on this machine
    #[command(subcommand)]
    Ceph(CephVerb),
    /// Serve this store to RADOS clients: librados in any language, `rados`, `ceph`
    ///
    /// One process is a cluster to them, with one monitor and one OSD. It runs in the foreground until SIGTERM or
    /// Ctrl-C, and then answers what runs. There is no authentication yet, so only loopback addresses are accepted.
    #[command(after_help = "\
Examples:
  radula --store memory serve --write-conf /tmp/demo
  rados -c /tmp/demo/ceph.conf -p rbd ls")]
    Serve(ServeArgs),
    /// Run a program against a store that is served while it runs: a cluster for tests of RADOS clients
    ///
    /// Starts a server at a free loopback port, sets CEPH_CONF for the program to a ceph.conf that leads there, runs it, and stops the server. The
    /// store is a new one in memory, with the configured classes; --store names another. Pool `rbd` is there.
    #[command(after_help = "\
Exit status: that of the program; 128 and the number of the signal if one ended it; 1 if it could not be run. SIGTERM is passed on to it.

Examples:
  radula testbed -- pytest tests/
  radula --class-dir ./classes testbed -- cargo test
  radula testbed -- sh -c 'rados -p rbd put a /etc/hostname && rados -p rbd ls'")]
    Testbed(TestbedArgs),
    /// Create the store from a backup; it must not exist yet
    ///
    /// Versions and times are those of the backup. The new store is read back and its digest is compared with the
    /// backup's. A store whose restore was interrupted cannot be opened; restore again to start over.
    #[command(after_help = "\
Examples:
  radula --store /srv/new restore today.backup
  ssh other 'cat store.backup' | radula --store /srv/new restore -")]
    Restore {
        /// The file `backup` wrote; `-` is standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Run hostile cases against this engine and judge it
    ///
    /// Each case runs in a process of its own, with an outer guard. For each case it prints the outcome, the duration, how
    /// far past its deadline it ran, the longest gap between looks at the clock, the memory it took, whether the object
    /// changed, whether well-behaved classes still answered, and the verdict. With --json the whole report goes to
    /// standard output instead.
    #[command(after_help = "\
Exit status: 0 every case passes, 1 one fails, 2 wrong usage.

Examples:
  radula review
  radula review --html report.html --json-file report.json
  radula review my-attacks/ --family lua --jobs 2
  radula review --only L006 --only F01
  radula review --soak 200 --jobs 8
  radula review --unhardened
  radula review --unhardened=image --family lua")]
    Review(ReviewArgs),
    /// Run one hostile case, given on standard input; `review` starts it
    #[command(name = CASE_VERB, hide = true, after_help = "Example: none, use radula review")]
    ReviewCase,
    /// Compile one WASM class, given on standard input; an engine starts it
    #[command(name = radula::WASM_COMPILER_VERB, hide = true, after_help = "Example: none, classes are compiled when they are called")]
    WasmCompile,
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  radula completions bash > /etc/bash_completion.d/radula
  radula completions zsh > ~/.zfunc/_radula")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What one line of `radula shell` can ask for.
#[derive(Debug, Subcommand)]
pub(crate) enum LineVerb {
    #[command(flatten)]
    Verb(Verb),
    /// Print every setting, its value and where it came from
    #[command(after_help = "Example:\n  config")]
    Config,
    /// Read the configuration and the classes again
    #[command(after_help = "Example:\n  reload")]
    Reload,
    /// Leave the shell
    #[command(alias = "exit", after_help = "Example:\n  quit")]
    Quit,
}

#[derive(Args, Debug)]
pub(crate) struct FsckArgs {
    /// Repair what can be repaired, and move what cannot to pool `lost+found`
    #[arg(long)]
    pub(crate) repair: bool,
    /// Remove damaged objects instead of moving them, those in pool `lost+found` too
    #[arg(long, requires = "repair")]
    pub(crate) remove_damaged: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ShellArgs {
    /// Read commands from this file instead of standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Continue after a line that failed
    #[arg(short, long)]
    pub(crate) keep_going: bool,
}
