//! The one account of a call: its limits, what it used, and whether it is over.

use std::time::{Duration, Instant};

use crate::{
    CallError, Fault, LimitHit, LimitKind, Limits, Timestamp, Usage, Work, stack,
    work::{Clock, Noted},
};

/// Why a call is over although the guest may not know yet.
#[derive(Clone, Debug)]
enum End {
    Limit(LimitHit),
    Fault(Fault),
}

/// Limits and usage of one client request, shared by the call and every call nested in it.
///
/// The first limit reached is sticky: every later charge fails, so a guest that swallows the failure gains
/// nothing.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    usage: Usage,
    started: Instant,
    clock: Clock,
    depth: u32,
    end: Option<End>,
    /// The time as the methods of the request see it, once one asked.
    pub(crate) now: Option<Timestamp>,
    /// What the methods of the request asked of the object so far.
    pub(crate) operations: u32,
}

impl Budget {
    /// A fresh account; the clock starts now.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let started = Instant::now();
        let clock = Clock {
            // A day is as good as never and cannot overflow an `Instant`.
            deadline: started + limits.deadline().min(Duration::from_secs(86_400)),
            limit: limits.deadline_ms,
            looked: started,
            longest_gap: Duration::ZERO,
        };
        Self {
            limits,
            usage: Usage::default(),
            started,
            clock,
            depth: 0,
            end: None,
            now: None,
            operations: 0,
        }
    }

    /// The ceilings in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What was used so far, elapsed time included.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.used_until(Instant::now())
    }

    fn used_until(&self, now: Instant) -> Usage {
        let elapsed = now.saturating_duration_since(self.started).as_millis();
        let gap = self.clock.gap(now);
        Usage {
            deadline_ms: u64::try_from(elapsed).unwrap_or(u64::MAX),
            longest_gap_us: u64::try_from(gap.as_micros()).unwrap_or(u64::MAX),
            ..self.usage
        }
    }

    /// The instant after which no guest instruction may run.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.clock.deadline
    }

    /// What is left of one limit, in its unit.
    #[must_use]
    pub fn left(&self, kind: LimitKind) -> u64 {
        self.limits.get(kind).saturating_sub(match kind {
            LimitKind::Deadline => self.usage().deadline_ms,
            _ => self.usage.get(kind),
        })
    }

    /// Whether the call is over.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.end.is_some()
    }

    /// The limit that ended the call, if one did.
    #[must_use]
    pub fn limit_hit(&self) -> Option<LimitHit> {
        match &self.end {
            Some(End::Limit(hit)) => Some(*hit),
            _ => None,
        }
    }

    /// Ends the call because `kind` was reached. The first reason stays.
    pub fn hit(&mut self, kind: LimitKind) -> LimitHit {
        let hit = LimitHit {
            kind,
            limit: self.limits.get(kind),
        };
        self.end.get_or_insert(End::Limit(hit));
        hit
    }

    /// Ends the call because the host failed. The first reason stays.
    pub fn fail(&mut self, fault: Fault) {
        self.end.get_or_insert(End::Fault(fault));
    }

    /// Why the call is over, as the error its caller sees.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        Some(match self.end.clone()? {
            End::Limit(hit) => CallError::Trap(hit.into()),
            End::Fault(fault) => CallError::Host(fault),
        })
    }

    /// Charges `amount` of a counted limit (not deadline, not memory). Returns whether the call may go on.
    #[must_use]
    pub fn charge(&mut self, kind: LimitKind, amount: u64) -> bool {
        if self.ended() {
            return false;
        }
        let used = match kind {
            LimitKind::Fuel => &mut self.usage.fuel,
            LimitKind::Input => &mut self.usage.input,
            LimitKind::Output => &mut self.usage.output,
            LimitKind::Log => &mut self.usage.log,
            LimitKind::ObjectRead => &mut self.usage.object_read,
            LimitKind::ObjectWritten => &mut self.usage.object_written,
            LimitKind::OmapKeys => &mut self.usage.omap_keys,
            LimitKind::NestedCalls => &mut self.usage.nested_calls,
            LimitKind::Deadline | LimitKind::Memory => return true,
        };
        *used = used.saturating_add(amount);
        if *used > self.limits.get(kind) {
            self.hit(kind);
            return false;
        }
        true
    }

    /// Notes the size of a guest instance; the largest is reported.
    pub fn note_memory(&mut self, bytes: u64) {
        self.usage.memory = self.usage.memory.max(bytes);
    }

    /// Checks the clock. Returns whether the call may go on.
    #[must_use]
    pub fn check_deadline(&mut self) -> bool {
        if self.ended() {
            return false;
        }
        if !self.clock.look() {
            self.hit(LimitKind::Deadline);
            return false;
        }
        true
    }

    /// Closes the account: a deadline that has passed ends the call even now. Returns what was used. One look at the
    /// clock, where [`check_deadline`](Budget::check_deadline) and [`usage`](Budget::usage) take one each.
    pub fn close(&mut self) -> Usage {
        let now = Instant::now();
        let elapsed = now.saturating_duration_since(self.started);
        if !self.ended() && elapsed >= self.limits.deadline() {
            self.hit(LimitKind::Deadline);
        }
        self.used_until(now)
    }

    /// Lends an object what it needs to account for the work of one host call.
    pub(crate) fn lend(&self, work: &mut Work) {
        let left = |kind| self.limits.get(kind).saturating_sub(self.usage.get(kind));
        work.begin(
            self.clock,
            left(LimitKind::OmapKeys),
            left(LimitKind::ObjectRead),
        );
    }

    /// Takes back what was lent and charges what was noted: rows in vain to `omap-keys` and as fuel, bytes in vain as fuel,
    /// what a commit rewrites to `object-written`.
    pub(crate) fn settle(&mut self, work: &mut Work) {
        let (clock, noted) = work.end();
        if let Some(clock) = clock {
            self.clock = clock;
        }
        if noted == Noted::default() {
            return;
        }
        if let Some(kind) = noted.over {
            self.hit(kind);
        }
        // A refusal shows in `ended`, which decides everything.
        let _ = self.charge(LimitKind::OmapKeys, noted.vain)
            && self.charge(LimitKind::ObjectWritten, noted.rewritten)
            && self.charge(LimitKind::Fuel, noted.fuel);
    }

    /// Sees that the calling thread has `needed` bytes of stack left for a class of `runtime` that is about to be entered.
    /// Returns how many it has, as far as the system says.
    ///
    /// # Errors
    /// There is less. A nested call ends for its limit `nested-calls`; a client's own call fails, as its host gave it too
    /// small a thread. Of a stack that is not the thread's nothing is known: whoever made it for calls like this one made it
    /// large enough for one, and nested calls are refused.
    pub fn check_stack(
        &mut self,
        runtime: &str,
        needed: usize,
    ) -> Result<Option<usize>, CallError> {
        let left = stack::left();
        match left {
            Some(bytes) if bytes >= needed => Ok(left),
            None if self.depth == 0 => Ok(left),
            _ if self.depth > 0 => Err(CallError::Trap(self.hit(LimitKind::NestedCalls).into())),
            _ => Err(CallError::Host(Fault::new(format!(
                "the calling thread has {} KiB of stack left; a call of a {runtime} class needs {} KiB",
                left.unwrap_or(0) >> 10,
                needed >> 10
            )))),
        }
    }

    pub(crate) fn enter(&mut self) {
        self.depth += 1;
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// How many calls are nested at this moment: 0 in the call a client made.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_limit_sticks() {
        let mut budget = Budget::new(Limits {
            output: 3,
            log: 3,
            ..Limits::INSTALLED
        });
        assert!(budget.charge(LimitKind::Output, 3));
        assert!(!budget.charge(LimitKind::Output, 1));
        assert!(
            !budget.charge(LimitKind::Log, 1),
            "nothing is granted after the first limit"
        );
        assert_eq!(budget.limit_hit().unwrap().kind, LimitKind::Output);
        assert!(matches!(budget.error(), Some(CallError::Trap(_))));
        assert!(
            budget.ended(),
            "telling the reason does not revive the call"
        );
    }

    #[test]
    fn a_fault_keeps_its_cause_however_often_it_is_told() {
        let mut budget = Budget::new(Limits::INSTALLED);
        budget.fail(Fault::with_source("no disk", std::fmt::Error));
        budget.fail(Fault::new("a later one"));
        for _ in 0..2 {
            let Some(CallError::Host(fault)) = budget.error() else {
                panic!("the call is over because the host failed");
            };
            assert_eq!(fault.message, "no disk");
            assert!(fault.source.is_some());
        }
    }

    #[test]
    fn the_longest_time_without_a_look_at_the_clock_is_kept() {
        let mut budget = Budget::new(Limits::INSTALLED);
        std::thread::sleep(Duration::from_millis(20));
        assert!(budget.check_deadline());
        assert!(budget.check_deadline());
        for gap in [budget.usage().longest_gap_us, budget.close().longest_gap_us] {
            assert!((20_000..1_000_000).contains(&gap), "{gap} us");
        }
    }

    #[test]
    fn a_call_closed_too_late_is_over() {
        let mut late = Budget::new(Limits {
            deadline_ms: 0,
            ..Limits::INSTALLED
        });
        let _ = late.close();
        assert_eq!(late.limit_hit().unwrap().kind, LimitKind::Deadline);
        let mut in_time = Budget::new(Limits::INSTALLED);
        assert!(in_time.charge(LimitKind::Output, 3));
        assert_eq!(in_time.close().output, 3);
        assert!(!in_time.ended());
    }

    #[test]
    fn a_call_without_stack_for_it_says_so_and_a_nested_one_is_over() {
        let mut budget = Budget::new(Limits::INSTALLED);
        let left = budget.check_stack("lua", 1).unwrap().unwrap();
        assert!(left > 1);
        let error = budget.check_stack("lua", usize::MAX).unwrap_err();
        assert_eq!(error.kind().word(), "host");
        assert!(
            error
                .to_string()
                .contains("of stack left; a call of a lua class needs")
        );
        assert!(!budget.ended(), "the host made the thread, not the guest");
        budget.enter();
        let error = budget.check_stack("lua", usize::MAX).unwrap_err();
        assert_eq!(error.errno(), crate::Errno::ELOOP);
        assert!(budget.ended());
    }

    #[test]
    fn sums_cannot_wrap() {
        let mut budget = Budget::new(Limits::INSTALLED);
        assert!(!budget.charge(LimitKind::ObjectRead, u64::MAX));
        assert!(!budget.charge(LimitKind::ObjectRead, u64::MAX));
    }
}
