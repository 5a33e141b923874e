//! The machine a review ran on.

use std::thread;

use serde::{Deserialize, Serialize};

use crate::proc;

/// Facts a reader needs to judge the figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and its release.
    pub system: String,
    /// Processor architecture.
    pub architecture: String,
    /// Processor model, when the system tells.
    pub processor: Option<String>,
    /// Processors this process may use.
    pub processors: usize,
    /// Bytes of memory, when the system tells.
    pub memory: Option<u64>,
    /// When the run began, in seconds since the Unix epoch.
    pub began: u64,
}

impl Machine {
    /// This machine, now.
    #[must_use]
    pub fn this() -> Self {
        let uname = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        let began = std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.as_secs());
        Self {
            system: format!("{} {}", text(uname.sysname()), text(uname.release())),
            architecture: text(uname.machine()),
            processor: proc::processor_model(),
            processors: thread::available_parallelism().map_or(1, usize::from),
            memory: proc::total_memory(),
            began,
        }
    }
}
