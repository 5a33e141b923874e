//! The C stack: how deep a script can drive it, and that nested states count together.

use std::{thread, time::Duration};

use crate::harness::{Limits, Outcome, SLOWER, run};

/// Scripts that go as deep as they are let, each through another C function.
const DEEP: [&str; 8] = [
    "local function f() return (string.gsub('a', 'a', f)) end f()",
    "local m = {} m.__tostring = function(t) return string.format('%s', t) end tostring(setmetatable({}, m))",
    "local m = {} m.__index = function(t) return table.concat(t, '', 1, 3) end local _ = setmetatable({}, m).x",
    "local function f(a, b) table.sort({3, 2, 1}, f) return a < b end f(1, 2)",
    "local function f() pcall(f) end f()",
    "local function f() load(function() f() end) end f()",
    "load(('{'):rep(500))",
    "local function f() return (string.gsub(('a'):rep(300), ('a?'):rep(180), f)) end f()",
];

#[test]
fn the_deepest_recursion_fits_half_a_megabyte_of_stack() {
    // The frames of this test's own functions are not optimised and have room in the rest.
    let size = 512 * 1024 * SLOWER as usize;
    for script in DEEP {
        let outcome = thread::Builder::new()
            .stack_size(size)
            .spawn(|| {
                run(
                    script,
                    Limits {
                        deadline: Duration::from_secs(10),
                        ..Limits::default()
                    },
                )
                .outcome
            })
            .expect("a thread can be started")
            .join()
            .expect("the thread comes back");
        assert!(
            matches!(outcome, Outcome::Returned(_) | Outcome::Error(_)),
            "{script}: {outcome:?}"
        );
    }
}
