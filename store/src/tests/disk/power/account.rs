//! What was asked for and what was acknowledged up to some moment, and whether a store fits it.

use super::{workload::*, *};

/// The notes of a run up to some moment.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// The steps of each object.
    steps: Vec<Vec<Step>>,
    /// How many notes there were: the clock.
    now: usize,
    /// When a sync that was asked for on its own began.
    sync_asked: usize,
    /// When the latest sync or durable commit was asked for of those that were acknowledged: what was acknowledged before
    /// is stable.
    stable_from: usize,
    /// When a commit of this session failed first.
    failed: Option<usize>,
    /// Acknowledgements of what was asked for after a failure.
    pub(super) late: usize,
    /// All acknowledgements.
    pub(super) acknowledged: usize,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    asked: usize,
    acknowledged: Option<usize>,
    durable: bool,
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            steps: vec![Vec::new(); OBJECTS],
            now: 0,
            sync_asked: 0,
            stable_from: 0,
            failed: None,
            late: 0,
            acknowledged: 0,
        }
    }

    /// Adds a note of [`run`].
    pub(super) fn note(&mut self, text: &str) {
        self.now += 1;
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<usize>().unwrap();
        match words[..] {
            ["opened"] => self.failed = None,
            ["ask", "sync", ..] => self.sync_asked = self.now,
            ["ack", "sync", ..] => {
                self.acknowledge(self.sync_asked);
                self.stable_from = self.stable_from.max(self.sync_asked);
            }
            ["ask", kind, ..] => {
                let steps = &mut self.steps[number(2)];
                assert_eq!(steps.len() + 1, number(3), "steps come in order");
                steps.push(Step {
                    asked: self.now,
                    acknowledged: None,
                    durable: kind == "durable",
                });
            }
            ["ack", ..] => {
                let step = self.steps[number(2)][number(3) - 1];
                self.acknowledge(step.asked);
                let step = &mut self.steps[number(2)][number(3) - 1];
                step.acknowledged = Some(self.now);
                if step.durable {
                    self.stable_from = self.stable_from.max(step.asked);
                }
            }
            ["failed", ..] => self.failed = self.failed.or(Some(self.now)),
            _ => {}
        }
    }

    fn acknowledge(&mut self, asked: usize) {
        self.acknowledged += 1;
        self.late += usize::from(self.failed.is_some_and(|at| at < asked));
    }

    /// All notes of a file.
    pub(super) fn of(notes: &str) -> Self {
        let mut account = Self::new();
        notes.lines().for_each(|note| account.note(note));
        account
    }

    /// The process was killed or the disk kept everything: what was acknowledged is there, durable or not.
    pub(super) fn with_all_stable(mut self) -> Self {
        self.stable_from = usize::MAX;
        self
    }

    /// Whether objects that are now `found` are what a crash may leave: nothing lost that was stable, no part of a step,
    /// no step without those acknowledged before it was asked for.
    pub(super) fn check(
        &self,
        found: &[Option<Content>],
        expected: &[Vec<Option<Content>>],
    ) -> Result<(), String> {
        let mut candidates = Vec::new();
        for (object, steps) in self.steps.iter().enumerate() {
            let required = last(steps, |step| {
                let stable = |at| step.durable || at < self.stable_from;
                step.acknowledged.is_some_and(stable)
            });
            let states = &expected[object][..=steps.len()];
            let same = |step: &usize| states[*step] == found[object];
            let (first, last) = ((0..states.len()).find(same), (0..states.len()).rfind(same));
            let (Some(first), Some(last)) = (first, last) else {
                return Err(format!(
                    "object {object} is what it never was: {:?}",
                    found[object].as_ref().map(summary)
                ));
            };
            if last < required {
                return Err(format!(
                    "object {object} lost acknowledged steps: {required} were stable, {last} is there"
                ));
            }
            candidates.push((first.max(required.min(last)), last));
        }
        for (object, (least, _)) in candidates.iter().enumerate() {
            let Some(asked) = least.checked_sub(1).map(|at| self.steps[object][at].asked) else {
                continue;
            };
            for (other, (_, most)) in candidates.iter().enumerate() {
                let before = last(&self.steps[other], |step| {
                    step.acknowledged.is_some_and(|at| at < asked)
                });
                if *most < before {
                    return Err(format!(
                        "step {least} of object {object} is there, and of object {other} only {most} of the {before} \
                         acknowledged before that was asked for"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The last step (from 1) that is so; 0 when none is.
fn last(steps: &[Step], is_so: impl FnMut(&Step) -> bool) -> usize {
    steps.iter().rposition(is_so).map_or(0, |at| at + 1)
}

fn summary(content: &Content) -> String {
    format!(
        "{} bytes, xattrs {:?}, {} omap entries, header {:?}",
        content.data.len(),
        content.xattrs,
        content.omap.len(),
        content.header
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(notes: &[&str]) -> Account {
        Account::of(&notes.join("\n"))
    }

    /// The objects after so many steps of the first two.
    fn found(expected: &[Vec<Option<Content>>], steps: [usize; 2]) -> Vec<Option<Content>> {
        let all = expected.iter().enumerate();
        all.map(|(object, states)| {
            let step = steps.get(object).copied().unwrap_or(0);
            states[step].clone()
        })
        .collect()
    }

    #[test]
    fn every_wrong_state_is_told_from_the_right_ones() {
        let states = expected(4);
        let notes = [
            "ask buffered 0 1",
            "ack buffered 0 1",
            "ask durable 1 1",
            "ack durable 1 1",
            "ask buffered 0 2",
            "ack buffered 0 2",
            "ask buffered 1 2",
        ];
        let account = account(&notes);
        let check = |steps| account.check(&found(&states, steps), &states);
        for right in [[1, 1], [2, 1], [2, 2]] {
            assert_eq!(check(right), Ok(()), "{right:?}");
        }
        let lost = check([2, 0]).unwrap_err();
        assert!(lost.contains("object 1 lost acknowledged steps"), "{lost}");
        // Not durable itself, but acknowledged before something durable was asked for.
        let lost = check([0, 1]).unwrap_err();
        assert!(lost.contains("object 0 lost acknowledged steps"), "{lost}");
        let order = check([1, 2]).unwrap_err();
        assert!(order.contains("step 2 of object 1 is there"), "{order}");
        let future = check([3, 1]).unwrap_err();
        assert!(future.contains("what it never was"), "{future}");
        let mut half = found(&states, [2, 1]);
        half[0].as_mut().unwrap().header = bytes("1");
        let half = account.check(&half, &states).unwrap_err();
        assert!(half.contains("what it never was"), "{half}");
        // After a kill everything acknowledged counts.
        let killed = account.clone().with_all_stable();
        assert!(killed.check(&found(&states, [1, 1]), &states).is_err());
        assert_eq!(killed.check(&found(&states, [2, 1]), &states), Ok(()));
    }

    #[test]
    fn an_acknowledgement_after_a_failure_is_counted() {
        let notes = [
            "opened",
            "ask durable 0 1",
            "failed durable 0 1",
            "ask durable 1 1",
            "ack durable 1 1",
        ];
        assert_eq!(account(&notes).late, 1);
        assert_eq!(account(&notes[..3]).late, 0);
    }
}
