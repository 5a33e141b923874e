//! Limits in words, for the report.

use objclass::{LimitKind, Limits};

pub(crate) fn in_words(limits: &Limits) -> String {
    let words = LimitKind::ALL.iter().map(|&kind| {
        let value = limits.get(kind);
        match kind {
            LimitKind::Deadline => format!("{kind} {value} ms"),
            LimitKind::Fuel | LimitKind::OmapKeys | LimitKind::NestedCalls => {
                format!("{kind} {value}")
            }
            _ => format!("{kind} {} KiB", value >> 10),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}
