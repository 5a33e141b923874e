//! What goes to standard error besides the one line of a failure.

use tracing::level_filters::LevelFilter;

use crate::terminal::Records;

/// Starts logging at the configured level. `-v` is for what a call answers; `-vv` means at least debugging, at which
/// `cls.log` logs by default, and `-vvv` everything.
pub(crate) fn start(configured: &str, verbose: u8) {
    let configured = match configured {
        "off" => LevelFilter::OFF,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => LevelFilter::ERROR,
    };
    let asked = match verbose {
        0 | 1 => LevelFilter::OFF,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(configured.max(asked))
        .with_writer(|| Records)
        .with_ansi(false)
        .log_internal_errors(false)
        .without_time()
        .init();
}
