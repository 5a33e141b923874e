//! Limits as people write them: `memory=16MiB`, `deadline=1s`, `fuel=1000000`.

use objclass::LimitKind;

use super::unit::{NoNumber, Unit};

/// What is wrong with a limit given as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLimit {
    /// It is not of the form `KEY=VALUE`.
    #[error("{given:?} is not a limit: write KEY=VALUE, such as memory=16MiB")]
    Form {
        /// What was given, cut.
        given: String,
    },
    /// There is no limit of that name.
    #[error("there is no limit {given:?}: the limits are {}", known_names())]
    UnknownKey {
        /// What was given, cut.
        given: String,
    },
    /// It does not begin with a whole number.
    #[error("limit {key} must be a whole number, {examples}, not {given:?}", examples = examples(*.key))]
    Number {
        /// The limit.
        key: LimitKind,
        /// What was given, cut.
        given: String,
    },
    /// The number is followed by something that is not one of this limit's units.
    #[error("limit {key} has no unit {unit:?}: write {examples}", examples = examples(*.key))]
    Unit {
        /// The limit.
        key: LimitKind,
        /// What followed the number, cut.
        unit: String,
    },
    /// The value does not fit.
    #[error("limit {key} cannot be as large as {given:?}")]
    TooLarge {
        /// The limit.
        key: LimitKind,
        /// What was given, cut.
        given: String,
    },
}

fn examples(kind: LimitKind) -> &'static str {
    match Unit::of(kind) {
        Unit::Milliseconds => "100ms, 1s or a number of milliseconds",
        Unit::Count => "5000, 10k or 2M",
        Unit::Bytes => "64KiB, 16MiB or a number of bytes",
    }
}

fn known_names() -> String {
    let names: Vec<_> = LimitKind::ALL.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

/// Reads `KEY=VALUE`.
///
/// # Errors
/// [`InvalidLimit`] says what is wrong and what would be right.
pub fn parse_limit(text: &str) -> Result<(LimitKind, u64), InvalidLimit> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| InvalidLimit::Form { given: cut(text) })?;
    let name = key.trim();
    let key =
        LimitKind::from_name(name).ok_or_else(|| InvalidLimit::UnknownKey { given: cut(name) })?;
    let given = || cut(value.trim());
    match Unit::of(key).read(value) {
        Ok(value) => Ok((key, value)),
        Err(NoNumber::Digits) => Err(InvalidLimit::Number {
            key,
            given: given(),
        }),
        Err(NoNumber::Suffix(unit)) => Err(InvalidLimit::Unit {
            key,
            unit: cut(&unit),
        }),
        Err(NoNumber::TooLarge) => Err(InvalidLimit::TooLarge {
            key,
            given: given(),
        }),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_the_units_of_their_limit() {
        for (text, kind, value) in [
            ("memory=16MiB", LimitKind::Memory, 16 << 20),
            ("memory = 16 MiB", LimitKind::Memory, 16 << 20),
            ("output=64KiB", LimitKind::Output, 64 << 10),
            ("output=2kB", LimitKind::Output, 2_000),
            ("log=4096", LimitKind::Log, 4096),
            ("deadline=1s", LimitKind::Deadline, 1_000),
            ("deadline=100ms", LimitKind::Deadline, 100),
            ("deadline=250", LimitKind::Deadline, 250),
            ("fuel=1_000_000", LimitKind::Fuel, 1_000_000),
            ("fuel=10M", LimitKind::Fuel, 10_000_000),
            ("omap-keys=10k", LimitKind::OmapKeys, 10_000),
            ("nested-calls=0", LimitKind::NestedCalls, 0),
        ] {
            assert_eq!(parse_limit(text), Ok((kind, value)), "{text}");
        }
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (text, message) in [
            (
                "memory",
                "\"memory\" is not a limit: write KEY=VALUE, such as memory=16MiB",
            ),
            (
                "deadline=soon",
                "limit deadline must be a whole number, 100ms, 1s or a number of milliseconds, not \"soon\"",
            ),
            (
                "deadline=1.5s",
                "limit deadline must be a whole number, 100ms, 1s or a number of milliseconds, not \"1.5s\"",
            ),
            (
                "memory=-1",
                "limit memory must be a whole number, 64KiB, 16MiB or a number of bytes, not \"-1\"",
            ),
            (
                "memory=16parsec",
                "limit memory has no unit \"parsec\": write 64KiB, 16MiB or a number of bytes",
            ),
            (
                "fuel=5s",
                "limit fuel has no unit \"s\": write 5000, 10k or 2M",
            ),
            (
                "memory=99999999999TiB",
                "limit memory cannot be as large as \"99999999999TiB\"",
            ),
            (
                "fuel=99999999999999999999999",
                "limit fuel cannot be as large as \"99999999999999999999999\"",
            ),
            (
                "memory=",
                "limit memory must be a whole number, 64KiB, 16MiB or a number of bytes, not \"\"",
            ),
            (
                "memory=_1",
                "limit memory must be a whole number, 64KiB, 16MiB or a number of bytes, not \"_1\"",
            ),
        ] {
            assert_eq!(parse_limit(text).unwrap_err().to_string(), message);
        }
        let unknown = parse_limit("memori=1").unwrap_err().to_string();
        assert!(
            unknown.starts_with("there is no limit \"memori\": the limits are fuel, deadline,")
        );
    }

    #[test]
    fn hostile_text_is_cut_in_the_error() {
        let error = parse_limit(&format!("{}=1", "x".repeat(100_000))).unwrap_err();
        assert!(error.to_string().len() < 400);
    }
}
