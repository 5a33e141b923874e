//! Scripts that come with the request.

/// The input of `lua.eval_bufferlist` in Ceph's encoding: version 1, compatible with 1, length, then script,
/// handler and input, each after its length.
#[must_use]
pub fn eval_request(script: &[u8], handler: &[u8], input: &[u8]) -> Vec<u8> {
    let field = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("a test script fits into 4 GiB");
        [&length.to_le_bytes()[..], bytes].concat()
    };
    let body = [field(script), field(handler), field(input)].concat();
    [&[1, 1][..], &field(&body)].concat()
}
