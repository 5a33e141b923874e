//! The end of a call: nothing of the guest runs after it, and where it comes does not depend on the machine.

use std::time::Duration;

use lua_sys::Guards;

use crate::harness::{Limits, Outcome, run};

/// Everything in the language that could run code on the way out.
const PROBE: &str = r#"
    local function after(what) note("ran: " .. what) end
    local talkative = setmetatable({}, {
        __index = function() after("__index") end,
        __tostring = function() after("__tostring") return "" end,
    })
    local function work() while true do end end
    local sorted = {3, 1, 2}
    pcall(function()
        xpcall(function()
            pcall(table.sort, sorted, function(a, b)
                pcall(string.gsub, "abc", ".", function()
                    local ok = pcall(work)
                    after("pcall in gsub")
                    return tostring(talkative)
                end)
                after("sort")
            end)
            after("xpcall body")
        end, function(e) after("message handler") return talkative.x end)
        after("outer pcall")
    end)
    after("script")
"#;

#[test]
fn nothing_of_the_guest_runs_after_the_deadline() {
    let run = run(PROBE, Limits::default());
    assert_eq!(run.outcome, Outcome::Deadline);
    assert_eq!(run.notes, [""; 0]);
}

#[test]
fn nothing_of_the_guest_runs_after_the_fuel_is_used_up() {
    let limits = Limits {
        fuel: 300_000,
        ..Limits::default()
    };
    let run = run(PROBE, limits);
    assert_eq!(run.outcome, Outcome::Fuel);
    assert_eq!(run.notes, [""; 0]);
}

#[test]
fn without_its_guard_the_end_can_be_caught() {
    let limits = Limits::default().without(Guards::STICKY);
    let run = run(PROBE, limits);
    assert!(
        run.notes.contains(&"ran: pcall in gsub".to_owned()),
        "{run:?}"
    );
}

const FILL: &str = r#"
    local kept = {}
    local ok = pcall(function() for i = 1, 1e9 do kept[i] = {i} end end)
    kept = nil
    note("went on: " .. tostring(ok))
"#;

#[test]
fn the_first_failed_allocation_is_the_end() {
    let limits = Limits {
        deadline: Duration::from_secs(10),
        ..Limits::default()
    };
    let run = run(FILL, limits);
    assert_eq!(run.outcome, Outcome::Memory);
    assert_eq!(run.notes, [""; 0]);
}

#[test]
fn without_its_guard_a_failed_allocation_can_be_caught() {
    let limits = Limits {
        deadline: Duration::from_secs(10),
        ..Limits::default()
    };
    let run = run(FILL, limits.without(Guards::MEMORY));
    assert_eq!(run.notes, ["went on: false"]);
}

#[test]
fn a_buffer_of_the_library_gets_the_second_try_after_a_collection() {
    let script = r#"
        for i = 1, 40 do local s = ("x"):rep(3 << 20) .. i end
        return "enough memory"
    "#;
    let run = run(
        script,
        Limits {
            deadline: Duration::from_secs(10),
            ..Limits::default()
        },
    );
    assert_eq!(run.outcome, Outcome::Returned("enough memory".to_owned()));
}

/// A bit of everything, to be the same everywhere.
const MIXED: &str = r#"
    local t = {}
    for i = 1, 2000 do
        t[i] = {name = "n" .. i, f = function() return i end}
        t["k" .. i % 50] = i / 3
        t[i * 1000] = true
    end
    table.sort(t, function(a, b) return a.name < b.name end)
    local s = ("lorem ipsum "):rep(200):gsub("%w+", string.upper)
    local n = 0
    for k, v in pairs(t) do n = n + #tostring(k) end
    for _, x in ipairs(t) do n = n + x.f() end
    return n .. s:sub(1, 20) .. tostring({}) .. math.random(1 << 40)
"#;

#[test]
fn a_script_uses_the_same_fuel_and_answers_the_same_wherever_its_heap_lies() {
    let limits = Limits {
        deadline: Duration::from_secs(10),
        ..Limits::default()
    };
    let first = run(MIXED, limits);
    assert!(
        matches!(first.outcome, Outcome::Returned(_)),
        "{:?}",
        first.outcome
    );
    assert!(first.fuel > 100_000, "{}", first.fuel);
    // Blocks kept alive move the next heap elsewhere.
    let _elsewhere: Vec<Vec<u8>> = (0..1000).map(|i| vec![0; i * 7]).collect();
    let second = run(MIXED, limits);
    assert_eq!(first.fuel, second.fuel);
    assert_eq!(first.outcome, second.outcome);
}

#[test]
fn fuel_stands_for_instructions() {
    // Two instructions a turn: the addition (the instruction for its metamethod is jumped over) and the loop.
    let run = |turns: u32| {
        let script = format!("local x = 0 for i = 1, {turns} do x = x + i end");
        run(
            &script,
            Limits {
                deadline: Duration::from_secs(10),
                ..Limits::default()
            },
        )
        .fuel
    };
    assert_eq!(run(200_000) - run(100_000), 3 * 100_000);
}
