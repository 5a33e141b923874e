//! The command line, without its verbs.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, ValueEnum};
use radula::{Durability, LimitKind, Limits, config::Flag};

use crate::{
    class_dirs::ClassDirs,
    verbs::{LineVerb, TopVerb, text},
};

const EXAMPLES: &str = "\
Examples:
  radula exec greeting hellolua say_hello Ceph     run a method on the object `greeting`
  radula put logo logo.png                         store a file
  radula class explain hellolua                    which file provides a class, and why
  radula --store memory shell < commands.txt       many commands, one process

Exit status: 0 success, 1 a command failed, 2 wrong usage or configuration.";

/// Run object classes beside the objects they act on
#[derive(Debug, Parser)]
#[command(name = "radula", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten)]
    pub(crate) call: CallArgs,
    #[command(subcommand)]
    pub(crate) verb: TopVerb,
}

/// One line of `radula shell`: the same verbs, without the flags that were decided when the process started.
#[derive(Debug, Parser)]
#[command(
    name = "",
    no_binary_name = true,
    disable_version_flag = true,
    max_term_width = 110
)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) call: CallArgs,
    #[command(subcommand)]
    pub(crate) verb: LineVerb,
}

/// Flags that hold for the whole process.
#[derive(Args, Debug)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ProcessArgs {
    /// Keep objects in this directory, or in `memory`
    #[arg(long, global = true, value_name = "PATH|memory")]
    store: Option<OsString>,
    /// Read this configuration file instead of the usual ones
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    class_dirs: ClassDirs,
    /// Set any configuration key, such as class.lua.enabled=false; repeatable
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

/// Flags that hold for one call.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Call")]
pub(crate) struct CallArgs {
    /// The pool
    #[arg(short, long, global = true, value_name = "POOL", value_parser = text("names of pools"))]
    pub(crate) pool: Option<String>,
    /// The namespace within the pool
    #[arg(short = 'N', long, global = true, value_name = "NAMESPACE", value_parser = text("names of namespaces"))]
    pub(crate) namespace: Option<String>,
    /// Lower a limit for this call, such as deadline=50ms or memory=4MiB; repeatable
    #[arg(long = "limit", global = true, value_name = "KEY=VALUE", value_parser = radula::parse_limit)]
    pub(crate) limits: Vec<(LimitKind, u64)>,
    /// When a change counts as done: `sync` when it is on disk, `buffered` when the operating system has it
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) durability: Option<DurabilityArg>,
    /// Print one JSON object on standard output, on success and on failure
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print more on standard error; -vv shows what classes log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// When a change counts as done.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DurabilityArg {
    Sync,
    Buffered,
}

impl From<DurabilityArg> for Durability {
    fn from(asked: DurabilityArg) -> Self {
        match asked {
            DurabilityArg::Sync => Durability::Sync,
            DurabilityArg::Buffered => Durability::Buffered,
        }
    }
}

impl ProcessArgs {
    /// These flags as the top layer of the configuration.
    pub(crate) fn flags(&self, call: &CallArgs) -> Vec<Flag> {
        let single = |key: &str, value: &Option<OsString>| {
            value
                .iter()
                .map(|value| flag(key, vec![value.clone()]))
                .collect::<Vec<_>>()
        };
        let mut flags = single("store", &self.store);
        flags.extend(single("pool", &call.pool.as_ref().map(OsString::from)));
        flags.extend(single(
            "namespace",
            &call.namespace.as_ref().map(OsString::from),
        ));
        let dirs = self.class_dirs.0.iter();
        flags.extend(dirs.map(|(key, dirs)| flag(key, dirs.clone())));
        flags.extend(self.set.iter().map(|(key, value)| Flag {
            key: key.clone(),
            flag: format!("--set {key}"),
            values: vec![value.into()],
            lists: true,
        }));
        flags
    }
}

impl CallArgs {
    /// The limits asked for, neutral where none was.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::UNLIMITED;
        for (kind, value) in &self.limits {
            limits.set(*kind, limits.get(*kind).min(*value));
        }
        limits
    }

    /// These flags, with those of one line of `radula shell` over them. Limits add up to the lower ones.
    pub(crate) fn overridden_by(&self, line: &CallArgs) -> CallArgs {
        let mut limits = self.limits.clone();
        limits.extend(&line.limits);
        CallArgs {
            pool: line.pool.clone().or_else(|| self.pool.clone()),
            namespace: line.namespace.clone().or_else(|| self.namespace.clone()),
            limits,
            durability: line.durability.or(self.durability),
            json: self.json || line.json,
            verbose: self.verbose.max(line.verbose),
        }
    }
}

fn flag(key: &str, values: Vec<OsString>) -> Flag {
    Flag {
        key: key.to_owned(),
        flag: format!("--{}", key.replace('_', "-")),
        values,
        lists: false,
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| "write KEY=VALUE".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
        Line::command().debug_assert();
    }

    #[test]
    fn limits_are_read_with_units_and_wrong_ones_name_the_right_ones() {
        let parse = |limit: &str| {
            Cli::try_parse_from(["radula", "--limit", limit, "config"])
                .map(|cli| cli.call.limits())
                .map_err(|error| error.to_string())
        };
        assert_eq!(parse("deadline=1s").unwrap().deadline_ms, 1_000);
        assert_eq!(parse("memory=4 MiB").unwrap().memory, 4 << 20);
        assert!(parse("memroy=1").unwrap_err().contains("memory"));
        assert!(parse("deadline").unwrap_err().contains("KEY=VALUE"));
        assert!(parse("deadline=fast").is_err());
    }

    #[test]
    fn every_verb_has_an_example() {
        fn check(command: &clap::Command) {
            for verb in command.get_subcommands() {
                if verb.get_subcommands().next().is_some() {
                    check(verb);
                    continue;
                }
                let help = verb.clone().render_long_help().to_string();
                assert!(
                    help.contains("Example") || verb.get_name() == "help",
                    "{} has no example",
                    verb.get_name()
                );
            }
        }
        check(&Cli::command());
        check(&Line::command());
    }
}
