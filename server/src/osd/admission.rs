//! What a request may cost, before it runs.

use super::{code, request::Request};

/// Room for the answer to a read of a whole object, whose size nobody knows yet.
const WHOLE_OBJECT: u64 = 16 << 20;
/// Room for a page of a listing, or what a method may answer.
const PAGE: u64 = 64 << 10;
/// Room for everything else.
const SMALL: u64 = 512;

/// Bytes an answer may take, as far as the request tells.
pub(super) fn answer_size(request: &Request) -> usize {
    let size = |step: &super::request::Step| match step.code {
        code::READ | code::SYNC_READ | code::SPARSE_READ => {
            let mut args = step.args();
            let length = args.u64().and_then(|_| args.u64()).unwrap_or(0);
            if length == 0 { WHOLE_OBJECT } else { length }
        }
        code::CALL
        | code::GET_XATTRS
        | code::OMAP_GET_KEYS
        | code::OMAP_GET_VALS
        | code::OMAP_GET_VALS_BY_KEYS
        | code::PGLS..=code::PGNLS_FILTER => PAGE,
        _ => SMALL,
    };
    let sizes = request.steps.iter().map(size);
    let size = sizes.fold(SMALL, u64::saturating_add);
    usize::try_from(size).unwrap_or(usize::MAX)
}
