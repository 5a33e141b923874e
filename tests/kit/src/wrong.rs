//! Stores that break a promise each. A suite that passes on one of them checks nothing.

use std::sync::Arc;

use bytes::Bytes;
use objclass::{Fault, ObjectError, ObjectId, Page, PageLimit, Pair, Work};
use store::{CommitError, CommitTerms, Frozen, Receipt, StoreEngine};
use transaction::{Changes, Head, Snapshot, Span, Written};

/// What a [`WrongStore`] does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Acknowledges commits and forgets them.
    ForgetsCommits,
    /// Keeps objects that were removed.
    KeepsRemoved,
    /// Shows old data where it was cut off or zeroed.
    ResurrectsData,
    /// Loses the last new segment of data of a commit.
    LosesSegment,
    /// Loses the xattrs of a commit.
    LosesXattrs,
    /// Loses the omap entries of a commit.
    LosesOmap,
    /// Keeps the omap entries a commit removes by range.
    KeepsRanges,
    /// Loses the omap header of a commit.
    LosesHeader,
    /// Reports one and the same version for every state of an object.
    FreezesVersion,
    /// Says a listing ends where it goes on.
    LosesMore,
    /// Keeps no receipts. The suite asks for none: a client that sends requests again notices.
    ForgetsReceipts,
}

impl Wrong {
    /// Every one that the behaviour suite and the oracle have to notice.
    pub const ALL: &'static [Wrong] = &[
        Wrong::ForgetsCommits,
        Wrong::KeepsRemoved,
        Wrong::ResurrectsData,
        Wrong::LosesSegment,
        Wrong::LosesXattrs,
        Wrong::LosesOmap,
        Wrong::KeepsRanges,
        Wrong::LosesHeader,
        Wrong::FreezesVersion,
        Wrong::LosesMore,
    ];

    fn spoil(self, written: &mut Written, before: Option<Head>) {
        match self {
            Wrong::ResurrectsData => {
                let old = before.map_or(0, |head| head.size);
                written.kept = written.size.min(old);
            }
            Wrong::LosesSegment => {
                written.segments.pop();
            }
            Wrong::LosesXattrs => written.xattrs.clear(),
            Wrong::LosesOmap => written.omap.clear(),
            Wrong::KeepsRanges => written.omap_removed.clear(),
            Wrong::LosesHeader => written.omap_header = None,
            Wrong::ForgetsCommits
            | Wrong::KeepsRemoved
            | Wrong::FreezesVersion
            | Wrong::LosesMore
            | Wrong::ForgetsReceipts => {}
        }
    }
}

/// A store with one fault, in front of a right one.
#[derive(Debug)]
pub struct WrongStore {
    right: Arc<dyn StoreEngine>,
    wrong: Wrong,
}

impl WrongStore {
    /// `right` with a fault.
    #[must_use]
    pub fn new(right: Arc<dyn StoreEngine>, wrong: Wrong) -> Self {
        Self { right, wrong }
    }
}

impl StoreEngine for WrongStore {
    fn snapshot(&self, id: &ObjectId) -> Result<Box<dyn Snapshot>, Fault> {
        Ok(Box::new(WrongSnapshot {
            right: self.right.snapshot(id)?,
            wrong: self.wrong,
        }))
    }

    fn commit(
        &self,
        id: &ObjectId,
        mut changes: Changes,
        mut terms: CommitTerms,
    ) -> Result<u64, CommitError> {
        if self.wrong == Wrong::ForgetsReceipts {
            terms.receipt = None;
        }
        let before = match &changes {
            Changes::Written(written) => written.before,
            Changes::Removed => None,
        };
        let dropped = match &mut changes {
            Changes::Removed => self.wrong == Wrong::KeepsRemoved,
            Changes::Written(written) => {
                self.wrong.spoil(written, before);
                false
            }
        };
        if dropped || self.wrong == Wrong::ForgetsCommits {
            return Ok(before.map_or(1, |head| head.version + 1));
        }
        self.right.commit(id, changes, terms)
    }

    fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Fault> {
        self.right.list(pool, namespace, after, prefix, max)
    }

    fn pools(&self) -> Result<Vec<String>, Fault> {
        self.right.pools()
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, Fault> {
        self.right.freeze()
    }

    fn leave_receipt(&self, pool: &str, receipt: Receipt) -> Result<(), CommitError> {
        match self.wrong {
            Wrong::ForgetsReceipts => Ok(()),
            _ => self.right.leave_receipt(pool, receipt),
        }
    }

    fn receipts(&self, pool: &str) -> Result<Vec<(u64, Receipt)>, Fault> {
        self.right.receipts(pool)
    }

    fn forget_receipts(&self, pool: &str) -> Result<(), CommitError> {
        self.right.forget_receipts(pool)
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.right.sync()
    }
}

#[derive(Debug)]
struct WrongSnapshot {
    right: Box<dyn Snapshot>,
    wrong: Wrong,
}

impl Snapshot for WrongSnapshot {
    fn head(&self) -> Result<Option<Head>, Fault> {
        let version = |head: Head| {
            if self.wrong == Wrong::FreezesVersion {
                1
            } else {
                head.version
            }
        };
        Ok(self.right.head()?.map(|head| Head {
            version: version(head),
            ..head
        }))
    }

    fn read(&self, offset: u64, length: u64, work: &mut Work) -> Result<Bytes, ObjectError> {
        self.right.read(offset, length, work)
    }

    fn xattr(&self, name: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        self.right.xattr(name, work)
    }

    fn xattrs(&self, work: &mut Work) -> Result<Vec<Pair>, ObjectError> {
        self.right.xattrs(work)
    }

    fn omap_val(&self, key: &[u8], work: &mut Work) -> Result<Option<Bytes>, ObjectError> {
        self.right.omap_val(key, work)
    }

    fn omap_range(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<Pair>, ObjectError> {
        let mut page = self.right.omap_range(span, limit, work)?;
        page.more &= self.wrong != Wrong::LosesMore;
        Ok(page)
    }

    fn omap_keys(
        &self,
        span: Span<'_>,
        limit: PageLimit,
        work: &mut Work,
    ) -> Result<Page<(Bytes, u64)>, ObjectError> {
        let mut page = self.right.omap_keys(span, limit, work)?;
        page.more &= self.wrong != Wrong::LosesMore;
        Ok(page)
    }

    fn omap_header(&self, work: &mut Work) -> Result<Bytes, ObjectError> {
        self.right.omap_header(work)
    }
}
