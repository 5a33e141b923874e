//! Power cuts and failing disks: a representative run in a child process whose files are watched, and every state that
//! it could leave.

mod account;
mod cuts;
mod failures;

mod run;
mod workload;

use std::path::PathBuf;

use super::*;
