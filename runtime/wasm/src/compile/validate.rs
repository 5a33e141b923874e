//! What is wrong with a module, in words its author knows.

use wasmparser::{Validator, WasmFeatures};

use crate::engine::FEATURES;

/// Proposals a module may have been built with, and the names people know them by.
const PROPOSALS: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::MEMORY64, "memory64 (64-bit memories)"),
    (
        WasmFeatures::THREADS,
        "threads (shared memories and atomics)",
    ),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::MULTI_MEMORY, "multi-memory"),
    (
        WasmFeatures::GC
            .union(WasmFeatures::GC_TYPES)
            .union(WasmFeatures::FUNCTION_REFERENCES),
        "garbage collection",
    ),
    (
        WasmFeatures::EXCEPTIONS
            .union(WasmFeatures::GC_TYPES)
            .union(WasmFeatures::LEGACY_EXCEPTIONS),
        "exceptions",
    ),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::CM_ASYNC, "asynchronous components"),
];

/// Checks that `bytes` are a valid component that keeps to [`FEATURES`].
///
/// # Errors
/// What is wrong.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let with = |features| Validator::new_with_features(features).validate_all(bytes);
    let Err(error) = with(FEATURES) else {
        return Ok(());
    };
    for (proposal, name) in PROPOSALS {
        if with(FEATURES.union(*proposal)).is_ok() {
            return Err(format!(
                "it uses {name}, which classes may not (at byte {:#x}: {}); build it without",
                error.offset(),
                error.message()
            ));
        }
    }
    if with(WasmFeatures::all()).is_ok() {
        return Err(format!(
            "it uses a proposal that classes may not (at byte {:#x}: {})",
            error.offset(),
            error.message()
        ));
    }
    Err(format!(
        "it is no valid WebAssembly: {} (at byte {:#x})",
        error.message(),
        error.offset()
    ))
}
