//! Figures as people read them.

use crate::model::{Role, Unit};

/// Three digits that count, and a unit.
pub(super) fn quantity(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => time(value),
        Unit::ProcessorSeconds => format!("{} cpu", time(value)),
        Unit::PerSecond => format!("{}/s", scaled(value, 1000.0, &["", " k", " M", " G"])),
        Unit::Bytes => scaled(value, 1024.0, &[" B", " KiB", " MiB", " GiB"]),
    }
}

/// A time from seconds.
pub(super) fn time(seconds: f64) -> String {
    scaled(seconds * 1e9, 1000.0, &[" ns", " µs", " ms", " s"])
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut units = units.iter().peekable();
    let mut unit = units.next().copied().unwrap_or_default();
    while value.round() >= step {
        let Some(next) = units.next() else { break };
        value /= step;
        unit = next;
    }
    format!("{}{unit}", digits(value))
}

/// Three digits that count, no more than two after the point.
fn digits(value: f64) -> String {
    if value >= 99.95 {
        format!("{value:.0}")
    } else if value >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// How many times dearer than the floor.
pub(super) fn cost(value: f64) -> String {
    format!("{}×", digits(value))
}

/// A part of 1 in percent.
pub(super) fn percent(part: f64) -> String {
    format!("±{:.0} %", part * 100.0)
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Floor => "floor",
        Role::Ours => "ours",
        Role::Peer => "peer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        assert_eq!(time(1.234e-9), "1.23 ns");
        assert_eq!(time(999.7e-9), "1.00 µs");
        assert_eq!(time(12.34e-3), "12.3 ms");
        assert_eq!(quantity(Unit::PerSecond, 123_456.0), "123 k/s");
        assert_eq!(quantity(Unit::Bytes, 3.0 * 1048576.0), "3.00 MiB");
        assert_eq!(cost(0.953), "0.95×");
    }
}
