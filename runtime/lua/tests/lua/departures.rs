//! `docs/lua.md` says where classes depart from Lua 5.4. Each of its rows is shown by a script, and no row is without one.

use std::collections::BTreeSet;

use crate::fixture::Lab;

const PAGE: &str = include_str!("../../../../docs/lua.md");

/// The beginning of a row, and a script that fails unless it is true.
const SHOWN: &[(&str, &str)] = &[
    (
        "finalizers: `__gc`",
        "local ok, why = pcall(setmetatable, {}, { __gc = print }) assert(not ok and why:find('__gc'), why)
         local mt = {} setmetatable({}, mt) mt.__gc = function() cls.log('BREACH') end
         for i = 1, 50000 do local garbage = {} end",
    ),
    (
        "weak tables: `__mode`",
        "local t = setmetatable({}, { __mode = 'k' }) for i = 1, 10 do t[{}] = true end
         for i = 1, 50000 do local garbage = {} end
         local n = 0 for _ in pairs(t) do n = n + 1 end assert(n == 10)",
    ),
    (
        "to-be-closed variables:",
        "local f, why = load('local x <close> = nil') assert(f == nil and why:find('not available'), why)
         local ok, why = pcall(function() for _ in next, {}, nil, {} do end end) assert(not ok and why:find('closing'), why)
         local ok, why = pcall(setmetatable, {}, { __close = print }) assert(not ok and why:find('__close'), why)",
    ),
    (
        "`coroutine`, `xpcall`",
        "for _, name in ipairs{ 'coroutine', 'xpcall', 'io', 'os', 'debug', 'package', 'require', 'dofile', 'loadfile',
                                'collectgarbage' } do assert(_G[name] == nil, name) end
         assert(string.dump == nil)",
    ),
    (
        "the metatable of strings",
        "assert(getmetatable('') == false and getmetatable(bufferlist.new()) == false)",
    ),
    (
        "binary chunks",
        "for _, mode in ipairs{ 'b', 't', 'bt' } do
           local f, why = load('\\27Lua', 'n', mode)
           assert(f == nil and why == 'binary chunks are not loaded: give the source text', why)
         end",
    ),
    (
        "`pcall` after a failed",
        "local ok, errno, why = pcall(cls.getxattr, 'x') assert(ok == false and errno == -cls.ENOENT and why:find('ENOENT'), why)",
    ),
    (
        "`print`, `warn`",
        "print('LOGGED', 1) warn('LOGGED')",
    ),
    (
        "`load`",
        "local f, why = load('= 1', 'name') assert(f == nil and why:find('^load:1:'), why)
         assert(load((' '):rep(256 * 1024)) and not load((' '):rep(256 * 1024 + 1)) and not load(function() end))",
    ),
    (
        "globals and library tables",
        "assert(changed == nil and string.changed == nil) changed = true string.changed = true",
    ),
    (
        "order of strings",
        "local t = { 'b', 'é', 'a', 'Z' } table.sort(t) assert(table.concat(t) == 'Zabé' and 'Z' < 'a' and 'z' <= 'é')",
    ),
    (
        "`tostring` of a table",
        "assert(tostring({}) == 'table: 0x0' and string.format('%p', {}) == '0x0')",
    ),
    (
        "`math.random`",
        "local first = tostring(math.random(1 << 30))
         local ok, known = pcall(cls.map_get_val, 'first') assert(not ok or known:str() == first)
         cls.map_set_val('first', first)",
    ),
    (
        "`math.randomseed()` without",
        "math.randomseed(5) local next_one = math.random(0) math.randomseed(5)
         local seed, second = math.randomseed() assert(seed == next_one and second == 0)
         assert(select('#', math.randomseed(42)) == 2)",
    ),
    ("NaN as text", "assert(tostring(0/0) == 'nan' and ('%f'):format(-(0/0)) == 'nan')"),
    ("`(\"\"):rep(n)`", "local s = (''):rep(10000000) assert(s == '')"),
    (
        "`table.sort` with an order",
        "local function calls() local n, t = 0, {} for i = 1, 200 do t[i] = i * 7 % 50 end
           pcall(table.sort, t, function(a, b) n = n + 1 return n % 3 == 0 end) return n end
         assert(calls() == calls())",
    ),
    (
        "names in error messages",
        "local ok, why = pcall(load('local t = {} t.' .. ('n'):rep(5000) .. '()')) assert(#why < 300, #why)
         local ok, why = pcall(cls.read) assert(why:find(\"'cls.read'\", 1, true), why)",
    ),
    ("no memory", "pcall(string.rep, 'x', 1 << 26) error('BREACH')"),
    ("a limit (fuel", "pcall(function() while true do end end) error('BREACH')"),
    (
        "order of `pairs`",
        "local a, b = {}, {} for i = 1, 100 do a[i * 1000] = i b[i * 1000] = i end
         local x, y = {}, {} for k in pairs(a) do x[#x + 1] = k end for k in pairs(b) do y[#y + 1] = k end
         assert(table.concat(x, ' ') == table.concat(y, ' '))",
    ),
];

/// First cells of the tables' rows.
fn rows() -> Vec<&'static str> {
    PAGE.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|row| !row.starts_with("what |"))
        .collect()
}

#[test]
fn each_row_has_a_script_and_each_script_a_row() {
    let rows = rows();
    assert!(rows.len() > 15, "{rows:?}");
    let mut unused: BTreeSet<&str> = SHOWN.iter().map(|&(row, _)| row).collect();
    for row in rows {
        let shown = SHOWN.iter().filter(|(begin, _)| row.starts_with(begin));
        // The longest beginning is meant.
        let shown = shown.max_by_key(|(begin, _)| begin.len());
        let &(begin, _) = shown.unwrap_or_else(|| panic!("nothing shows the row {row:?}"));
        assert!(unused.remove(begin), "{begin:?} stands for two rows");
    }
    assert!(unused.is_empty(), "no such rows: {unused:?}");
}

#[test]
fn the_rows_are_true() {
    for &(row, script) in SHOWN {
        let lab = Lab::of(&format!("function go() {script} end cls.register(go)"));
        for round in 1..=2 {
            let result = lab.exec("t", "go", b"").result;
            match row {
                "no memory" | "a limit (fuel" => {
                    assert!(
                        crate::fixture::limit(&result).is_some(),
                        "{row}: {result:?}"
                    );
                }
                _ => assert!(result.is_ok(), "{row}, round {round}: {result:?}"),
            }
        }
        let logged = lab.logged();
        let expected = if row.starts_with("`print`") { 4 } else { 0 };
        assert_eq!(logged.len(), expected, "{row}: {logged:?}");
    }
}
