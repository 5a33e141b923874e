//! The verbs, named and ordered as in Ceph's `rados` command where it has them.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, Subcommand, ValueHint,
    builder::{OsStringValueParser, TypedValueParser},
};

use crate::commands::{
    ceph::CephVerb,
    review::{CASE_VERB, ReviewArgs},
    serve::ServeArgs,
};

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

/// The verbs that need an engine.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run a method of a class beside an object
    ///
    /// Only the output goes to standard output, byte for byte; on a terminal, bytes that would control it are shown as
    /// escapes. With -v, standard error shows the return value, the limits, how much of each was used, and the class file.
    #[command(after_help = "\
Examples:
  radula exec greeting hellolua say_hello Ceph
  radula exec log1 kvlog append --input-file entry.bin
  echo -n Ceph | radula exec greeting hellolua say_hello -
  radula exec greeting hellolua say_hello Ceph -v --limit deadline=50ms")]
    Exec(ExecArgs),
    /// Run a Lua script that comes with the request, through class `lua`
    ///
    /// The script registers its handlers as a class does and runs under the limits of `limits.eval`.
    #[command(
        after_help = "Examples:\n  radula eval greeting upper.lua upper 'this was lower case'"
    )]
    Eval(EvalArgs),

    /// Store a file as an object, replacing its content
    #[command(after_help = "Examples:\n  radula put logo logo.png\n  date | radula put now -")]
    Put(FileArgs),
    /// Write an object's content to a file
    #[command(after_help = "Examples:\n  radula get logo copy.png\n  radula get now -")]
    Get(FileArgs),
    /// Append a file to an object
    #[command(
        after_help = "Examples:\n  radula append journal today.txt\n  date | radula append journal -"
    )]
    Append(FileArgs),
    /// Print an object's size and the time of its last change
    #[command(after_help = "Examples:\n  radula stat logo\n  radula stat logo --json")]
    Stat {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
    },
    /// List the objects of the pool and namespace
    ///
    /// With --filter, lists only objects a method accepts. The method must not write; it runs on each object under the
    /// usual limits and accepts it by returning a value above 0. Objects on which it fails are named on standard error,
    /// after the list.
    #[command(after_help = "\
Examples:
  radula ls
  radula -p music -N live ls --prefix 2024-
  radula ls --all
  radula ls --filter track.longer_than --filter-input 300")]
    Ls(LsArgs),
    /// Remove objects
    #[command(after_help = "Examples:\n  radula rm logo\n  radula rm a b c")]
    Rm {
        /// The objects
        #[arg(required = true, value_parser = text(OID))]
        oids: Vec<String>,
    },
    /// Cut or extend an object to a size; does not create a missing object, as in RADOS
    #[command(after_help = "Examples:\n  radula truncate logo 0\n  radula truncate logo 4KiB")]
    Truncate {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The new size in bytes, or with a unit
        #[arg(value_parser = size)]
        size: u64,
    },

    /// Set an xattr
    #[command(after_help = "\
Examples:
  radula setxattr logo author Ada
  radula setxattr logo thumbnail --input-file small.png
  date | radula setxattr logo touched")]
    Setxattr {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The name
        name: OsString,
        #[command(flatten)]
        value: ValueArgs,
    },
    /// Write an xattr's value to standard output
    #[command(after_help = "Examples:\n  radula getxattr logo author")]
    Getxattr {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The name
        name: OsString,
    },
    /// List the names of an object's xattrs
    #[command(after_help = "Examples:\n  radula listxattr logo")]
    Listxattr {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
    },
    /// Remove an xattr
    #[command(after_help = "Examples:\n  radula rmxattr logo author")]
    Rmxattr {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The name
        name: OsString,
    },

    /// Set an omap value
    #[command(after_help = "\
Examples:
  radula setomapval album track-1 Intro
  radula setomapval album cover --input-file cover.png
  date | radula setomapval album touched")]
    Setomapval {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The key
        key: OsString,
        #[command(flatten)]
        value: ValueArgs,
    },
    /// Write an omap value to standard output, as it is
    #[command(after_help = "Examples:\n  radula getomapval album track-1")]
    Getomapval {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The key
        key: OsString,
    },
    /// List the omap keys of an object
    #[command(after_help = "Examples:\n  radula listomapkeys album")]
    Listomapkeys {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
    },
    /// List the omap keys and values of an object, values as a hex dump
    #[command(
        after_help = "Examples:\n  radula listomapvals album\n  radula listomapvals album --json"
    )]
    Listomapvals {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
    },
    /// Remove an omap key
    #[command(after_help = "Examples:\n  radula rmomapkey album track-1")]
    Rmomapkey {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        /// The key
        key: OsString,
    },
    /// Write the omap header to standard output, as it is
    #[command(after_help = "Examples:\n  radula getomapheader album")]
    Getomapheader {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
    },
    /// Set the omap header
    #[command(after_help = "Examples:\n  radula setomapheader album 'twelve tracks'")]
    Setomapheader {
        /// The object
        #[arg(value_parser = text(OID))]
        oid: String,
        #[command(flatten)]
        value: ValueArgs,
    },

    /// Write a snapshot of the whole store to one file; or check such a file
    ///
    /// Prints a digest of the contents. FILE appears under its name when it is complete and on disk, and only its owner may
    /// read it. In a directory a new file is made, named after the time; no file there is ever replaced. A pipe or a device
    /// is written to. In a shell, the changes of earlier lines are included.
    #[command(after_help = "\
Examples:
  radula backup /srv/backup/today.backup
  radula backup /srv/backup/
  radula backup - | ssh other 'cat > store.backup'
  radula backup --verify today.backup")]
    Backup(BackupArgs),

    /// Look at classes
    #[command(subcommand)]
    Class(ClassVerb),
}

/// What can be asked about classes. None of it opens the store.
#[derive(Debug, Subcommand)]
pub(crate) enum ClassVerb {
    /// List the classes that can be found, and their state
    #[command(after_help = "Examples:\n  radula class ls\n  radula class ls --json")]
    Ls,
    /// Print a class's file, digest and methods
    #[command(after_help = "Examples:\n  radula class show hellolua")]
    Show {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
    },
    /// Print every file that could provide a class, in order, and why one is chosen
    #[command(after_help = "Examples:\n  radula class explain hellolua")]
    Explain {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
    },
    /// Check a class file before it is installed
    #[command(after_help = "Examples:\n  radula class check ./cls_mine.lua")]
    Check {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct LsArgs {
    /// Only objects whose names begin with this
    #[arg(long, default_value = "", value_parser = text(OID))]
    pub(crate) prefix: String,
    /// All namespaces; each line is NAMESPACE, a tab, the name
    #[arg(long)]
    pub(crate) all: bool,
    /// Only objects this method accepts
    #[arg(long, value_name = "CLASS.METHOD", value_parser = method, conflicts_with = "all")]
    pub(crate) filter: Option<(String, String)>,
    /// The input of the method, for each object; `-` reads standard input
    #[arg(
        long,
        value_name = "INPUT",
        requires = "filter",
        allow_hyphen_values = true
    )]
    pub(crate) filter_input: Option<OsString>,
    /// Read the input of the method from this file; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "filter", conflicts_with = "filter_input", value_hint = ValueHint::FilePath)]
    pub(crate) filter_input_file: Option<PathBuf>,
}

fn method(text: &str) -> Result<(String, String), String> {
    text.split_once('.')
        .map(|(class, method)| (class.to_owned(), method.to_owned()))
        .ok_or_else(|| "write CLASS.METHOD".to_owned())
}

#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    /// A file, a directory (a timestamped file is created in it) or `-` for standard output
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Check the file instead of writing it; `-` is standard input. Needs no store
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ExecArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The class
    #[arg(value_parser = text("names of classes"))]
    pub(crate) class: String,
    /// The method
    #[arg(value_parser = text("names of methods"))]
    pub(crate) method: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The script, or `-` for standard input
    #[arg(value_name = "SCRIPT.lua", value_hint = ValueHint::FilePath)]
    pub(crate) script: PathBuf,
    /// The handler to call; if empty, only the body runs
    #[arg(value_parser = text("names of handlers"))]
    pub(crate) handler: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// The input as it stands here; `-` reads standard input
    #[arg(conflicts_with = "input_file", allow_negative_numbers = true)]
    pub(crate) input: Option<OsString>,
    /// Read the input from this file; `-` is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ValueArgs {
    /// The value as it stands here; without one, or with `-`, standard input is read
    #[arg(conflicts_with = "input_file", allow_negative_numbers = true)]
    pub(crate) value: Option<OsString>,
    /// Read the value from this file; `-` is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct FileArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The file; `-` is standard input or output
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// What [`text`] calls the names of objects.
const OID: &str = "names of objects";

/// A name that must be text: of an object, a class or what holds objects. Keys, names of xattrs and values are bytes.
pub(crate) fn text(names: &'static str) -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().try_map(move |name| {
        name.into_string().map_err(|_| {
            format!(
                "{names} must be UTF-8 text: write other bytes as text of your own, such as %FF"
            )
        })
    })
}

fn size(text: &str) -> Result<u64, String> {
    radula::config::Unit::Bytes
        .parse(text)
        .map_err(|invalid| invalid.to_string())
}
