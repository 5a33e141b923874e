//! What a child process answers, line by line.

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Rate, SoakReport};

/// One line of a child's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Event {
    /// What begins now. The outer guard's clock starts anew.
    Stage(String),
    /// The case is over; nothing follows.
    Evidence(Box<Evidence>),
    /// The soak is over; nothing follows.
    Soak(Box<SoakReport>),
    /// The programs are over; nothing follows.
    Search(Box<SearchSeen>),
    /// The statements are over; nothing follows.
    Rates(Box<RatesSeen>),
    /// The case could not be run, which is nobody's success.
    Unable(String),
}

/// What came of statements that call one function each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RatesSeen {
    /// The worst of each function.
    pub(crate) functions: Vec<Rate>,
    /// How many statements ran.
    pub(crate) statements: u64,
}

/// What came of composed programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SearchSeen {
    /// How many ran.
    pub(crate) ran: u64,
    /// Statements of those that call the host.
    pub(crate) host_calls: u64,
    /// Milliseconds the latest ended after its deadline.
    pub(crate) worst_late_ms: f64,
    /// Bytes the process grew most beyond memory limit and host bytes.
    pub(crate) worst_growth: u64,
    /// Milliseconds of the neighbour's slowest call.
    pub(crate) worst_neighbour_ms: f64,
    /// The program that overran, and how. It was the last that ran.
    pub(crate) finding: Option<(u64, Vec<String>)>,
}
