//! What limits cost a script that computes.

use std::ffi::CStr;

use super::effort;
use crate::{
    model::{Effort, Failure, Role, Row, Subject, Unit},
    runners::Once,
    subjects::stock::{metered, stock},
};

const EFFORT: Effort = effort(15, 0, 2, 0);

type Script = (&'static str, &'static str, &'static CStr);

const SCRIPTS: [Script; 8] = [
    ("additions", "10 million additions in a loop", c"local x = 0 for i = 1, 10000000 do x = x + i end"),
    ("while", "the same with `while`, 5 million", c"local x, i = 0, 0 while i < 5000000 do i = i + 1 x = x + i end"),
    ("calls", "3 million calls of a Lua function", c"local function f(a) return a + 1 end local x = 0 for i = 1, 3000000 do x = f(x) end"),
    ("fib", "fib(27)", c"local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end fib(27)"),
    ("array", "reads of an array", c"local t = {} for i = 1, 200 do t[i] = i end local x = 0 for r = 1, 10000 do for i = 1, #t do x = x + t[i] end end"),
    ("pairs", "pairs", c"local t = {} for i = 1, 1000 do t['k' .. i] = i end local x = 0 for r = 1, 500 do for k, v in pairs(t) do x = x + v end end"),
    ("sparse", "sparse integer keys", c"local t = {} for i = 1, 100 do t[i * 1000] = i end local x = 0 for r = 1, 10000 do for i = 1, 100 do x = x + t[i * 1000] end end"),
    ("strings", "string functions", c"local n = 0 for i = 1, 60000 do local s = 'key' .. i n = n + #s if s:find('9', 1, true) then n = n + 1 end s = s:gsub('%d', 'x') end"),
];

pub(super) fn rows() -> Vec<Row> {
    SCRIPTS.iter().map(row).collect()
}

fn subject(
    role: Role,
    name: &str,
    script: &'static CStr,
    run: fn(&CStr) -> Result<f64, Failure>,
) -> Subject {
    Subject::new(role, name, move |_| Ok(Once(move || run(script))))
}

fn row(&(name, title, script): &Script) -> Row {
    Row {
        id: format!("limits/lua/{name}"),
        title: title.to_owned(),
        what: "A script on the interpreter alone: unedited Lua 5.4, ours with a limit that looks at the clock every \
               50,000 units, ours without a limit, and unedited Lua with a count hook, the usual way to limit a script.",
        fair: "The same Lua release, compiler flags and allocator. The hooks do nothing when they are called; a real \
               one would look at a clock.",
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects: vec![
            subject(Role::Floor, "stock Lua, no limits", script, |s| stock(s, 0)),
            subject(Role::Ours, "under limits", script, |s| metered(s, true)),
            subject(Role::Ours, "no limit set", script, |s| metered(s, false)),
            subject(Role::Peer, "stock, hook every 1,000", script, |s| {
                stock(s, 1_000)
            }),
            subject(Role::Peer, "stock, hook every 100,000", script, |s| {
                stock(s, 100_000)
            }),
        ],
    }
}
