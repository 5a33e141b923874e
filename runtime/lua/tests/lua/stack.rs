//! Calls on threads with little stack: a script goes as deep as there is room, and the process lives.

use objclass::Errno;

use crate::fixture::{Done, Lab};

/// As deep as Lua lets it, in C, at every level with a host function at the bottom; then the same again in a call nested
/// in itself.
const DEEP: &str = "
    local function down()
        cls.stat()
        return (string.gsub('a', 'a', down))
    end
    function f(input, output)
        local ok, message = pcall(down)
        output:append(tostring(message))
        pcall(cls.call, 't', 'f')
    end
    cls.register(f)
";

/// Runs [`DEEP`] on a thread with `kib` of stack.
fn on_a_thread(kib: usize) -> Done {
    let lab = Lab::of("function make() cls.create(false) end cls.register(make)");
    lab.exec("t", "make", b"").result.unwrap();
    lab.add("t", DEEP);
    std::thread::Builder::new()
        .stack_size(kib << 10)
        .spawn(move || lab.exec("t", "f", b""))
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn a_script_that_goes_as_deep_as_it_can_ends_with_an_error_on_any_thread() {
    for kib in [320, 384, 512, 768, 1024, 2048, 8192] {
        match on_a_thread(kib).result {
            Ok(reply) => {
                let said = String::from_utf8_lossy(&reply.output).into_owned();
                assert!(said.contains("overflow"), "{kib} KiB: {said}");
            }
            // What is nested in the depth may have had no room at all.
            Err(error) => assert_eq!(error.errno(), Errno::ELOOP, "{kib} KiB: {error}"),
        }
    }
}
