//! Each guard taken off, to see what it holds.

use std::time::Duration;

use lua_sys::Guards;

use crate::harness::{Limits, Outcome, Run, SLOWER, run};

fn patient() -> Limits {
    Limits {
        deadline: Duration::from_secs(20),
        ..Limits::default()
    }
}

fn returned(script: &str, limits: Limits) -> String {
    match run(script, limits).outcome {
        Outcome::Returned(text) => text,
        other => panic!("{script}: {other:?}"),
    }
}

fn refused(script: &str, limits: Limits) -> String {
    match run(script, limits).outcome {
        Outcome::Error(text) => text,
        other => panic!("{script}: {other:?}"),
    }
}

#[test]
fn work_inside_c_functions_pays() {
    // Each of these does a lot inside one call. The figure is what an unguarded run pays for the call itself.
    for script in [
        r#"return ("").rep("", 1 << 22)"#,
        r#"return #table.move({}, 1, 1 << 18, 2)"#,
        r#"return (("a"):rep(400) .. "b"):find(".-.-c")"#,
        r#"return (("a"):rep(1 << 20)):find(("a"):rep(1000) .. "b", 1, true)"#,
        r#"return #(("x"):rep(1 << 20)):upper()"#,
        r#"return string.packsize("c" .. ("0"):rep(1 << 20))"#,
        r#"return utf8.len(("x"):rep(1 << 20))"#,
        r#"return tonumber((" "):rep(1 << 20) .. 1)"#,
        r#"local a = ("\0"):rep(1 << 20) return a .. "a" < a .. "b""#,
        r#"local a = ("x"):rep(1 << 20) return a .. "a" == a .. "b""#,
        r#"local t = {} for i = 1, 3e4 do t["k" .. i] = 1 end for i = 1, 3e4 do t["k" .. i] = nil end
           for i = 1, 100 do next(t) end"#,
        r#"local t = {} for i = 1, 1900 do t = setmetatable({}, {__index = t}) end
           for i = 1, 100 do local _ = t.x end"#,
    ] {
        let guarded = run(script, patient()).fuel;
        let unguarded = run(script, patient().without(Guards::WORK)).fuel;
        assert!(
            guarded > unguarded + 10_000,
            "{script}: {guarded} with the guard, {unguarded} without"
        );
    }
}

#[test]
fn without_payment_one_call_outlives_the_deadline() {
    let script = r#"for i = 1, 3 do local s = (""):rep(1 << 27) end"#;
    let limits = Limits {
        deadline: Duration::from_millis(20),
        ..Limits::default()
    };
    let guarded = run(script, limits);
    assert_eq!(guarded.outcome, Outcome::Deadline);
    let unguarded = run(script, limits.without(Guards::WORK));
    assert!(
        unguarded.gap > 4 * guarded.gap && unguarded.gap > Duration::from_millis(40),
        "{:?} without the guard, {:?} with it",
        unguarded.gap,
        guarded.gap
    );
}

#[test]
fn keys_that_collide_in_stock_lua_are_spread() {
    // Multiples of 2^k - 1 share a place in the table of stock Lua: 8192 keys make one chain of 8192 nodes.
    let script = r#"
        local t = {}
        for i = 1, 8192 do t[i * 8191 * 16383] = 1 end
        local found = 0
        for i = 1, 8192 do if t[i * 8191 * 16383] then found = found + 1 end end
        return found
    "#;
    let fuel = |limits: Limits| {
        let run = run(script, limits);
        assert_eq!(run.outcome, Outcome::Returned("8192".to_owned()));
        run.fuel
    };
    let keyed = fuel(patient());
    let stock = fuel(patient().without(Guards::HASHES));
    // Chains pay for their length, so fuel shows what time would.
    assert!(
        stock > 10 * keyed,
        "{keyed} with keyed hashes, {stock} with the formulas of stock Lua"
    );
}

/// Values by key in the order of `pairs`, for keys that are multiples of `step`.
fn order(step: u64, seed: [u64; 2]) -> String {
    let script = format!(
        "local t = {{}} for i = 1, 512 do t[i * {step}] = i end
         local order = {{}} for _, i in pairs(t) do order[#order + 1] = i end
         return table.concat(order, ' ')"
    );
    match run(&script, Limits { seed, ..patient() }).outcome {
        Outcome::Returned(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_order_of_a_traversal_tells_no_multiple_of_the_key() {
    // A product with a secret takes equal steps to equal steps: half of all neighbours would be one distance apart.
    for seed in [[1, 2], [0x1234_5678_9abc, 0xdef0], [7 << 50, 3]] {
        let order: Vec<i64> = order(1_000_003, seed)
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        let mut distances = std::collections::HashMap::new();
        for pair in order.windows(2) {
            *distances.entry(pair[1] - pair[0]).or_insert(0) += 1;
        }
        let most = distances.values().max().unwrap();
        assert!(*most < 64, "{most} neighbours of {} are alike", order.len());
    }
    assert_ne!(
        order(7, [1, 2]),
        order(7, [1, 3]),
        "the seed has no part in it"
    );
}

#[test]
fn long_strings_hash_with_the_whole_key() {
    // The hash of Lua takes 32 bits of the seed: two seeds that agree in them would give one order.
    let script = "local t = {} for i = 1, 300 do t[('x'):rep(100) .. i] = i end
        local order = {} for _, i in pairs(t) do order[#order + 1] = i end return table.concat(order, ' ')";
    let order =
        |guards: Limits, seed: [u64; 2]| match run(script, Limits { seed, ..guards }).outcome {
            Outcome::Returned(text) => text,
            other => panic!("{other:?}"),
        };
    assert_ne!(order(patient(), [5, 6]), order(patient(), [5, 7]));
    let stock = patient().without(Guards::HASHES);
    assert_eq!(order(stock, [5, 6]), order(stock, [5, 7]));
}

#[test]
fn tables_have_no_finalizers() {
    let script = r#"
        local ran = 0
        for i = 1, 1000 do
            local mt = {}
            local o = setmetatable({}, mt)
            mt.__gc = function() ran = ran + 1 end
            pcall(setmetatable, o, mt)
        end
        for i = 1, 1e5 do local garbage = {i} end
        return tostring(ran > 0)
    "#;
    assert_eq!(returned(script, patient()), "false");
    assert_eq!(
        returned(script, patient().without(Guards::FINALIZERS)),
        "true"
    );
    let message = refused("setmetatable({}, {__gc = print})", patient());
    assert!(
        message.ends_with("metafield '__gc' is not available: tables have no finalizers"),
        "{message}"
    );
}

#[test]
fn there_are_no_closing_variables() {
    let declared =
        r#"local x <close> = setmetatable({}, {__close = function() note("closed") end})"#;
    let looped = r#"
        local mt = {}
        local closing = setmetatable({}, mt)
        mt.__close = function() note("closed") end
        for _ in next, {}, nil, closing do end
    "#;
    for script in [declared, looped] {
        let message = refused(script, patient());
        assert!(message.contains("not available"), "{message}");
    }
    let unguarded = |script| run(script, patient().without(Guards::CLOSING)).notes;
    assert_eq!(unguarded(declared), ["closed"]);
    assert_eq!(unguarded(looped), ["closed"]);
    let message = refused("setmetatable({}, {__close = print})", patient());
    assert!(message.contains("'__close' is not available"), "{message}");
}

#[test]
fn tables_are_never_weak() {
    let script = r#"
        local mt = {}
        local t = setmetatable({}, mt)
        mt.__mode = "k"
        for i = 1, 100 do t[{}] = true end
        for i = 1, 1e5 do local garbage = {i} end
        local n = 0
        for _ in pairs(t) do n = n + 1 end
        return tostring(n == 100)
    "#;
    assert_eq!(returned(script, patient()), "true");
    assert_eq!(returned(script, patient().without(Guards::WEAK)), "false");
    // Asked for openly it is accepted, as a state that lives for one call loses nothing by keeping its entries.
    let asked = script.replace("setmetatable({}, mt)", "setmetatable({}, {__mode = 'k'})");
    assert_eq!(returned(&asked, patient()), "true");
    assert_eq!(returned(&asked, patient().without(Guards::WEAK)), "false");
}

#[test]
fn addresses_are_not_shown() {
    let script = r#"
        local shown = {}
        for _, v in ipairs{{}, print, function() end, string.gmatch("", "")} do
            shown[#shown + 1] = tostring(v)
            shown[#shown + 1] = string.format("%p %10p|%s", v, v, v)
        end
        return table.concat(shown, ";")
    "#;
    let hidden = returned(script, patient());
    assert!(
        hidden.starts_with("table: 0x0;0x0        0x0|table: 0x0;function: 0x0"),
        "{hidden}"
    );
    assert!(
        !returned("return tostring({}):find('0x%x%x%x%x')", patient())
            .starts_with(char::is_numeric)
    );
    assert_ne!(
        returned(script, patient().without(Guards::ADDRESSES)),
        hidden
    );
}

#[test]
fn binary_chunks_are_not_loaded() {
    let script = r#"
        local f, message = load(string.dump(function() return "ran" end), "x", "b")
        return f and f() or message
    "#;
    assert_eq!(
        returned(script, patient()),
        "binary chunks are not loaded: give the source text"
    );
    assert_eq!(returned(script, patient().without(Guards::TEXT)), "ran");
}

#[test]
fn names_in_messages_are_cut() {
    for script in [
        r#"local n = ("n"):rep(1e5) load("local t = {} t." .. n .. "()")()"#,
        r#"local f, e = load("x " .. ("n"):rep(1e5)) error(e)"#,
        r#"string.rep(setmetatable({}, {__name = ("n"):rep(1e5)}))"#,
        r#"local f, e = load("goto " .. ("n"):rep(1e5)) error(e)"#,
        r#"error(tostring(setmetatable({}, {__name = ("n"):rep(1e5)})))"#,
    ] {
        let length = |run: Run| match run.outcome {
            Outcome::Error(text) => text.len(),
            other => panic!("{script}: {other:?}"),
        };
        let cut = length(run(script, patient()));
        assert!(cut < 600, "{script}: {cut} bytes");
        let whole = length(run(script, patient().without(Guards::MESSAGES)));
        assert!(whole > 90_000, "{script}: {whole} bytes");
    }
}

#[test]
fn the_collector_s_work_is_the_guest_s() {
    let script = |live: u32| {
        format!(
            "local live = {{}} for i = 1, {live} do live[i] = {{}} end
             for i = 1, 100000 do local garbage = {{}} end"
        )
    };
    let fuel = |live| run(&script(live), patient()).fuel;
    // Beyond what making the live tables costs, each collection goes through them again.
    let building = fuel(50_000) - fuel(0);
    assert!(building > 50_000 * 8, "{building}");
    assert!(run("return 1", patient()).elapsed < Duration::from_secs(u64::from(SLOWER)));
}
