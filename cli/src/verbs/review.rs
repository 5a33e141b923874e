//! `review`: what can be asked of the security review.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use review::{Family, Guard, StoreKind};

#[derive(Args, Debug)]
pub(crate) struct ReviewArgs {
    /// Directories with cases of your own, .lua, .wat, .wasm and .toml; they join the built-in ones
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,
    /// Only cases of this family: lua, files, eval, transactions or wasm; repeatable
    #[arg(long = "family", value_name = "FAMILY")]
    pub(crate) families: Vec<Family>,
    /// Only the case of this id; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Also write the report as JSON to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json_file: Option<PathBuf>,
    /// Also write the report as one self-contained page to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,
    /// Switch guards off (lua, image, clock, requests, memory, files, wasm-meter, wasm-memory), to see the harness notice; the known breaches must be reported
    #[arg(
        long,
        value_name = "GUARDS",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "lua,files"
    )]
    pub(crate) unhardened: Vec<Guard>,
    /// Set no limits of the operating system on the child process: the engine must hold by itself
    #[arg(long)]
    pub(crate) no_rlimits: bool,
    /// Run this many cases, or with --soak calls, at a time; more than the processors blurs the times
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = jobs)]
    pub(crate) jobs: usize,
    /// Instead of case by case: N calls of random scripts in one engine, canaries between them
    #[arg(long, value_name = "N")]
    pub(crate) soak: Option<u64>,
    /// Instead of case by case: compose N programs at random and run them on a store on disk, with a neighbour at work; what
    /// overruns is cut down to the statements it takes
    #[arg(long, value_name = "N", conflicts_with = "soak")]
    pub(crate) search: Option<u64>,
    /// Instead of case by case: try N random shapes of every function a script can reach, and print what a unit of fuel costs in
    /// processor time and how long nobody looked at the clock
    #[arg(long, value_name = "N", conflicts_with_all = ["soak", "search"])]
    pub(crate) rates: Option<u32>,
    /// Run cases only with objects in memory, or only on disk; both by default
    #[arg(long, value_name = "STORE")]
    pub(crate) objects: Option<StoreKind>,
    /// Decides everything that is random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("write a number from 1 to 256".to_owned()),
    }
}
