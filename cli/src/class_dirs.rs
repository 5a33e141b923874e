//! `--class-dir` and its like: one flag for each row of the table of runtimes.

use std::{ffi::OsString, sync::LazyLock};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use radula::runtime::KINDS;

/// The directories given, by key of the configuration.
#[derive(Debug, Default)]
pub(crate) struct ClassDirs(pub(crate) Vec<(&'static str, Vec<OsString>)>);

/// The flag of one runtime.
struct ClassFlag {
    key: &'static str,
    name: String,
    help: String,
}

static FLAGS: LazyLock<Vec<ClassFlag>> = LazyLock::new(|| {
    let flag = |kind: &radula::runtime::Kind| ClassFlag {
        key: kind.dir_key,
        name: kind.dir_key.replace('_', "-"),
        help: format!(
            "Search this directory for {} classes; replaces the configured list; repeatable",
            kind.title
        ),
    };
    KINDS.iter().map(flag).collect()
});

impl Args for ClassDirs {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, flag| {
            command.arg(
                Arg::new(flag.key)
                    .long(flag.name.as_str())
                    .help(flag.help.as_str())
                    .value_name("DIR")
                    .value_parser(value_parser!(OsString))
                    .action(ArgAction::Append)
                    .global(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ClassDirs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |flag: &ClassFlag| {
            let dirs = matches.get_many::<OsString>(flag.key)?;
            Some((flag.key, dirs.cloned().collect()))
        };
        Ok(Self(FLAGS.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
