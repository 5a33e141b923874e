//! `ceph`: types, text forms, checksums.

use objclass::{Errno, LimitKind, Limits};

use crate::fixture::{Lab, limit};

/// Runs `body` with types `T` in scope.
fn lab(types: &str, body: &str) -> Lab {
    Lab::of(&format!(
        "local T <const> = ceph.types {{ {types} }} function go(input, output) {body} end cls.register(go)"
    ))
}

fn run(types: &str, body: &str) {
    lab(types, body).exec("t", "go", b"").result.unwrap();
}

#[test]
fn every_type_is_written_as_ceph_writes_it() {
    run(
        r#""all", "(a:u8 b:u16 c:u32 d:u64 e:i32 f:i64 g:bool h:str i:[u8] j:map(str, u8) k:?u8 l:?u8 m:time)""#,
        r#"
        local value = { a = 1, b = 0x203, c = 4, d = -1, e = -2, f = math.mininteger, g = true, h = 'x\0',
                        i = { 1, 2 }, j = { b = 2, a = 1 }, k = 7, m = 5000000006 }
        local bytes = T.all:encode(value)
        assert(ceph.hex(bytes) == '01' .. '0302' .. '04000000' .. ('ff'):rep(8) .. 'feffffff' .. '0000000000000080' .. '01'
          .. '020000007800' .. '020000000102' .. '02000000' .. '010000006101' .. '010000006202' .. '0107' .. '00'
          .. '0500000006000000', ceph.hex(bytes))
        local back = T.all:decode(bytes)
        assert(back.a == 1 and back.b == 0x203 and back.d == -1 and back.e == -2 and back.f == math.mininteger and back.g == true)
        assert(back.h == 'x\0' and #back.i == 2 and back.i[2] == 2 and back.j.a == 1 and back.k == 7 and back.l == nil)
        assert(back.m == 5000000006 and T.all:encode(back) == bytes)
        -- Missing fields are zero, empty, absent.
        local zero = T.all:decode(T.all:encode {})
        assert(zero.d == 0 and zero.g == false and zero.h == '' and #zero.i == 0 and next(zero.j) == nil and zero.k == nil)
        "#,
    );
}

#[test]
fn versioned_structs_read_older_and_newer_writers() {
    run(
        r#""old", "{1 1| a:u8}", "new", "{2 1| a:u8 b:str@2 c:[u8]@2}", "strict", "{2 2| a:u8}", "pair", "(x:new y:u8)""#,
        r#"
        local old, new = T.old:encode { a = 5 }, T.new:encode { a = 6, b = 'b', c = { 1 } }
        assert(ceph.hex(old) == '01010100000005')
        local value = T.new:decode(old)
        assert(value.a == 5 and value.b == '' and #value.c == 0)
        assert(T.old:decode(new).a == 6 and T.new:version(new) == 2 and T.new:version(old) == 1)
        local ok, errno, message = pcall(T.old.decode, T.old, T.strict:encode { a = 1 })
        assert(not ok and errno == -cls.EINVAL and message:find('old: written for readers of version 2, and this one knows 1'), message)
        -- A struct within another ends where it says, whatever follows.
        local longer = '\3\1' .. string.pack('<s4', '\5' .. string.pack('<s4', '') .. string.pack('<I4', 0) .. 'tail') .. '\9'
        local pair = T.pair:decode(longer)
        assert(pair.x.a == 5 and pair.y == 9)
        -- What follows the outermost value is ignored.
        assert(T.old:decode(old .. 'rubbish').a == 5 and T.old:decode(bufferlist.new(old)).a == 5)
        "#,
    );
}

#[test]
fn a_failure_names_the_field_and_ends_the_method_with_its_number() {
    let types = r#""locker", "(id:{1 1| name:name cookie:str} n:u8)", "lock", "{1 1| lockers:[locker] tag:str}""#;
    run(
        types,
        r#"
        local good = T.lock:encode { lockers = { { id = { cookie = 'c' } }, { id = { cookie = 'dd' } } }, tag = 't' }
        local function fails(bytes, text)
          local ok, errno, message = pcall(T.lock.decode, T.lock, bytes, cls.EIO)
          assert(not ok and errno == -cls.EIO and message:find(text, 1, true), message)
        end
        fails('', 'lock: 0 of 1 bytes')
        fails(good:sub(1, -2), 'lock: ')
        fails('\1\1' .. string.pack('<s4', string.pack('<I4', 1000000000)), 'lock.lockers: 1000000000 elements in 0 bytes')
        local second = good:gsub('\2\0\0\0dd', '\9\0\0\0dd')
        fails(second, 'lock.lockers[2].id.cookie: 2 of 9 bytes')
        local function refuses(value, text)
          local ok, message = pcall(T.lock.encode, T.lock, value)
          assert(not ok and message:find(text, 1, true), message)
        end
        refuses({ lockers = { {}, { n = 256 } } }, 'encode: lock.lockers[2].n: 256 does not fit u8')
        refuses({ lockers = { {}, { n = 1.5 } } }, 'lock.lockers[2].n: an integer is expected, not a number with a fraction')
        refuses({ tag = {} }, 'lock.tag: a string or a bufferlist is expected, not table')
        refuses({ lockers = 1 }, 'lock.lockers: a table is expected, not number')
        refuses({ lockers = { { id = { name = 'client.1' } } } }, 'lock.lockers[1].id.name: a table is expected, not string')
        "#,
    );
    let lab = lab(types, "T.lock:decode(input)");
    let error = lab.error("go");
    assert_eq!(error.errno(), Errno::EINVAL);
    assert!(error.to_string().contains("lock: 0 of 1 bytes"), "{error}");
}

#[test]
fn names_addresses_and_varints_have_their_forms() {
    run(
        r#""who", "(name:name addr:addr)", "v", "(a:varint b:svarint c:svarint)", "keyed", "map(u32, str)", "h", "hobject""#,
        r#"
        local addr = { type = 1, nonce = 7, sockaddr = '\2\0\x1a\x85\127\0\0\1' .. ('\0'):rep(8) }
        local bytes = T.who:encode { name = { type = 8, num = 4115 }, addr = addr }
        assert(ceph.hex(bytes) == '08' .. '1310000000000000' .. '0101011c000000' .. '01000000' .. '07000000' .. '10000000'
          .. '02001a857f000001' .. ('00'):rep(8), ceph.hex(bytes))
        local who = T.who:decode(bytes)
        assert(ceph.name_text(who.name) == 'client.4115' and ceph.addr_text(who.addr) == '127.0.0.1:6789/7')
        -- Clients that never heard of the new form.
        local old = T.who:encode(who, 0)
        assert(#old == 9 + 8 + 128 and ceph.hex(old:sub(10, 25)) == '00000000' .. '07000000' .. '00021a857f000001')
        assert(T.who:encode(T.who:decode(old)) == bytes)
        local v = T.v:encode { a = -1, b = -3, c = 64 }
        assert(ceph.hex(v) == ('ff'):rep(9) .. '01' .. '07' .. '8001', ceph.hex(v))
        v = T.v:decode(v)
        assert(v.a == -1 and v.b == -3 and v.c == 64)
        local keyed = T.keyed:decode(T.keyed:encode { { key = 5, value = 'five' }, { key = 6, value = 'six' } })
        assert(keyed[2].key == 6 and keyed[2].value == 'six')
        local h = T.h:decode(T.h:encode { oid = 'o', snap = -2, pool = -1 })
        assert(h.oid == 'o' and h.snap == -2 and h.pool == -1 and h.max == false)
        assert(not pcall(T.v.decode, T.v, ('\xff'):rep(11)))
        assert(not pcall(T.who.encode, T.who, { addr = { sockaddr = ('x'):rep(29) } }))
        "#,
    );
}

#[test]
fn a_sequence_of_values_is_read_position_by_position() {
    run(
        r#""entry", "{1 1| name:str}""#,
        r#"
        local bytes, position, names = T.entry:encode { name = 'a' } .. T.entry:encode { name = 'bb' }, 1, {}
        while position <= #bytes do
          local entry
          entry, position = T.entry:at(bytes, position)
          names[#names + 1] = entry.name
        end
        assert(table.concat(names, ' ') == 'a bb' and position == #bytes + 1)
        for _, bad in ipairs { 0, -1, #bytes + 2 } do
          local ok, errno = pcall(T.entry.at, T.entry, bytes, bad, cls.EIO)
          assert(not ok and errno == -cls.EIO)
        end
        "#,
    );
}

#[test]
fn text_forms_and_sums() {
    run(
        "",
        r#"
        assert(ceph.base64('radula') == 'cmFkdWxh' and ceph.unbase64('cmFkdWxh') == 'radula')
        assert(ceph.hex('\0\254') == '00fe' and ceph.unhex('00FE') == '\0\254')
        assert(ceph.hex(ceph.sha1('abc')) == 'a9993e364706816aba3e25717850c26c9cd0d89d')
        assert(ceph.hex(ceph.hmac_sha1('Jefe', 'what do ya want for nothing?')) == 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79')
        assert(ceph.crc32c('foo bar baz', 0) == 4119623852 and ceph.crc32c('x') == ceph.crc32c('x', -1))
        for _, f in ipairs { ceph.unbase64, ceph.unhex } do
          local ok, errno = pcall(f, '?', cls.EBADMSG)
          assert(not ok and errno == -cls.EBADMSG)
        end
        "#,
    );
}

#[test]
fn a_wrong_description_is_an_error_while_loading() {
    let deep = format!("{}u8{}", "[".repeat(40), "]".repeat(40));
    let wide = format!(
        "({})",
        (0..5000).map(|n| format!("f{n}:u8 ")).collect::<String>()
    );
    let long = format!("u8 {}", " ".repeat(70_000));
    for (description, text) in [
        ("(a:u8", "a field or ')' is expected"),
        ("u7", "there is no type u7"),
        ("(a:u8 a:u8)", "two fields a"),
        ("(a:u8@2)", "only fields of {v c| …} have versions"),
        ("{1 1| a:u8@2}", "this field begins with 2"),
        ("{1 2| a:u8}", "a version v of at least 1"),
        ("[()]", "an element must take at least one byte"),
        ("map((), ())", "an entry must take at least one byte"),
        ("x", "there is no type x"),
        ("u8 u8", "something follows the type"),
        ("", "a type is expected"),
        (&deep, "nested more than 32 deep"),
        (&wide, "more than 4096 fields"),
        (&long, "longer than 65536 bytes"),
    ] {
        let lab = Lab::new();
        let error = lab
            .try_add("t", &format!("ceph.types {{ 'x', '{description}' }}"))
            .unwrap_err();
        assert!(error.to_string().contains(text), "{description}: {error}");
    }
    // Names multiply the nesting.
    let doubled: String = (1..40)
        .map(|n| format!("'t{n}', '[t{}]', ", n - 1))
        .collect();
    let error = Lab::new()
        .try_add("t", &format!("ceph.types {{ 't0', 'u8', {doubled} }}"))
        .unwrap_err();
    assert!(error.to_string().contains("nested more than 32"), "{error}");
    for (text, what) in [
        ("ceph.types { 'u8', 'str' }", "built-in"),
        ("ceph.types { 'a', 'u8', 'a', 'u8' }", "twice"),
        ("ceph.types { 'a' }", "without a description"),
        ("ceph.types { 'a', 1 }", "are strings"),
        ("ceph.types { '1a', 'u8' }", "the name is not"),
    ] {
        let error = Lab::new().try_add("t", text).unwrap_err();
        assert!(error.to_string().contains(what), "{text}: {error}");
    }
    let lab = Lab::of("function go() ceph.types { 'a', 'u8' } end cls.register(go)");
    assert!(
        lab.error("go")
            .to_string()
            .contains("while the class is loaded")
    );
}

#[test]
fn hostile_bytes_and_types_cost_what_they_take() {
    let limits = Limits {
        fuel: 2_000_000,
        ..Limits::INSTALLED
    };
    // A type that doubles itself: 2^30 tables for six bytes of a writer of version 1.
    let doubled: String = (1..28)
        .map(|n| format!("'t{n}', '(a:t{m} b:t{m})', ", m = n - 1))
        .collect();
    let lab = Lab::with(limits);
    lab.add(
        "t",
        &format!(
            "local T <const> = ceph.types {{ 't0', '(x:[u8])', {doubled} 'top', '{{2 1| a:t27@2}}' }}
             function go() T.top:decode('\\1\\1\\0\\0\\0\\0') end
             function write() T.top:encode {{}} end
             cls.register(go) cls.register(write)"
        ),
    );
    for method in ["go", "write"] {
        let done = lab.exec("t", method, b"");
        assert_eq!(
            limit(&done.result),
            Some(LimitKind::Fuel),
            "{method}: {:?}",
            done.result
        );
    }
    // As many elements as the bytes hold: the memory limit or the fuel ends it, never the host.
    let lab = Lab::with(limits);
    lab.add(
        "t",
        "local T <const> = ceph.types { 'x', '[[u8]]' }
         function go(input) T.x:decode(input) end cls.register(go)",
    );
    let mut input = 2_000_000_u32.to_le_bytes().to_vec();
    input.resize(4 + 8_000_000, 0);
    let done = lab.exec("t", "go", &input);
    assert!(
        matches!(
            limit(&done.result),
            Some(LimitKind::Fuel | LimitKind::Memory)
        ),
        "{:?}",
        done.result
    );
    // The largest count there is, and nothing behind it.
    let done = lab.exec("t", "go", &[0xff; 4]);
    assert_eq!(done.result.unwrap_err().errno(), Errno::EINVAL);
}

#[test]
fn what_is_not_there_is_nil_and_other_failures_stay_failures() {
    let lab = Lab::of(
        r#"
        function absent()
          assert(cls.find_stat() == nil and cls.find_xattr('x') == nil and cls.find_val('k') == nil)
          cls.create(true)
          assert(cls.find_stat() == 0 and cls.find_xattr('x') == nil and cls.find_val('k') == nil)
          cls.setxattr('x', '1') cls.map_set_val('k', '2')
          assert(cls.find_xattr('x'):str() == '1' and cls.find_val('k'):str() == '2')
        end
        function blind()
          for _, find in ipairs { cls.find_xattr, cls.find_val } do
            local ok, errno = pcall(find, 'x')
            assert(not ok and errno == -cls.EPERM)
          end
        end
        cls.register(absent) cls.register(blind, 'w')"#,
    );
    assert_eq!((lab.ret("absent"), lab.ret("blind")), (0, 0));
}

#[test]
fn a_method_ends_where_it_fails() {
    let lab = Lab::of(
        r#"
        local function deep() cls.fail(cls.EBUSY, 'somebody else holds it') end
        function go() cls.create(true) deep() end
        function plain() cls.fail(-cls.ENOLINK) end
        function caught()
          local ok, errno, message = pcall(deep)
          assert(not ok and errno == -cls.EBUSY and message:find('somebody else'))
        end
        function wrong() cls.fail(0) end
        cls.register(go) cls.register(plain) cls.register(caught) cls.register(wrong)"#,
    );
    let error = lab.error("go");
    assert_eq!(error.errno(), Errno::EBUSY);
    assert!(
        error.to_string().contains("somebody else holds it"),
        "{error}"
    );
    assert_eq!(lab.data(), None);
    assert_eq!(lab.error("plain").errno(), Errno::ENOLINK);
    assert_eq!(lab.ret("caught"), 0);
    assert_eq!(lab.error("wrong").errno(), Errno::EIO);
}

#[test]
fn the_time_stands_still_through_a_request() {
    let lab = Lab::of(
        r#"
        function inner(input, output) output:append(tostring(cls.now())) end
        function go(input, output)
          local first = cls.now()
          for _ = 1, 10000 do end
          local _, nested = cls.call('t', 'inner')
          assert(cls.now() == first and nested:str() == tostring(first))
          output:append(tostring(first))
        end
        function who(input, output)
          local T = cls.origin_inst()
          assert(T.name.type == 8 and T.name.num == 0 and T.addr.type == 0 and T.addr.sockaddr == ('\0'):rep(16))
        end
        cls.register(inner) cls.register(go) cls.register(who)"#,
    );
    let before = objclass::Timestamp::from(std::time::SystemTime::now()).0;
    let first: u64 = lab.output("go", b"").parse().unwrap();
    let second: u64 = lab.output("go", b"").parse().unwrap();
    assert!(
        before <= first && first < second,
        "{before} {first} {second}"
    );
    assert_eq!(lab.ret("who"), 0);
}

#[test]
fn scripts_of_requests_have_types_too() {
    let lab = Lab::new();
    let script = "local T <const> = ceph.types { 'x', '{1 1| a:str}' }
        function go(input, output) output:append(T.x:decode(T.x:encode { a = input:str() }).a) end objclass.register(go)";
    let request = format!(
        r#"{{"script": {}, "handler": "go", "input": "yes"}}"#,
        serde_json::Value::from(script)
    );
    for _ in 0..3 {
        let reply = lab
            .exec("lua", "eval_json", request.as_bytes())
            .result
            .unwrap();
        assert_eq!(&reply.output[..], b"yes");
    }
}
