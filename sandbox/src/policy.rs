//! How much a call may use.

use std::collections::BTreeMap;

use objclass::{ClassName, LimitKind, Limits};

/// The ceilings of calls: by how far the class is trusted, then by class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For installed classes.
    pub installed: Limits,
    /// For scripts that came with the request.
    pub eval: Limits,
    /// An operator's word on single classes: replaces single ceilings, up or down.
    pub per_class: BTreeMap<ClassName, LimitOverrides>,
}

impl Default for Policy {
    /// [`Limits::INSTALLED`] and [`Limits::EVAL`], no exceptions.
    fn default() -> Self {
        Self {
            installed: Limits::INSTALLED,
            eval: Limits::EVAL,
            per_class: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// The ceilings of a call of `class`; `is_eval` when it runs a script that came with the request.
    #[must_use]
    pub fn limits_for(&self, class: &ClassName, is_eval: bool) -> Limits {
        let base = if is_eval { self.eval } else { self.installed };
        match self.per_class.get(class) {
            Some(overrides) => overrides.replaced_in(base),
            None => base,
        }
    }
}

/// Values for some of the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitOverrides {
    /// At most one value per kind.
    values: Vec<(LimitKind, u64)>,
}

impl LimitOverrides {
    /// Sets one limit, in its unit (the deadline in milliseconds). The last value wins.
    pub fn set(&mut self, kind: LimitKind, value: u64) {
        self.values.retain(|(known, _)| *known != kind);
        self.values.push((kind, value));
    }

    /// The value of one limit, if it has one.
    #[must_use]
    pub fn get(&self, kind: LimitKind) -> Option<u64> {
        self.values
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, value)| *value)
    }

    /// Whether there is no value at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// `base` with these values in place of its own: what an operator's word means.
    #[must_use]
    pub fn replaced_in(&self, mut base: Limits) -> Limits {
        for &(kind, value) in &self.values {
            base.set(kind, value);
        }
        base
    }

    /// These values as a request, to which [`Limits::lowered_by`] can only lower: what a client's word means.
    #[must_use]
    pub fn as_request(&self) -> Limits {
        self.replaced_in(Limits::UNLIMITED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> ClassName {
        ClassName::new(name).unwrap()
    }

    #[test]
    fn an_operator_raises_and_lowers_single_limits_of_a_class() {
        let mut policy = Policy::default();
        let overrides = policy.per_class.entry(class("big")).or_default();
        overrides.set(LimitKind::Memory, 1 << 30);
        overrides.set(LimitKind::Deadline, 10);
        let limits = policy.limits_for(&class("big"), false);
        assert_eq!(limits.memory, 1 << 30);
        assert_eq!(limits.deadline_ms, 10);
        assert_eq!(limits.output, Limits::INSTALLED.output);
        assert_eq!(policy.limits_for(&class("other"), false), Limits::INSTALLED);
    }

    #[test]
    fn scripts_from_requests_have_their_own_ceilings() {
        let policy = Policy::default();
        assert_eq!(policy.limits_for(&class("lua"), true), Limits::EVAL);
        assert_eq!(policy.limits_for(&class("lua"), false), Limits::INSTALLED);
    }

    #[test]
    fn a_request_lowers_a_ceiling_and_never_raises_it() {
        let mut request = LimitOverrides::default();
        request.set(LimitKind::Memory, 1 << 40);
        request.set(LimitKind::Fuel, 7);
        let limits = Policy::default()
            .limits_for(&class("x"), false)
            .lowered_by(&request.as_request());
        assert_eq!(limits.memory, Limits::INSTALLED.memory);
        assert_eq!(limits.fuel, 7);
        // The same words from an operator do raise it.
        assert_eq!(
            request.replaced_in(Limits::INSTALLED).memory,
            1 << 40,
            "the request above asked for more than the ceiling"
        );
    }

    #[test]
    fn the_last_word_on_a_limit_wins() {
        let mut overrides = LimitOverrides::default();
        overrides.set(LimitKind::Fuel, 1);
        overrides.set(LimitKind::Fuel, 2);
        assert_eq!(overrides.get(LimitKind::Fuel), Some(2));
        assert_eq!(overrides.values.len(), 1);
    }
}
