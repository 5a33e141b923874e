//! The engine the targets call, and the promises every answer is held to.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use radula::{Config, Errno, ExecOptions, IoCtx, Limits, Radula};

/// Ceilings of one call: low, so that a fuzzer makes many.
const LIMITS: Limits = Limits {
    fuel: 2_000_000,
    deadline_ms: 50,
    memory: 2 << 20,
    output: 16 << 10,
    ..Limits::EVAL
};

/// Longest time of one call: the deadline, and what a sanitizer or a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(2);

/// The script and answer of the control call.
const CANARY: &[u8] =
    b"function canary(i, o) o:append(i:str():upper()) end objclass.register(canary)";

fn objects() -> &'static IoCtx {
    static OBJECTS: OnceLock<IoCtx> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        // The canary may take its time on a busy machine; what is fuzzed may not.
        let config = Config::default().in_memory().with_script_limits(&Limits {
            deadline_ms: 10_000,
            ..Limits::EVAL
        });
        let objects = Radula::open(config)
            .expect("an engine in memory")
            .ioctx("fuzz");
        objects
            .write_full("object", "seeded")
            .expect("a write to memory");
        objects
    })
}

fn options() -> ExecOptions {
    ExecOptions::default().with_limits(LIMITS)
}

/// Calls a method of class `lua` and holds the answer to the promises; returns whether it succeeded.
///
/// # Panics
/// When one is broken.
pub(crate) fn exec(method: &str, input: &[u8]) -> bool {
    let objects = objects();
    let before = objects.read("object", ..).unwrap_or_default();
    let began = Instant::now();
    let answer = objects.exec_with("object", "lua", method, input, &options());
    assert!(
        began.elapsed() < PATIENCE,
        "the call took {:?}",
        began.elapsed()
    );
    match &answer {
        Ok(reply) => {
            assert!(
                reply.output.len() as u64 <= LIMITS.output,
                "the output is above its limit"
            );
            assert_ne!(
                reply.output, "BROKEN",
                "what was decoded does not encode to itself"
            );
            if objects.read("object", ..).is_err() {
                // A script may remove the object; the next one wants it back.
                objects
                    .write_full("object", "seeded")
                    .expect("a write to memory");
            }
        }
        Err(error) => {
            let text = error.to_string();
            assert!(
                !matches!(error.kind().word(), "host" | "store" | "commit" | "panic"),
                "the host failed: {text}"
            );
            assert!(
                !text.contains(char::is_control),
                "not one printable line: {text:?}"
            );
            assert!(text.len() < 16 << 10, "the error has {} bytes", text.len());
            assert_ne!(error.errno(), Errno::EFAULT, "{text}");
            assert_eq!(
                objects.read("object", ..).unwrap_or_default(),
                before,
                "a failed call changed the object"
            );
        }
    }
    let canary = objects.exec_with(
        "object",
        "lua",
        "eval_bufferlist",
        eval_bufferlist(CANARY, b"canary", b"alive"),
        &ExecOptions::default(),
    );
    match canary {
        Ok(reply) => assert_eq!(reply.output, "ALIVE", "the canary is wrong"),
        Err(error) => panic!("the canary failed: {error}"),
    }
    answer.is_ok()
}

/// A request in Ceph's encoding, version 1.
pub(crate) fn eval_bufferlist(script: &[u8], handler: &[u8], input: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(script.len() + handler.len() + input.len() + 12);
    for field in [script, handler, input] {
        body.extend_from_slice(&length(field));
        body.extend_from_slice(field);
    }
    let mut request = vec![1, 1];
    request.extend_from_slice(&length(&body));
    request.extend(body);
    request
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len())
        .expect("fuzz inputs are small")
        .to_le_bytes()
}
