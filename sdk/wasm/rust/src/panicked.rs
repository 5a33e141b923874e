//! Panics: logged with message and place, then the end of the call.

use alloc::{format, string::String};
use core::fmt;

use crate::object_class::radula::objclass::log::log;

fn report(panic: impl fmt::Display) {
    let text: String = format!("{panic}");
    log(0, &text);
}

/// Reports panics of a class that has the standard library, which ends the call after the hook.
#[cfg(feature = "std")]
pub(crate) fn install() {
    std::panic::set_hook(alloc::boxed::Box::new(|info| report(info)));
}

#[cfg(not(feature = "std"))]
#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    report(info);
    core::arch::wasm32::unreachable()
}
