//! The answer to a request (`MOSDOpReply`).

use bytes::Bytes;
use radula::Errno;

use super::request::{FAIL_OK, FLAG_RETURN_VEC, Request, STEP};
use crate::{link::Outgoing, maps::write_pg};

const KIND: u16 = 43;
const VERSION: (u16, u16) = (8, 2);
/// Most bytes an operation of a writing request may answer.
const WRITE_OUTPUT: usize = 64;
/// Acknowledged and on disk.
const DONE: u32 = 5;

/// What one operation answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepResult {
    pub(crate) value: i32,
    pub(crate) output: Bytes,
}

/// What a request answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) result: i32,
    /// Of the operations that ran, in order.
    pub(crate) steps: Vec<StepResult>,
    /// Of the object afterwards.
    pub(crate) version: u64,
}

impl Reply {
    /// A request that was refused as a whole.
    pub(super) fn refused(errno: Errno) -> Self {
        Self {
            result: -errno.code(),
            ..Self::default()
        }
    }

    /// Of a request that changed nothing: what its operations answered. The version is for who knows it.
    pub(super) fn as_answered(request: &Request, steps: Vec<StepResult>) -> Self {
        let result = match (steps.last(), request.steps.last()) {
            (Some(last), Some(step)) if step.flags & FAIL_OK == 0 || last.value >= 0 => last.value,
            _ => 0,
        };
        Self {
            result,
            steps,
            version: 0,
        }
    }

    /// Of a request that changed the object: outputs are dropped, unless they are asked for and short.
    pub(super) fn after_change(request: &Request, mut steps: Vec<StepResult>) -> Self {
        if request.flags & FLAG_RETURN_VEC == 0 {
            for step in &mut steps {
                *step = StepResult {
                    value: step.value.min(0),
                    ..StepResult::default()
                };
            }
            return Self {
                result: 0,
                steps,
                version: 0,
            };
        }
        let mut reply = Self::as_answered(request, steps);
        for step in &mut reply.steps {
            if step.output.len() > WRITE_OUTPUT {
                *step = StepResult {
                    value: -Errno::EOVERFLOW.code(),
                    ..StepResult::default()
                };
                reply.result = step.value;
            }
        }
        reply
    }

    pub(super) fn message(self, request: &Request, epoch: u32) -> Outgoing {
        let Reply {
            result,
            mut steps,
            version,
        } = self;
        steps.resize(request.steps.len(), StepResult::default());
        let mut message = Outgoing::new(KIND, VERSION, request.tid, |writer| {
            writer.bytes(&request.name);
            write_pg(writer, request.pool, request.seed);
            writer.u64(u64::from(request.flags & !7 | DONE)).i32(result);
            writer.u64(0).u32(0).u32(epoch).count(steps.len());
            for (asked, answered) in request.steps.iter().zip(&steps) {
                writer
                    .raw(&asked.raw[..STEP - 4])
                    .count(answered.output.len());
            }
            writer.i32(request.attempt);
            for step in &steps {
                writer.i32(step.value);
            }
            // Where a replay would be, the version clients ask for, no redirection, no trace.
            writer.u64(version).u32(epoch).u64(version);
            writer.bool(false).zeros(24);
        });
        let outputs = steps.into_iter().map(|step| step.output);
        message.data = outputs.filter(|output| !output.is_empty()).collect();
        message
    }
}
