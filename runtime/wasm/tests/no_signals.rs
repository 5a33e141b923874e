//! Without signals the process has the signal handlers it had. In a process of its own: handlers cannot be taken back.

use objclass::{ClassBackend, ClassName, Digest, Limits, Module};
use runtime_wasm::{Compiler, WasmBackend, WasmOptions};

/// The signals this process has handlers for, as a mask.
#[expect(
    clippy::disallowed_methods,
    reason = "asks the kernel about this process"
)]
fn caught() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
}

fn open(signals: bool) {
    #[expect(clippy::disallowed_methods, reason = "reads a bundled class")]
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../classes/wasm/cls_hellowasm_c.wasm"
    ))
    .unwrap();
    let mut options = WasmOptions::default();
    options.compiler = Compiler::InProcess;
    options.signals = signals;
    let module = Module {
        class: ClassName::new("hello").unwrap(),
        file: "cls_hello.wasm".to_owned(),
        digest: Digest([0; 32]),
        bytes: bytes.into(),
    };
    WasmBackend::with_options(options)
        .open(&module, &Limits::INSTALLED)
        .unwrap();
}

#[test]
fn without_signals_no_handler_is_installed_and_with_them_some_are() {
    let before = caught();
    open(false);
    assert_eq!(caught(), before);
    open(true);
    let added = caught() & !before;
    let bit = |signal: i32| 1 << (signal - 1);
    assert_ne!(
        added & (bit(libc::SIGILL) | bit(libc::SIGFPE)),
        0,
        "{added:x}"
    );
}
