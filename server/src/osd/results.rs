//! What recent writes answered, failed ones included: a request that comes again, after a lost connection or a crash of the
//! server, is answered from here and not executed again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use radula::{Errno, store::Receipt};
use serde::{Deserialize, Serialize};

use super::{
    reply::{Reply, StepResult},
    request::RequestId,
};
use crate::objects::Objects;

/// Most bytes of outputs kept with a result. Writes answer few; what a failed one read before is not kept.
const MOST_OUTPUT: usize = 4 << 10;

/// The results of all pools. The store keeps them as receipts in the commits they are about; here are all of each pool that was written to.
/// Each has a lock of its own: what one pool reads from disk others do not wait for.
#[derive(Debug, Default)]
pub(crate) struct Results(Mutex<HashMap<u64, Arc<Mutex<OfPool>>>>);

#[derive(Debug, Default)]
struct OfPool {
    /// The store was asked.
    is_loaded: bool,
    replies: HashMap<RequestId, Reply>,
    oldest: VecDeque<RequestId>,
}

/// A reply as it lies in a receipt.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    result: i32,
    /// Value and output of each operation.
    steps: Vec<(i32, Vec<u8>)>,
    /// `None`: that of the commit, which is not known before it.
    version: Option<u64>,
}

impl Results {
    /// What the request was answered when it came first. `stored` is the pool's name in the store, which is asked once.
    pub(super) fn get(
        &self,
        objects: &Objects,
        pool: u64,
        stored: &str,
        id: &RequestId,
    ) -> Result<Option<Reply>, Errno> {
        let of_pool = self.of_pool(pool);
        let mut of_pool = unpoisoned(&of_pool);
        if !of_pool.is_loaded {
            for (version, receipt) in objects.receipts(stored)? {
                // Those of somebody else say nothing to us.
                if let (Some(id), Some(reply)) = (request(&receipt), reply(&receipt, version)) {
                    of_pool.keep(id, reply);
                }
            }
            of_pool.is_loaded = true;
        }
        Ok(of_pool.replies.get(id).cloned())
    }

    pub(super) fn keep(&self, pool: u64, id: RequestId, mut reply: Reply) {
        cut(&mut reply);
        unpoisoned(&self.of_pool(pool)).keep(id, reply);
    }

    /// Forgets those of a pool that is gone. Its receipts go with its objects.
    pub(crate) fn forget(&self, pool: u64) {
        unpoisoned(&self.0).remove(&pool);
    }

    fn of_pool(&self, pool: u64) -> Arc<Mutex<OfPool>> {
        Arc::clone(unpoisoned(&self.0).entry(pool).or_default())
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OfPool {
    fn keep(&mut self, id: RequestId, reply: Reply) {
        if self.replies.insert(id, reply).is_none() {
            self.oldest.push_back(id);
        }
        if self.oldest.len() > Receipt::KEPT as usize
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.replies.remove(&oldest);
        }
    }
}

fn cut(reply: &mut Reply) {
    let outputs: usize = reply.steps.iter().map(|step| step.output.len()).sum();
    if outputs > MOST_OUTPUT {
        reply.steps.iter_mut().for_each(|step| step.output.clear());
    }
}

/// The receipt of a request. `version` is that of the reply; `None` for one that the commit gives.
pub(super) fn receipt(id: &RequestId, mut reply: Reply, version: Option<u64>) -> Option<Receipt> {
    cut(&mut reply);
    let steps = reply.steps.into_iter();
    let stored = Stored {
        result: reply.result,
        steps: steps.map(|step| (step.value, step.output.into())).collect(),
        version,
    };
    let value = postcard::to_allocvec(&stored).ok()?;
    Receipt::new(postcard::to_allocvec(id).ok()?, value)
}

fn request(receipt: &Receipt) -> Option<RequestId> {
    postcard::from_bytes(receipt.key()).ok()
}

fn reply(receipt: &Receipt, commit: u64) -> Option<Reply> {
    let stored: Stored = postcard::from_bytes(receipt.value()).ok()?;
    let step = |(value, output): (i32, Vec<u8>)| StepResult {
        value,
        output: Bytes::from(output),
    };
    Some(Reply {
        result: stored.result,
        steps: stored.steps.into_iter().map(step).collect(),
        version: stored.version.unwrap_or(commit),
    })
}

#[cfg(test)]
mod tests {
    use radula::{Config, Radula};

    use super::*;

    fn id(tid: u64) -> RequestId {
        RequestId {
            client: 1,
            incarnation: 0,
            tid,
        }
    }

    fn answer(version: u64) -> Reply {
        Reply {
            result: -2,
            steps: vec![StepResult {
                value: -2,
                output: Bytes::from_static(b"why"),
            }],
            version,
        }
    }

    #[test]
    fn results_are_kept_until_there_are_many_newer_ones() {
        let objects = Objects::new(Radula::open(Config::default().in_memory()).unwrap());
        let results = Results::default();
        let get = |pool, tid| results.get(&objects, pool, "p", &id(tid)).unwrap();
        for tid in 0..=u64::from(Receipt::KEPT) {
            results.keep(7, id(tid), answer(tid));
        }
        assert_eq!(get(7, 0), None);
        assert_eq!(get(7, 1), Some(answer(1)));
        assert_eq!(get(8, 1), None);
        results.forget(7);
        assert_eq!(get(7, 1), None);
    }

    #[test]
    fn a_receipt_says_what_the_reply_said_and_the_commit_its_version() {
        let receipt_of = |version| receipt(&id(3), answer(9), version).unwrap();
        let read = |receipt: &Receipt| (request(receipt), reply(receipt, 5));
        assert_eq!(read(&receipt_of(Some(9))), (Some(id(3)), Some(answer(9))));
        assert_eq!(read(&receipt_of(None)), (Some(id(3)), Some(answer(5))));
        let mut long = answer(1);
        long.steps[0].output = Bytes::from(vec![7; MOST_OUTPUT + 1]);
        let kept = reply(&receipt(&id(3), long, Some(1)).unwrap(), 5).unwrap();
        assert_eq!((kept.result, kept.steps[0].output.len()), (-2, 0));
        let others = Receipt::new("x", "").unwrap();
        assert_eq!(read(&others), (None, None));
    }
}
