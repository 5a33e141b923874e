//! `json` and `cmsgpack` as scripts see them.

use crate::fixture::Lab;

fn run(body: &str) {
    let lab = Lab::of(&format!(
        "function go(input, output) {body} end cls.register(go)"
    ));
    lab.exec("t", "go", b"").result.unwrap();
}

#[test]
fn json_round_trips() {
    run(r#"
        local text = '{"a":[1,2.5,"x\\n\\u0001é",true,null,[],{}],"b":{"c":-9223372036854775808,"d":1e300}}'
        local value = json.decode(text)
        assert(value.a[1] == 1 and math.type(value.a[1]) == 'integer' and value.a[2] == 2.5 and value.a[3] == 'x\n\1é')
        assert(value.a[4] == true and value.a[5] == json.null and #value.a == 7 and value.b.c == math.mininteger)
        assert(json.encode(value) == text, json.encode(value))
        assert(json.encode({}) == '{}' and json.encode(json.array()) == '[]' and json.encode(json.array({ 1 })) == '[1]')
        assert(json.encode(nil) == 'null' and json.encode(1.0) == '1.0' and json.encode('\127') == '"\\u007f"')
        assert(json.encode(bufferlist.new('b')) == '"b"' and json.decode(bufferlist.new('[1]'))[1] == 1)
        assert(json.decode('"\\ud83d\\ude00/"') == '😀/')
    "#);
}

#[test]
fn an_array_stays_one_when_it_becomes_empty() {
    run(r#"
        local q = json.decode('{"queue":["j1"],"map":{"a":1}}')
        table.remove(q.queue) q.map.a = nil
        assert(json.encode(q) == '{"map":{},"queue":[]}', json.encode(q))
        local a = json.decode('[null, [1]]') a[1] = nil a[2][1] = nil
        assert(json.encode(a[2]) == '[]') a[2] = nil
        assert(json.encode(a) == '[]')
        -- The mark is no metatable: it is in nobody's way, and a copy does not have it.
        assert(getmetatable(a) == nil and setmetatable(a, { __index = { x = 1 } }).x == 1 and json.encode(a) == '[]')
        assert(json.encode(table.move(a, 1, 0, 1, {})) == '{}')
        for _ = 1, 50000 do local garbage = {} end
        assert(json.encode(a) == '[]')
    "#);
}

#[test]
fn a_table_within_itself_is_refused_at_once() {
    run(r#"
        local t = {} for i = 1, 20000 do t['k' .. i] = true end
        t.z = { 1, { t } }
        for _, encode in ipairs{ json.encode, cmsgpack.pack } do
          local ok, message = pcall(encode, t)
          assert(not ok and message:find('a table holds itself'), message)
        end
        -- Twice is not within.
        local leaf = { 1 }
        assert(json.encode({ leaf, leaf }) == '[[1],[1]]')
    "#);
}

#[test]
fn json_refuses_what_has_no_form() {
    run(r#"
        local cycle = {} cycle[1] = cycle
        for _, bad in ipairs{ { [2] = 1 }, { 1, a = 2 }, { [1.5] = 1 }, { print }, { 0/0 }, { 1/0 }, { '\255' }, cycle,
                              json.array({ a = 1 }) } do
          local ok, message = pcall(json.encode, bad)
          assert(not ok and message:find('json.encode: '), message)
        end
        for _, bad in ipairs{ '', '[1,]', '{"a":1,}', '{"a":1,"a":2}', '[1 2]', '{1:2}', '01', '"\\ud800"', '[1]x', '{"a" 1}',
                              'nulls', ('['):rep(65) .. (']'):rep(65), ('['):rep(100000), ('{"a":'):rep(100000), '1e999' } do
          local ok, message = pcall(json.decode, bad)
          assert(not ok and message:find('json.decode: .* at byte %d+'), message)
        end
        assert(json.decode(('['):rep(64) .. (']'):rep(64)))
    "#);
}

#[test]
fn cmsgpack_round_trips() {
    run(r#"
        local function same(...)
          local n = select('#', ...)
          local out = table.pack(cmsgpack.unpack(cmsgpack.pack(...)))
          assert(out.n == n)
          for i = 1, n do assert(out[i] == select(i, ...), tostring(out[i])) end
        end
        same(nil, true, false, 0, 127, 128, 65536, 1 << 40, math.maxinteger, -1, -33, -200, -40000, math.mininteger, 1.5, 0.1)
        same('', 'x', ('y'):rep(40), ('z'):rep(300), ('w'):rep(70000), '\0\255')
        local value = cmsgpack.unpack(cmsgpack.pack({ 1, { a = { 'b' }, [2.5] = 3, [true] = 4 }, bufferlist.new('bl') }))
        assert(value[1] == 1 and value[2].a[1] == 'b' and value[2][2.5] == 3 and value[2][true] == 4 and value[3] == 'bl')
        assert(cmsgpack.pack({ 1, 2 }) == '\x92\1\2' and cmsgpack.pack({ b = 2, a = 1 }) == '\x82\xa1a\1\xa1b\2')
        assert(cmsgpack.pack(2.0) == '\2' and cmsgpack.pack(0.5) == '\xca\x3f\0\0\0' and cmsgpack.pack({}) == '\x90')
        assert(cmsgpack.unpack('') == nil and cmsgpack.unpack('\xcf\255\255\255\255\255\255\255\255') == 2^64)
    "#);
}

#[test]
fn cmsgpack_refuses_what_lies() {
    run(r#"
        local cycle = {} cycle[1] = cycle
        assert(not pcall(cmsgpack.pack, cycle) and not pcall(cmsgpack.pack))
        for _, bad in ipairs{ '\xdd\255\255\255\255', '\xdf\255\255\255\255', '\xdb\255\255\255\255x', '\x92\1', '\xc1', '\xd4\1\2',
                              '\x81\xc0\1', '\x81\xcb\x7f\xf8\0\0\0\0\0\0\1', ('\x91'):rep(100) .. '\1', ('\x91'):rep(100000) } do
          local ok, message = pcall(cmsgpack.unpack, bad)
          assert(not ok and message:find('cmsgpack.unpack: .* at byte %d+'), message)
        end
    "#);
}

#[test]
fn what_is_encoded_is_the_same_whatever_the_order_of_the_table() {
    run(r#"
        local a, b = {}, {}
        for i = 1, 100 do a['k' .. i] = i end
        for i = 100, 1, -1 do b['k' .. i] = i end
        assert(json.encode(a) == json.encode(b) and cmsgpack.pack(a) == cmsgpack.pack(b))
    "#);
}
