//! Sizes, times and counts as people write them.

use objclass::LimitKind;

use super::invalid_value::InvalidValue;

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

/// Multipliers by name; the empty name comes first.
type Factors = &'static [(&'static str, u64)];

/// Why a text is no number in a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoNumber {
    /// It does not begin with a whole number.
    Digits,
    /// What follows the number names no multiple of the unit.
    Suffix(String),
    /// It does not fit 64 bits.
    TooLarge,
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

    fn factors(self) -> Factors {
        match self {
            Unit::Bytes => &[
                ("", 1),
                ("B", 1),
                ("KiB", 1 << 10),
                ("MiB", 1 << 20),
                ("GiB", 1 << 30),
                ("TiB", 1 << 40),
                ("kB", 1_000),
                ("MB", 1_000_000),
                ("GB", 1_000_000_000),
            ],
            Unit::Milliseconds => &[("", 1), ("ms", 1), ("s", 1_000), ("min", 60_000)],
            Unit::Count => &[
                ("", 1),
                ("k", 1_000),
                ("M", 1_000_000),
                ("G", 1_000_000_000),
            ],
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Unit::Bytes => "a size such as 65536, 64KiB or 16MiB",
            Unit::Milliseconds => "a time such as 250ms, 1s or a number of milliseconds",
            Unit::Count => "a whole number such as 5000, 10k or 2M",
        }
    }

    /// Reads `text` in this unit: a whole number, `_` allowed between digits, and a name of a multiple or none.
    ///
    /// # Errors
    /// [`InvalidValue`] when it is no such number or does not fit 64 bits.
    pub fn parse(self, text: &str) -> Result<u64, InvalidValue> {
        self.read(text)
            .map_err(|_| InvalidValue::new(text, self.expected()))
    }

    /// As [`parse`](Unit::parse), with the reason.
    pub(crate) fn read(self, text: &str) -> Result<u64, NoNumber> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '_')
            .unwrap_or(text.len());
        let (digits, suffix) = text.split_at(end);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || suffix.starts_with(['.', ',']) {
            return Err(NoNumber::Digits);
        }
        let suffix = suffix.trim_start();
        let (_, factor) = self
            .factors()
            .iter()
            .find(|(name, _)| *name == suffix)
            .ok_or_else(|| NoNumber::Suffix(suffix.to_owned()))?;
        // Only overflow is left to fail: the digits are digits.
        digits
            .replace('_', "")
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .ok_or(NoNumber::TooLarge)
    }

    /// Writes `value` so that [`parse`](Unit::parse) reads it back, in the largest multiple that fits.
    #[must_use]
    pub fn format(self, value: u64) -> String {
        let plain = match self {
            Unit::Milliseconds => "ms",
            Unit::Bytes | Unit::Count => "",
        };
        self.factors()
            .iter()
            // Decimal multiples of bytes are read, not written.
            .filter(|(name, factor)| *factor > 1 && !matches!(*name, "kB" | "MB" | "GB"))
            .filter(|(_, factor)| value != 0 && value.is_multiple_of(*factor))
            .max_by_key(|(_, factor)| *factor)
            .map_or_else(
                || format!("{value}{plain}"),
                |(name, factor)| format!("{}{name}", value / factor),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let values = [0, 1, 999, 1_000, 1_024, 60_000, 1 << 20, 3 << 30, u64::MAX];
        for unit in [Unit::Bytes, Unit::Milliseconds, Unit::Count] {
            for value in values {
                let text = unit.format(value);
                assert_eq!(unit.parse(&text), Ok(value), "{unit:?} {text}");
            }
        }
        assert_eq!(Unit::Bytes.format(16 << 20), "16MiB");
        assert_eq!(Unit::Milliseconds.format(1_000), "1s");
        assert_eq!(Unit::Milliseconds.format(150), "150ms");
        assert_eq!(Unit::Count.format(1_000_000_000), "1G");
    }

    #[test]
    fn what_is_no_number_of_the_unit_is_refused_with_what_would_be() {
        assert!(Unit::Bytes.parse("1 s").is_err());
        let error = Unit::Count.parse("5 s").unwrap_err();
        assert!(error.to_string().contains("whole number"), "{error}");
    }
}
