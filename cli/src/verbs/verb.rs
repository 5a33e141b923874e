//! The verbs that need an engine.

use std::ffi::OsString;

use clap::Subcommand;

use super::{
    class::ClassVerb,
    operands::{BackupArgs, EvalArgs, ExecArgs, FileArgs, LsArgs, ValueArgs},
    parsers::{OID, size, text},
};

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
  radula exec greeting hellolua say_hello Ceph -v --limit deadline=50ms
  radula exec door lock lock --args '{\"name\": \"l\", \"type\": 1, \"cookie\": \"c\"}'
  radula exec door lock get_info --args '{\"name\": \"l\"}'")]
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
    /// Print how much is in each pool, and what the store takes on disk
    ///
    /// Bytes are those of the data, as objects have them; omap bytes are keys and values. Tables are compressed, and also hold for a while what was overwritten
    /// or removed; a journal is kept until all it says is in tables.
    #[command(after_help = "Examples:\n  radula df\n  radula df --json")]
    Df,
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
