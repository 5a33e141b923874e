//! Sizes, times and counts as people write them.

use objclass::LimitKind;

use super::value::InvalidValue;

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes: `65536`, `64KiB`, `16MiB`, `1GB`.
    Bytes,
    /// Milliseconds: `250`, `250ms`, `1s`, `2min`.
    Milliseconds,
    /// A plain number: `1000`, `1_000`, `10k`, `2M`.
    Count,
}

impl Unit {
    /// The unit one limit is written in.
    #[must_use]
    pub fn of(kind: LimitKind) -> Unit {
        match kind {
            LimitKind::Deadline => Unit::Milliseconds,
            LimitKind::Fuel | LimitKind::OmapKeys | LimitKind::NestedCalls => Unit::Count,
            _ => Unit::Bytes,
        }
    }

    /// A limit that is written in this unit: limits have the one parser there is.
    fn limit(self) -> LimitKind {
        match self {
            Unit::Bytes => LimitKind::Memory,
            Unit::Milliseconds => LimitKind::Deadline,
            Unit::Count => LimitKind::Fuel,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Unit::Bytes => "a size such as 65536, 64KiB or 16MiB",
            Unit::Milliseconds => "a time such as 250ms, 1s or a number of milliseconds",
            Unit::Count => "a whole number such as 5000, 10k or 2M",
        }
    }

    /// Reads `text` in this unit.
    ///
    /// # Errors
    /// [`InvalidValue`] when it is no such number or does not fit 64 bits.
    pub fn parse(self, text: &str) -> Result<u64, InvalidValue> {
        sandbox::parse_limit_value(self.limit(), text)
            .map_err(|_| InvalidValue::new(text, self.expected()))
    }

    /// Writes `value` so that [`parse`](Unit::parse) reads it back.
    #[must_use]
    pub fn format(self, value: u64) -> String {
        sandbox::format_limit(self.limit(), value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_read_in_its_unit() {
        for &kind in LimitKind::ALL {
            let unit = Unit::of(kind);
            let value = unit.parse("7").unwrap();
            assert_eq!(sandbox::parse_limit_value(kind, &unit.format(value)), Ok(7));
            assert_eq!(
                sandbox::format_limit(kind, 60_000),
                unit.format(60_000),
                "{kind}"
            );
        }
        assert!(Unit::Bytes.parse("1 s").is_err());
        assert!(
            Unit::Count
                .parse("5 s")
                .unwrap_err()
                .to_string()
                .contains("whole number")
        );
    }
}
