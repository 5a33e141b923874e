//! Whether what concurrent clients saw of one object can come from calls done one after the other.
//!
//! A history is linearizable if every call can be given a moment between its beginning and its end so that, done in the
//! order of these moments, all calls give the answers they gave. A call whose process was killed has no answer: it took
//! place at some moment before the process was gone, or never. Objects are independent, so each has a history of its
//! own: a history is linearizable if that of every object is (Herlihy and Wing 1990).
//!
//! The search goes through the beginnings and ends in the order of time and keeps every configuration that explains
//! what was answered so far (Lowe 2017, "just-in-time linearization"): a state of the object, and which of the calls under
//! way have taken place in it. A call takes place no sooner than an answer demands it.

use std::{collections::HashSet, fmt::Debug, hash::Hash};

/// What an object does when nobody disturbs it.
pub trait Model {
    /// What it is.
    type State: Clone + Debug + Eq + Hash;
    /// What it is asked to do.
    type Call: Debug;
    /// What it says.
    type Answer: Debug + PartialEq;

    /// What it is at the beginning.
    fn start() -> Self::State;

    /// What it becomes and what it says.
    fn call(state: &Self::State, call: &Self::Call) -> (Self::State, Self::Answer);
}

/// One call in a history.
#[derive(Clone, Debug)]
pub struct Span<C, A> {
    /// Before it began, by a clock that all share.
    pub began: u64,
    /// After it had ended; of a killed one, when its process was surely gone.
    pub ended: u64,
    /// What was asked.
    pub call: C,
    /// What was answered; `None` when its process was killed first.
    pub answer: Option<A>,
}

/// Most calls under way at once.
const MOST: usize = 64;

/// Searches for an order.
///
/// # Errors
/// The answer that none explains, and what the object could have been then.
///
/// # Panics
/// With more than 64 calls under way at once.
pub fn check<M: Model>(history: &[Span<M::Call, M::Answer>]) -> Result<(), String> {
    let mut moments: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * history.len());
    for (index, span) in history.iter().enumerate() {
        moments.push((span.began, false, index));
        moments.push((span.ended, true, index));
    }
    // At one and the same time beginnings come first: then more orders are possible, and no right one is missed.
    moments.sort_unstable();
    let mut places: [Option<usize>; MOST] = [None; MOST];
    let mut possible = HashSet::from([(M::start(), 0_u64)]);
    for (_, ends, index) in moments {
        if !ends {
            let free = places.iter().position(Option::is_none);
            places[free.expect("at most 64 calls at once")] = Some(index);
            continue;
        }
        let place = places.iter().position(|at| *at == Some(index));
        let place = place.expect("a call ends after it began");
        let next = taken::<M>(history, &places, &possible, place);
        if next.is_empty() {
            return Err(unexplained::<M>(history, index, &possible));
        }
        possible = next;
        places[place] = None;
    }
    Ok(())
}

/// The configurations once the call in `place` has ended: those in which it took place, and for a killed one also those in
/// which it never did.
fn taken<M: Model>(
    history: &[Span<M::Call, M::Answer>],
    places: &[Option<usize>; MOST],
    possible: &HashSet<(M::State, u64)>,
    place: usize,
) -> HashSet<(M::State, u64)> {
    let ended = 1 << place;
    let killed = places[place].is_some_and(|index| history[index].answer.is_none());
    let mut next = HashSet::new();
    let mut seen = HashSet::new();
    let mut open: Vec<(M::State, u64)> = possible.iter().cloned().collect();
    while let Some((state, done)) = open.pop() {
        if done & ended != 0 {
            next.insert((state, done & !ended));
            continue;
        }
        if killed {
            next.insert((state.clone(), done));
        }
        for (other, index) in places.iter().enumerate() {
            let (Some(index), 0) = (index, done & (1 << other)) else {
                continue;
            };
            let span = &history[*index];
            let (after, answer) = M::call(&state, &span.call);
            if span.answer.as_ref().is_none_or(|given| *given == answer) {
                let configuration = (after, done | 1 << other);
                if seen.insert(configuration.clone()) {
                    open.push(configuration);
                }
            }
        }
    }
    next
}

fn unexplained<M: Model>(
    history: &[Span<M::Call, M::Answer>],
    index: usize,
    possible: &HashSet<(M::State, u64)>,
) -> String {
    let span = &history[index];
    let states: HashSet<_> = possible.iter().map(|(state, _)| state).take(5).collect();
    format!(
        "no order explains the answer {:?} to {:?} (from {} to {}); before, the object could have been {states:?}",
        span.answer, span.call, span.began, span.ended
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that is set, read, and added to.
    #[derive(Debug)]
    struct Number;

    #[derive(Clone, Copy, Debug)]
    enum Call {
        Set(i64),
        Get,
        Add(i64),
    }

    impl Model for Number {
        type State = i64;
        type Call = Call;
        type Answer = i64;

        fn start() -> i64 {
            0
        }

        fn call(state: &i64, call: &Call) -> (i64, i64) {
            match call {
                Call::Set(number) => (*number, 0),
                Call::Get => (*state, *state),
                Call::Add(step) => (state + step, state + step),
            }
        }
    }

    fn span(began: u64, ended: u64, call: Call, answer: Option<i64>) -> Span<Call, i64> {
        Span {
            began,
            ended,
            call,
            answer,
        }
    }

    fn explained(history: &[Span<Call, i64>]) -> bool {
        check::<Number>(history).is_ok()
    }

    #[test]
    fn calls_one_after_the_other_must_fit_and_those_at_once_may_in_any_order() {
        use Call::{Add, Get, Set};
        assert!(explained(&[]));
        let first = span(1, 2, Set(7), Some(0));
        assert!(explained(&[first.clone(), span(3, 4, Get, Some(7))]));
        assert!(
            !explained(&[first.clone(), span(3, 4, Get, Some(0))]),
            "stale"
        );
        assert!(explained(&[
            span(1, 4, Set(7), Some(0)),
            span(2, 3, Get, Some(0))
        ]));
        assert!(explained(&[
            span(1, 4, Set(7), Some(0)),
            span(2, 3, Get, Some(7))
        ]));
        // Once someone has seen it, nobody later may see it undone.
        let long = span(1, 9, Set(7), Some(0));
        assert!(!explained(&[
            long,
            span(2, 3, Get, Some(7)),
            span(4, 5, Get, Some(0))
        ]));
        let both = [span(1, 4, Add(1), Some(1)), span(2, 3, Add(1), Some(2))];
        assert!(explained(&both));
        assert!(
            !explained(&[span(1, 4, Add(1), Some(1)), span(2, 3, Add(1), Some(1))]),
            "lost"
        );
        assert!(!explained(&[
            span(1, 2, Add(1), Some(2)),
            span(3, 4, Add(1), Some(1))
        ]));
    }

    #[test]
    fn a_killed_call_took_place_before_its_end_or_never() {
        use Call::{Add, Get, Set};
        let killed = span(1, 3, Set(7), None);
        assert!(explained(&[killed.clone(), span(4, 5, Get, Some(7))]));
        assert!(explained(&[killed.clone(), span(4, 5, Get, Some(0))]));
        let twice = [
            killed.clone(),
            span(4, 5, Get, Some(0)),
            span(6, 7, Get, Some(7)),
        ];
        assert!(!explained(&twice), "not after its process was gone");
        let undone = [killed, span(2, 3, Get, Some(7)), span(4, 5, Get, Some(0))];
        assert!(!explained(&undone), "it was seen");
        // Any of many killed ones, in any order.
        let mut many: Vec<_> = (0..10).map(|bit| span(1, 3, Add(1 << bit), None)).collect();
        many.push(span(4, 5, Get, Some(0b10_0100_0001)));
        assert!(explained(&many));
        many.push(span(6, 7, Get, Some(0b10_0100_0011)));
        assert!(!explained(&many));
    }

    #[test]
    fn a_long_history_is_searched_in_no_time_and_one_wrong_answer_in_it_is_found() {
        // Eight clients whose calls overlap with their neighbours'.
        let history: Vec<_> = (0..20_000)
            .map(|n: u64| span(10 * n, 10 * n + 75, Call::Add(1), Some(n.cast_signed() + 1)))
            .collect();
        assert!(explained(&history));
        for wrong in [1, 10_000, 19_999] {
            let mut history = history.clone();
            history[wrong].answer = Some(wrong.cast_signed() as i64);
            assert!(!explained(&history), "{wrong}");
        }
    }
}
