//! Panics of what lies below, as errors: an embedding program's thread does not unwind for them.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use objclass::Fault;

/// Runs `work`, whose panic leaves nothing half done that is looked at again.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = text(&*panic);
        Fault::new(format!("the store panicked: {text}; please report this"))
    })
}

/// The words of a panic.
fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    let text = owned.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_with_its_words() {
        assert_eq!(caught(|| 5).unwrap(), 5);
        for fault in [
            caught(|| panic!("some words")).map(|(): ()| ()),
            caught(|| panic!("{} words", "some")),
        ] {
            let fault = fault.unwrap_err();
            assert!(fault.message.contains("some words"), "{}", fault.message);
        }
    }
}
