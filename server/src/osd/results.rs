//! What recent writes answered, failed ones included: a request that comes again after a lost connection is answered
//! from here and not executed again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use super::{reply::Reply, request::RequestId};

/// How many results a pool keeps. A client has at most 1024 requests under way.
const KEPT: usize = 16 << 10;

/// Most bytes of outputs kept with a result. Writes answer few; what a failed one read before is not kept.
const MOST_OUTPUT: usize = 4 << 10;

/// The results of all pools. They live as long as the process: after a crash a resent request is executed again.
#[derive(Debug, Default)]
pub(crate) struct Results(Mutex<HashMap<u64, OfPool>>);

#[derive(Debug, Default)]
struct OfPool {
    replies: HashMap<RequestId, Reply>,
    oldest: VecDeque<RequestId>,
}

impl Results {
    pub(super) fn get(&self, pool: u64, id: &RequestId) -> Option<Reply> {
        let pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pools.get(&pool)?.replies.get(id).cloned()
    }

    pub(super) fn keep(&self, pool: u64, id: RequestId, mut reply: Reply) {
        let outputs: usize = reply.steps.iter().map(|step| step.output.len()).sum();
        if outputs > MOST_OUTPUT {
            reply.steps.iter_mut().for_each(|step| step.output.clear());
        }
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_pool = pools.entry(pool).or_default();
        if of_pool.replies.insert(id, reply).is_none() {
            of_pool.oldest.push_back(id);
        }
        if of_pool.oldest.len() > KEPT
            && let Some(oldest) = of_pool.oldest.pop_front()
        {
            of_pool.replies.remove(&oldest);
        }
    }

    /// Forgets those of a pool that is gone.
    pub(crate) fn forget(&self, pool: u64) {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pools.remove(&pool);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(tid: u64) -> RequestId {
        RequestId {
            client: 1,
            incarnation: 0,
            tid,
        }
    }

    #[test]
    fn results_are_kept_until_there_are_many_newer_ones() {
        let results = Results::default();
        let reply = |version| Reply {
            version,
            ..Reply::default()
        };
        for tid in 0..=KEPT as u64 {
            results.keep(7, id(tid), reply(tid));
        }
        assert_eq!(results.get(7, &id(0)), None);
        assert_eq!(results.get(7, &id(1)), Some(reply(1)));
        assert_eq!(results.get(8, &id(1)), None);
        results.forget(7);
        assert_eq!(results.get(7, &id(1)), None);
    }
}
