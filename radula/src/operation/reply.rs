//! What the steps of an operation answered.

use bytes::Bytes;
use objclass::{Page, Pair, Stat};

use super::Names;
use crate::ExecReply;

/// What one step of an [`Operation`](crate::Operation) answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StepReply {
    /// An assertion that held, or a write.
    Done,
    /// Of `stat`.
    Stat(Stat),
    /// Of `read`, `get_xattr`, `omap_get_val` and `omap_get_header`.
    Bytes(Bytes),
    /// Of `omap_get_keys`.
    Keys(Page<Bytes>),
    /// Of `get_xattrs`, `omap_get_vals` and `omap_get_vals_by_keys`.
    Pairs(Page<Pair>),
    /// Of `exec`.
    Exec(Box<ExecReply>),
}

impl StepReply {
    /// The answer of `stat`.
    #[must_use]
    pub fn stat(&self) -> Option<&Stat> {
        match self {
            StepReply::Stat(stat) => Some(stat),
            _ => None,
        }
    }

    /// The answer of `read`, `get_xattr`, `omap_get_val` or `omap_get_header`.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            StepReply::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The answer of `omap_get_keys`.
    #[must_use]
    pub fn keys(&self) -> Option<&Page<Bytes>> {
        match self {
            StepReply::Keys(page) => Some(page),
            _ => None,
        }
    }

    /// The answer of `get_xattrs`, `omap_get_vals` or `omap_get_vals_by_keys`.
    #[must_use]
    pub fn pairs(&self) -> Option<&Page<Pair>> {
        match self {
            StepReply::Pairs(page) => Some(page),
            _ => None,
        }
    }

    /// The answer of `exec`.
    #[must_use]
    pub fn exec(&self) -> Option<&ExecReply> {
        match self {
            StepReply::Exec(reply) => Some(reply),
            _ => None,
        }
    }
}

/// What an [`Operation`](crate::Operation) answered.
///
/// The answer of a kind that only one step has is found by that kind, others by the name of their step:
///
/// ```
/// use radula::{Config, Operation, Radula};
///
/// let config = Config::default().in_memory();
/// let pool = Radula::open(config)?.ioctx("music");
/// let operation = Operation::new()
///     .write_full("la la la")
///     .set_xattr("by", "Ada")
///     .get_xattr("by").named("author")
///     .read(..2).named("beginning")
///     .stat();
/// let reply = pool.operate("song", &operation)?;
/// assert_eq!(reply.stat().map(|stat| stat.size), Some(8));
/// assert_eq!(reply.get("author").and_then(|author| author.bytes()).unwrap(), "Ada");
/// assert_eq!(reply.get("beginning").and_then(|bytes| bytes.bytes()).unwrap(), "la");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OperationReply {
    /// One reply a step, in order.
    pub steps: Vec<StepReply>,
    /// The object's version after the operation; 0 when it does not exist.
    pub version: u64,
    names: Names,
}

impl OperationReply {
    /// The answer, with the version in every call of it.
    pub(crate) fn new(mut steps: Vec<StepReply>, names: &Names, version: u64) -> Self {
        for step in &mut steps {
            if let StepReply::Exec(reply) = step {
                reply.version = version;
            }
        }
        Self {
            steps,
            version,
            names: names.clone(),
        }
    }

    /// The answer of the step that was [`named`](crate::Operation::named) so.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&StepReply> {
        let (_, at) = self.names.iter().find(|(known, _)| known == name)?;
        self.steps.get(*at)
    }

    /// The first answer of `stat`.
    #[must_use]
    pub fn stat(&self) -> Option<&Stat> {
        self.steps.iter().find_map(StepReply::stat)
    }

    /// The first answer of `read`, `get_xattr`, `omap_get_val` or `omap_get_header`.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        self.steps.iter().find_map(StepReply::bytes)
    }

    /// The first answer of `omap_get_keys`.
    #[must_use]
    pub fn keys(&self) -> Option<&Page<Bytes>> {
        self.steps.iter().find_map(StepReply::keys)
    }

    /// The first answer of `get_xattrs`, `omap_get_vals` or `omap_get_vals_by_keys`.
    #[must_use]
    pub fn pairs(&self) -> Option<&Page<Pair>> {
        self.steps.iter().find_map(StepReply::pairs)
    }

    /// The first answer of `exec`.
    #[must_use]
    pub fn exec(&self) -> Option<&ExecReply> {
        self.steps.iter().find_map(StepReply::exec)
    }
}
