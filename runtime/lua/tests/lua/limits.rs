//! Limits are met in time and cannot be swallowed.

use std::time::Instant;

use objclass::{LimitKind, Limits};

use runtime_lua::Guards;

use crate::fixture::{Lab, limit};

fn lab(limits: Limits, text: &str) -> Lab {
    let lab = Lab::with(limits);
    lab.add("t", text);
    lab
}

#[test]
fn fuel_ends_a_loop_and_pcall_does_not_save_it() {
    let lab = lab(
        Limits {
            fuel: 1_000_000,
            ..Limits::INSTALLED
        },
        "function go(input, output)
           while true do pcall(function() while true do end end) cls.log('BREACH') output:append('BREACH') end
         end
         cls.register(go)",
    );
    let done = lab.exec("t", "go", b"");
    assert_eq!(limit(&done.result), Some(LimitKind::Fuel));
    assert!(lab.logged().is_empty());
    assert!(done.usage.fuel >= 1_000_000 && done.usage.fuel < 1_100_000);
}

#[test]
fn the_deadline_ends_a_loop() {
    let lab = lab(
        Limits {
            fuel: u64::MAX,
            deadline_ms: 50,
            ..Limits::INSTALLED
        },
        "function go() while true do pcall(string.rep, 'x', 10) end end cls.register(go)",
    );
    let start = Instant::now();
    let done = lab.exec("t", "go", b"");
    assert_eq!(limit(&done.result), Some(LimitKind::Deadline));
    assert!(start.elapsed().as_millis() < 500);
}

#[test]
fn the_first_lack_of_memory_is_final() {
    let lab = lab(
        Limits {
            memory: 1 << 20,
            ..Limits::INSTALLED
        },
        "function tables() local t = {} pcall(function() for i = 1, 1e9 do t[i] = { i } end end) cls.log('BREACH') end
         function once() pcall(string.rep, 'x', 1 << 24) cls.log('BREACH') end
         function garbage() for i = 1, 100000 do local t = { i, i, i } end return 3 end
         function strings() local s = '' for i = 1, 2000 do s = s .. 'xxxxxxxxxx' end return 4 end
         function buffer(input, output) local b = bufferlist.new() while true do b:append(('x'):rep(1000)) end end
         cls.register(tables) cls.register(once) cls.register(garbage) cls.register(strings) cls.register(buffer)",
    );
    for method in ["tables", "once", "buffer"] {
        let done = lab.exec("t", method, b"");
        assert_eq!(
            limit(&done.result),
            Some(LimitKind::Memory),
            "{method} {done:?}"
        );
        assert!(done.usage.memory <= 1 << 20);
    }
    assert_eq!(lab.ret("garbage"), 3);
    assert_eq!(lab.ret("strings"), 4);
    assert!(lab.logged().is_empty());
}

#[test]
fn output_log_and_object_bytes_are_bounded() {
    let lab = lab(
        Limits {
            output: 1000,
            log: 1000,
            object_written: 4000,
            omap_keys: 10,
            ..Limits::INSTALLED
        },
        "function output(i, o) while true do pcall(o.append, o, 'xxxxxxxxxxxxxx') end end
         function logs() while true do pcall(cls.log, '') end end
         function writes() while true do pcall(cls.write, 0, 10, 'xxxxxxxxxx') end end
         function keys() local i = 0 while true do i = i + 1 pcall(cls.map_set_val, 'k' .. i, '') end end
         function same() local t, v = {}, ('v'):rep(900) for i = 1, 100 do t[i] = v end cls.map_set_vals(t) end
         for _, f in ipairs{ output, logs, writes, keys, same } do cls.register(f) end",
    );
    for (method, kind) in [
        ("output", LimitKind::Output),
        ("logs", LimitKind::Log),
        ("writes", LimitKind::ObjectWritten),
        ("keys", LimitKind::OmapKeys),
        ("same", LimitKind::ObjectWritten),
    ] {
        assert_eq!(limit(&lab.exec("t", method, b"").result), Some(kind));
    }
}

#[test]
fn loading_runs_under_the_limits_too() {
    let lab = Lab::with(Limits {
        fuel: 1_000_000,
        memory: 1 << 20,
        ..Limits::INSTALLED
    });
    let error = lab.try_add("x", "while true do end").unwrap_err();
    assert!(error.to_string().contains("fuel limit"), "{error}");
    let error = lab
        .try_add("x", "local t = {} while true do t[#t + 1] = {} end")
        .unwrap_err();
    assert!(error.to_string().contains("memory limit"), "{error}");
}

#[test]
fn nested_calls_share_the_limits_and_end() {
    let lab = Lab::of(
        "function again() return cls.call('t', 'again') end
         function deep() local function f(s) return (s:gsub('.', function() return cls.call('t', 'deep') end)) end
           local function g(n) if n == 0 then return f('a') end return (('a'):gsub('.', function() return g(n - 1) end)) end
           return g(180) end
         cls.register(again) cls.register(deep)",
    );
    assert_eq!(
        limit(&lab.exec("t", "again", b"").result),
        Some(LimitKind::NestedCalls)
    );
    assert!(lab.exec("t", "deep", b"").result.is_err());
}

/// A class that takes long to load, and whose method needs a second instance of it.
const SLOW: &str = "local x = 0 for i = 1, 20000000 do x = x + i end
    function inner() end function outer() return (cls.call('t', 'inner')) end
    cls.register(inner) cls.register(outer)";

#[test]
fn another_instance_is_made_in_the_time_its_call_has_left() {
    let patient = Limits {
        deadline_ms: 20_000,
        ..Limits::INSTALLED
    };
    let start = Instant::now();
    assert_eq!(lab(patient, SLOW).ret("outer"), 0);
    let loaded_twice = start.elapsed();

    let mut lab = lab(patient, SLOW);
    lab.limits.deadline_ms = 10;
    let start = Instant::now();
    let done = lab.exec("t", "outer", b"");
    assert_eq!(limit(&done.result), Some(LimitKind::Deadline));
    assert!(start.elapsed() < loaded_twice / 2, "{:?}", start.elapsed());
}

#[test]
fn nested_calls_share_the_memory_limit() {
    let lab = Lab::of(
        "function hog(input)
           local n = tonumber(input:str())
           local mine = ('x'):rep(1500000) .. n
           if n > 1 then return (cls.call('t', 'hog', tostring(n - 1))) end
         end
         cls.register(hog)",
    );
    let limit_bytes = lab.limits.memory;
    assert!(lab.exec("t", "hog", b"2").result.is_ok());
    let done = lab.exec("t", "hog", b"12");
    assert_eq!(limit(&done.result), Some(LimitKind::Memory));
    assert!(done.usage.memory > limit_bytes / 2 && done.usage.memory <= limit_bytes);
    assert!(lab.exec("t", "hog", b"2").result.is_ok());
}

/// Keys a class leaves in its image, its limit 4 MiB: its state and the image of it.
fn kept(count: u32, guards: Guards) -> Result<u64, String> {
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::INSTALLED
    };
    let lab = Lab::bare(limits, guards);
    let text = format!(
        "local kept = {{}} for i = 1, {count} do kept[i] = {{}} end function go() end cls.register(go)"
    );
    lab.try_add("t", &text).map_err(|error| error.to_string())?;
    let done = lab.exec("t", "go", b"");
    done.result.map_err(|error| error.to_string())?;
    Ok(done.usage.memory)
}

#[test]
fn what_a_class_leaves_counts_twice_as_its_image_does() {
    let bare = Guards {
        memory: false,
        ..Guards::ALL
    };
    assert!(kept(30_000, bare).unwrap() < 3 << 20);
    let error = kept(30_000, Guards::ALL).unwrap_err();
    assert!(error.contains("memory"), "{error}");
    assert!(kept(15_000, Guards::ALL).unwrap() > 2 << 20);
}

#[test]
fn putting_a_large_image_back_is_paid() {
    let fuel = |count: u32| {
        let lab = Lab::of(&format!(
            "local kept = {{}} for i = 1, {count} do kept[i] = {{}} end function go() end cls.register(go)"
        ));
        let first = lab.exec("t", "go", b"").usage.fuel;
        assert_eq!(first, lab.exec("t", "go", b"").usage.fuel);
        first
    };
    let (small, large) = (fuel(1), fuel(60_000));
    assert!(small < 100, "{small}");
    assert!(large > 60_000 * 56 / 32, "{large}");
}

#[test]
fn a_callee_gets_no_more_memory_than_is_left() {
    let lab = Lab::of(
        "function go(input) local mine = ('x'):rep(12000000) return (cls.call('large', 'go')) end cls.register(go)",
    );
    lab.add(
        "large",
        "local kept = {} for i = 1, 40000 do kept[i] = {} end function go() end cls.register(go)",
    );
    assert!(lab.exec("large", "go", b"").result.is_ok());
    assert_eq!(
        limit(&lab.exec("t", "go", b"").result),
        Some(LimitKind::Memory)
    );
}

#[test]
fn blocks_of_one_size_are_used_again() {
    // Making one takes another of the same size for a moment: ten fit only if that one is found each time.
    let lab = Lab::of(
        "function go() local t = {} for i = 1, 10 do t[i] = string.rep('x', 1000000 - i) end return #t end
         cls.register(go)",
    );
    assert_eq!(lab.ret("go"), 10);
}

#[test]
fn sorting_the_names_of_a_table_looks_at_the_clock() {
    let limits = Limits {
        deadline_ms: 40,
        fuel: u64::MAX,
        memory: 64 << 20,
        ..Limits::INSTALLED
    };
    // Built while the class is loaded, as the deadline is for the sort.
    let text = "local t = {} for i = 1, 200000 do t['key ' .. i] = true end
        function go() return #json.encode(t) end cls.register(go)";
    let patient = Limits {
        deadline_ms: 60_000,
        ..limits
    };
    let mut lab = Lab::with(patient);
    lab.add("t", text);
    lab.limits = limits;
    let done = lab.exec("t", "go", b"");
    assert_eq!(limit(&done.result), Some(LimitKind::Deadline));
    assert!(done.usage.longest_gap_us < 200_000, "{:?}", done.usage);
}

#[test]
fn a_class_within_itself_that_finds_no_memory_met_the_limit() {
    let lab = Lab::of(
        "local kept = {} for i = 1, 40000 do kept[i] = {} end
         function go(input) return (cls.call('t', 'go')) end cls.register(go)",
    );
    let done = lab.exec("t", "go", b"");
    assert_eq!(limit(&done.result), Some(LimitKind::Memory), "{done:?}");
}
