//! Panics: logged with message and place, then the end of the call.

use crate::object_class::radula::objclass::log::log;

/// Reports panics of a class that has the standard library, which ends the call after the hook.
#[cfg(feature = "std")]
pub(crate) fn install() {
    std::panic::set_hook(alloc::boxed::Box::new(|info| {
        log(0, &alloc::format!("{info}"))
    }));
}

/// Without the standard library, messages that would have to be formatted are left out: what formats them is larger than
/// most classes.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    use alloc::string::String;

    let mut text = String::from("panicked");
    if let Some(place) = info.location() {
        text.push_str(" at ");
        text.push_str(place.file());
        text.push(':');
        push_decimal(&mut text, place.line());
    }
    if let Some(message) = info.message().as_str() {
        text.push_str(": ");
        text.push_str(message);
    }
    log(0, &text);
    core::arch::wasm32::unreachable()
}

#[cfg(not(feature = "std"))]
fn push_decimal(text: &mut alloc::string::String, number: u32) {
    if number > 9 {
        push_decimal(text, number / 10);
    }
    text.push(char::from_digit(number % 10, 10).unwrap_or('?'));
}
