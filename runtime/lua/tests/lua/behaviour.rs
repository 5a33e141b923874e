//! The interface, function by function.

use objclass::{CallError, Errno, OpenError, TrapKind};

use crate::fixture::{Lab, ret};

#[test]
fn a_method_greets() {
    let lab = Lab::of(
        "function say_hello(input, output)
           local name = #input > 0 and input:str() or 'world'
           output:append('Hello, ' .. name .. '! (from Lua)')
         end
         cls.register(say_hello)",
    );
    assert_eq!(lab.output("say_hello", b""), "Hello, world! (from Lua)");
    assert_eq!(lab.output("say_hello", b"Ceph"), "Hello, Ceph! (from Lua)");
}

#[test]
fn return_values_follow_cls_lua() {
    let lab = Lab::of(
        "local values = { one = 1, zero = 0, minus = -1, s1 = '1', s0 = '0', sm = '-1', tab = {}, text = 'asdf',
                          big = 1 << 40, float = 2.0, half = 2.5, yes = true, own = -9999, least = math.mininteger,
                          lowest = -2147483647, below = -2147483648, below_text = '-2147483648', above = 1 << 31 }
         for name, value in pairs(values) do
           _G[name] = function() return value end
           cls.register(_G[name])
         end
         function none() end cls.register(none)
         function null() return nil end cls.register(null)
         function last() return 1, 2, 3 end cls.register(last)
         function many() return table.unpack({}, 1, 200000) end cls.register(many)",
    );
    for (method, expected) in [
        ("one", 1),
        ("zero", 0),
        ("minus", -1),
        ("s1", 1),
        ("s0", 0),
        ("sm", -1),
        ("none", 0),
        ("null", -5),
        ("tab", -5),
        ("text", -5),
        ("big", -5),
        ("float", 2),
        ("half", -5),
        ("yes", -5),
        ("own", -9999),
        ("least", -5),
        ("lowest", -2_147_483_647),
        ("below", -5),
        ("below_text", -5),
        ("above", -5),
        ("last", 3),
        ("many", -5),
    ] {
        assert_eq!(lab.ret(method), expected, "{method}");
    }
}

#[test]
fn an_uncaught_host_failure_is_that_errno_with_file_and_line() {
    let lab = Lab::of(
        "function gone(input, output)
           output:append('lost')
           objclass.remove()
         end
         cls.register(gone)",
    );
    let error = lab.error("gone");
    let CallError::Class(class) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(class.errno, Errno::ENOENT);
    assert_eq!(class.location.as_ref().unwrap().to_string(), "cls_t.lua:3");
    assert_eq!(
        error.to_string(),
        "cls_t.lua:3: remove: no such object or entry (ENOENT)"
    );
}

#[test]
fn pcall_tells_host_failures_from_other_errors() {
    let lab = Lab::of(
        "function host(input, output)
           local ok, errno, message = pcall(cls.remove)
           assert(ok == false and errno == -cls.ENOENT and message:find('remove'), message)
           -- the record is per failure: the next error of the script's own is an ordinary one
           local ok, message, none = pcall(error, 'mine', 0)
           assert(ok == false and message == 'mine' and none == nil)
           -- and the next failing call still raises
           cls.create(true)
           cls.create(true)
         end
         function fine() local ok, a, b = pcall(function(x) return x, 2 end, 1) assert(ok and a == 1 and b == 2) end
         function own() pcall(cls.remove) pcall(cls.remove) return -9999 end
         cls.register(host) cls.register(fine) cls.register(own)",
    );
    assert_eq!(lab.ret("host"), -17);
    assert_eq!(lab.ret("fine"), 0);
    assert_eq!(lab.ret("own"), -9999);
}

#[test]
fn a_script_error_is_a_trap_with_file_and_line() {
    let lab = Lab::of(
        "function bad()
           local x = nil
           return x.y
         end
         function tab() error({}) end
         function named() error(setmetatable({}, {__tostring = function() return 'BREACH' end, __name = 'BREACH'})) end
         cls.register(bad) cls.register(tab) cls.register(named)",
    );
    let error = lab.error("bad");
    assert!(matches!(&error, CallError::Trap(trap) if trap.kind == TrapKind::GuestError));
    assert_eq!(error.errno(), Errno::EIO);
    assert_eq!(
        error.to_string(),
        "cls_t.lua:3: attempt to index a nil value (local 'x')"
    );
    assert_eq!(
        lab.error("tab").to_string(),
        "cls_t.lua:5: (error object is a table)"
    );
    assert_eq!(
        lab.error("named").to_string(),
        "cls_t.lua:6: (error object is a table)"
    );
}

#[test]
fn modules_that_are_not_classes_are_refused_with_the_place() {
    let lab = Lab::new();
    let error = lab.try_add("x", "-").unwrap_err();
    assert!(matches!(error, OpenError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cls_x.lua:1: "), "{error}");
    let error = lab.try_add("x", "\n\nlocal a = = 1").unwrap_err();
    assert_eq!(error.to_string(), "cls_x.lua:3: unexpected symbol near '='");
    let error = lab.try_add("x", "\n error('no')").unwrap_err();
    assert_eq!(error.to_string(), "while loading: cls_x.lua:2: no");
    let error = lab.try_add("x", "cls.write_full('x')").unwrap_err();
    assert!(error.to_string().contains("no object"), "{error}");
    for text in [
        "cls.register(h) function h() end",
        "cls.register('h')",
        "function h() end cls.register(h) cls.register(h)",
        "local function h() end cls.register(h)",
        "function h() end cls.register(h, 'x')",
    ] {
        assert!(lab.try_add("x", text).is_err(), "{text} was accepted");
    }
    assert!(lab.try_add("x", "").unwrap().methods().is_empty());
}

#[test]
fn methods_have_flags_and_descriptions() {
    let lab = Lab::new();
    let class = lab.add(
        "x",
        "function a() end function b() end function c() end function d() end
         cls.register(a) cls.register(b, 'r') cls.register(c, 'w', 'sets\\nit') cls.register(d, 'what it does')",
    );
    let seen: Vec<_> = class
        .methods()
        .iter()
        .map(|method| {
            (
                method.name.as_str(),
                method.flags.to_string(),
                method.doc.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", "rw".to_owned(), None),
            ("b", "r".to_owned(), None),
            ("c", "w".to_owned(), Some("sets\\nit")),
            ("d", "rw".to_owned(), Some("what it does")),
        ]
    );
}

#[test]
fn a_call_not_covered_by_the_flags_is_refused_before_it_happens() {
    let lab = Lab::of(
        "function w() return (select(2, pcall(cls.write, 0, 1, 'x'))) end cls.register(w, 'r')
         function r() return (select(2, pcall(cls.read, 0, 1))) end cls.register(r, 'w')",
    );
    assert_eq!(lab.ret("w"), -1);
    assert_eq!(lab.ret("r"), -1);
    assert_eq!(lab.data(), None);
}

#[test]
fn data_is_written_and_read_back() {
    let lab = Lab::of(
        "function go(input, output)
           local function show() return cls.read(0, 0):str() end
           cls.write(0, 5, 'hello') assert(show() == 'hello')
           cls.write(5, 2, bufferlist.new(' w')) assert(show() == 'hello w')
           assert(cls.read(1, 3):str() == 'ell' and #cls.read(100, 3) == 0)
           cls.write_full('abcdef') cls.zero(1, 2) assert(show() == 'a\\0\\0def')
           cls.truncate(2) assert(show() == 'a\\0')
           cls.replace(2, 1, 'z') assert(show() == '\\0\\0z')
           local size, mtime = cls.stat()
           assert(math.type(size) == 'integer' and math.type(mtime) == 'integer' and size == 3)
           local ok, errno = pcall(cls.write, 0, 2, 'x') assert(errno == -cls.EINVAL)
           ok, errno = pcall(cls.write, -1, 1, 'x') assert(errno == -cls.EINVAL)
           ok, errno = pcall(cls.read, -1, -1) assert(errno == -cls.EINVAL)
           cls.setxattr('name', 'v') cls.setxattr('b\\0c', bufferlist.new('w'))
           assert(cls.getxattr('name'):str() == 'v')
           local all = cls.getxattrs() assert(all.name:str() == 'v' and all['b\\0c']:str() == 'w')
           ok, errno = pcall(cls.getxattr, 'none') assert(errno == -cls.ENODATA)
         end
         cls.register(go)",
    );
    assert_eq!(lab.exec("t", "go", b"").result.map(|r| r.ret).unwrap(), 0);
    assert_eq!(lab.data().unwrap(), &b"\0\0z"[..]);
}

#[test]
fn the_map_is_complete_and_its_keys_are_bytes() {
    let lab = Lab::of(
        "local function sorted(t) local k = {} for n in pairs(t) do k[#k + 1] = n end table.sort(k) return table.concat(k, ',') end
         function go()
           cls.map_set_val('k1', 'v1') cls.map_set_vals({ k2 = 'v2', [3] = 'v3', [1.5] = 'f', bl = bufferlist.new('x') })
           local keys, more = cls.map_get_keys('', 10)
           assert(sorted(keys) == '1.5,3,bl,k1,k2' and more == false, sorted(keys))
           keys, more = cls.map_get_keys('3', 2) assert(sorted(keys) == 'bl,k1' and more == true and keys.bl == true)
           local vals, more = cls.map_get_vals('', 'k', 10)
           assert(sorted(vals) == 'k1,k2' and vals.k2:str() == 'v2' and more == false)
           vals = cls.map_get_all_vals() assert(sorted(vals) == '1.5,3,bl,k1,k2')
           vals = cls.map_get_vals_by_keys({ 'k1', 'nope', 3 }) assert(sorted(vals) == '3,k1')
           assert(cls.map_get_val('k1'):str() == 'v1')
           local ok, errno = pcall(cls.map_get_val, 'nope') assert(errno == -cls.ENOENT)
           cls.map_remove_key('k1') cls.map_remove_range('3', 'k') assert(sorted(cls.map_get_all_vals()) == '1.5,k2')
           cls.map_set_val('a\\0b', 'one') cls.map_set_val('a', 'two')
           assert(cls.map_get_val('a\\0b'):str() == 'one' and cls.map_get_val('a'):str() == 'two')
           cls.map_write_header('head') assert(cls.map_read_header():str() == 'head')
           cls.map_clear() assert(next((cls.map_get_all_vals())) == nil and #cls.map_read_header() == 0)
           for _, bad in ipairs{ { [true] = 'x' }, { a = 1 }, { a = {} }, { [{}] = 'x' } } do
             ok, errno = pcall(cls.map_set_vals, bad) assert(errno == -cls.EINVAL)
           end
           local many = {} for i = 1, 20000 do many['k' .. i] = '' end
           ok, errno = pcall(cls.map_set_vals, many) assert(errno == -cls.E2BIG)
           -- metamethods take no part
           local trap = setmetatable({}, { __index = error, __pairs = error, __len = error })
           cls.map_set_vals(trap)
         end
         cls.register(go)",
    );
    assert_eq!(lab.exec("t", "go", b"").result.map(|r| r.ret).unwrap(), 0);
}

#[test]
fn buffers_compare_join_and_grow() {
    let lab = Lab::of(
        "function go(input, output)
           local a, b = bufferlist.new('ab'), bufferlist.new('ab')
           assert(a == b and a <= b and not (a < b) and a ~= bufferlist.new('ac') and a < bufferlist.new('ac'))
           local c = a .. b assert(c:str() == 'abab' and #a == 2 and #c == 4 and (a .. 'x'):str() == 'abx')
           a:append(a) a:append(a) a:append('!') assert(a:str() == 'abababab!')
           local big = bufferlist.new() for i = 1, 10000 do big:append('0123456789') end
           assert(#big == 100000 and big:str() == ('0123456789'):rep(10000))
           assert(getmetatable(big) == false and type(big) == 'userdata')
           assert(not pcall(function() return a < 'x' end) and a ~= 'x')
           assert(not pcall(a.append, 'x', 'y') and not pcall(a.append, a, {}))
           input:append('+') output:append(input)
           assert(tostring(input) == 'bufferlist of 6 bytes')
         end
         cls.register(go)",
    );
    assert_eq!(lab.output("go", b"input"), "input+");
}

#[test]
fn the_log_takes_every_shape_of_arguments() {
    let lab = Lab::of(
        "function go()
           assert(cls.log() == nil) assert(cls.log('x') == 'x') assert(cls.log(5, 'a', 1, true, nil) == 'a 1 true nil')
           assert(cls.log(7) == '7') assert(cls.log(-1, 'a') == '-1 a') assert(cls.log({}, print) == 'table function')
           cls.log('a\\nFAKE\\27[2J\\0\\255') print('p', 1, {1} ~= nil) warn('@on') warn('w', 'x')
         end
         cls.register(go)",
    );
    assert_eq!(lab.exec("t", "go", b"").result.map(|r| r.ret).unwrap(), 0);
    let expected = [
        (10, "x"),
        (5, "a 1 true nil"),
        (10, "7"),
        (10, "-1 a"),
        (10, "table function"),
        (10, "a\\nFAKE\\u{1b}[2J\\u{0}\\xff"),
        (10, "p\\t1\\ttrue"),
        (1, "wx"),
    ];
    let logged = lab.logged();
    let logged: Vec<_> = logged
        .iter()
        .map(|(level, text)| (*level, text.as_str()))
        .collect();
    assert_eq!(logged, expected);
}

#[test]
fn a_call_of_another_method_shares_the_transaction_and_is_undone_when_it_fails() {
    let lab = Lab::of(
        "function inner(input, output) cls.setxattr('inner', input) output:append('got ' .. input:str()) return 7 end
         function fails() cls.setxattr('lost', 'x') return -cls.EBUSY end
         function outer()
           local ret, out = cls.call('t', 'inner', 'in')
           assert(ret == 7 and out:str() == 'got in' and cls.getxattr('inner'):str() == 'in')
           local ok, errno = pcall(cls.call, 't', 'fails') assert(errno == -cls.EBUSY)
           ok, errno = pcall(cls.getxattr, 'lost') assert(errno == -cls.ENODATA)
           ok, errno = pcall(cls.call, 't', 'none') assert(errno == -cls.EOPNOTSUPP)
           ok, errno = pcall(cls.call, '\\255', 'none') assert(errno == -cls.EINVAL)
           cls.call('t', 'fails')
         end
         function narrow() cls.call('t', 'inner') end
         cls.register(inner) cls.register(fails) cls.register(outer) cls.register(narrow, 'r')",
    );
    assert_eq!(lab.ret("outer"), -16);
    assert_eq!(lab.ret("narrow"), -1);
}

#[test]
fn a_method_learns_about_its_call() {
    let lab = Lab::of(
        "function go()
           assert(cls.current_version() == 0 and cls.current_subop_num() == 0 and cls.current_subop_version() == '0.0')
           assert(cls.origin() == 'test' and cls.random(4) == '\\xa5\\xa5\\xa5\\xa5' and cls.random(0) == '')
           assert(not pcall(cls.random, 5000) and cls == objclass and cls.ENOENT == 2)
         end
         cls.register(go)",
    );
    assert_eq!(ret(&lab.exec("t", "go", b"").result), 0);
}

#[test]
fn nothing_reaches_out_of_the_state() {
    let lab = Lab::of(
        "function go(input, output)
           for _, name in ipairs{ 'os', 'io', 'package', 'require', 'debug', 'dofile', 'loadfile', 'coroutine', 'xpcall',
                                  'collectgarbage', 'loadstring', 'module' } do
             assert(_G[name] == nil, name)
           end
           assert(string.dump == nil and getmetatable('') == false)
           assert(load('\\27Lua') == nil and load(function() return 'x' end) == nil)
           local f, why = load('return 1', '@name', 'b')
           assert(f == nil and why:find('attempt to load a text chunk'), why)
           assert(load('return 1', '@name', 'bt')() == 1)
           assert(select(2, load('= 1', '@/etc/passwd')) == 'load:1: unexpected symbol near \\'=\\'')
           assert(load('return x', 'n', 't', { x = 5 })() == 5)
           assert(select('#', math.randomseed()) == 2 and select('#', math.randomseed(42)) == 2)
         end
         cls.register(go)",
    );
    assert_eq!(lab.exec("t", "go", b"").result.map(|r| r.ret).unwrap(), 0);
}

#[test]
fn error_texts_are_short_and_printable_whatever_the_script_makes_of_them() {
    let lab = Lab::of(
        "function long() error(('E'):rep(6000000), 0) end
         function ugly() error(('\\0\\27\\255'):rep(1000), 0) end
         function wide() error(('\u{202e}é'):rep(1000), 0) end
         function name() local f = load('return ' .. ('v'):rep(100000) .. '.x.y') f() end
         for _, f in ipairs{ long, ugly, wide, name } do cls.register(f) end",
    );
    for method in ["long", "ugly", "wide", "name"] {
        let text = lab.error(method).to_string();
        assert!(text.len() <= 1024 + "cls_t.lua:1000000: ".len(), "{method}");
        assert!(!text.chars().any(char::is_control), "{method}: {text}");
    }
}

#[test]
fn errors_about_arguments_name_the_function_pcall_called() {
    let lab = Lab::of(
        r##"function go()
             for f, name in pairs{ [string.rep] = 'string.rep', [math.floor] = 'math.floor', [cls.read] = 'cls.read',
                                   [json.decode] = 'json.decode', [cmsgpack.pack] = 'cmsgpack.pack', [select] = 'select',
                                   [bufferlist.new(''):append('') or cls.map_set_val] = 'cls.map_set_val',
                                   [cls.write_full] = 'cls.write_full', [table.concat] = 'table.concat' } do
               local _, message = pcall(f)
               assert(message:find("bad argument #1 to '" .. name .. "' (", 1, true), message)
             end
             local b = bufferlist.new()
             local _, message = pcall(b.append, b, {})
             assert(message:find("#2 to 'bufferlist.append' (", 1, true), message)
             local _, message = pcall(table.sort, { {}, {} }, string.rep)
             assert(message:find("to 'string.rep' (", 1, true), message)
             -- The name is ours, whatever the script calls the function or does to the tables.
             local sly = { rep = string.rep } string.rep = nil string.evil = sly.rep
             local _, message = pcall(string.evil)
             assert(message:find("to 'string.rep' (", 1, true), message)
           end
           cls.register(go)"##,
    );
    assert_eq!(lab.exec("t", "go", b"").result.map(|r| r.ret).unwrap(), 0);
}

/// A class library in the manner of the usual ones, which keep subclasses and instances in weak tables.
const CLASSES: &str = r#"
    local function includes(class, mixin) for k, v in pairs(mixin) do class[k] = v end return class end
    local Class = { __name = 'Object', subclasses = setmetatable({}, { __mode = 'k' }) }
    local instances = setmetatable({}, { __mode = 'v' })
    Class.__index = Class
    function Class:extend(name)
      local sub = setmetatable({ __name = name, super = self, subclasses = setmetatable({}, { __mode = 'k' }) },
        { __index = self, __call = function(class, ...) return class:new(...) end, __tostring = function() return name end })
      sub.__index = sub
      self.subclasses[sub] = true
      return sub
    end
    function Class:new(...)
      local object = setmetatable({}, self)
      instances[#instances + 1] = object
      if object.init then object:init(...) end
      return object
    end
"#;

#[test]
fn class_libraries_with_weak_tables_load() {
    let lab = Lab::of(&format!(
        r#"{CLASSES}
           local Account = includes(Class:extend('Account'), {{ kind = 'money' }})
           function Account:init(n) self.n = n end
           function Account:add(n) self.n = self.n + n return self end
           local Savings = Account:extend('Savings')
           function Savings:add(n) return self.super.add(self, n * 2) end
           function go(input, output)
             local a, s = Account(1):add(2), Savings(1):add(2)
             local n = 0 for _ in pairs(Account.subclasses) do n = n + 1 end
             output:append(a.n .. ' ' .. s.n .. ' ' .. tostring(Savings) .. ' ' .. s.kind .. ' ' .. n .. ' ' .. #instances)
           end
           cls.register(go)
           function final() setmetatable({{}}, {{ __gc = function() end }}) end cls.register(final)"#
    ));
    assert_eq!(lab.output("go", b""), "3 5 Savings money 1 2");
    assert!(
        lab.error("final")
            .to_string()
            .contains("'__gc' is not available")
    );
}
