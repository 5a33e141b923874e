//! Class `lua`: scripts that come with the request.

use objclass::{CallError, LimitKind, Limits, Reply};

use crate::fixture::{Lab, limit, ret};

fn bufferlist(script: &str, handler: &str, input: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for field in [script.as_bytes(), handler.as_bytes(), input] {
        body.extend(u32::try_from(field.len()).unwrap().to_le_bytes());
        body.extend(field);
    }
    let mut bytes = vec![1, 1];
    bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    bytes.extend(body);
    bytes
}

fn eval(lab: &Lab, script: &str, handler: &str, input: &[u8]) -> Result<Reply, CallError> {
    lab.exec(
        "lua",
        "eval_bufferlist",
        &bufferlist(script, handler, input),
    )
    .result
}

const UPPER: &str =
    "function upper(input, output) output:append(input:str():upper()) end cls.register(upper)";

#[test]
fn a_script_runs_from_all_three_encodings() {
    let lab = Lab::new();
    let json = format!(r#"{{"script": "{UPPER}", "handler": "upper", "input": "omg it works",}}"#);
    let reply = lab
        .exec("lua", "eval_json", json.as_bytes())
        .result
        .unwrap();
    assert_eq!(&reply.output[..], b"OMG IT WORKS");
    let reply = eval(&lab, UPPER, "upper", b"a\0b").unwrap();
    assert_eq!(&reply.output[..], b"A\0B");
    let mut pack = vec![0x93, 0xd9, u8::try_from(UPPER.len()).unwrap()];
    pack.extend(UPPER.as_bytes());
    pack.extend(b"\xa5upper\xa1x");
    let reply = lab.exec("lua", "eval_msgpack", &pack).result.unwrap();
    assert_eq!(&reply.output[..], b"X");
}

#[test]
fn a_read_only_request_reads_and_cannot_write() {
    let script = "function look(input, output) cls.stat() end
        function sneak() local ok, ret = pcall(cls.create, false) return ret end
        function write() cls.create(false) end
        cls.register(look) cls.register(sneak) cls.register(write)";
    let lab = Lab::new();
    let run = |method: &str, handler: &str| {
        let input = bufferlist(script, handler, b"");
        ret(&lab.exec("lua", method, &input).result)
    };
    assert_eq!(run("eval_bufferlist_ro", "look"), -2);
    assert_eq!(run("eval_bufferlist_ro", "write"), -1);
    assert_eq!(run("eval_bufferlist_ro", "sneak"), -1);
    assert_eq!(run("eval_bufferlist_ro", "look"), -2, "nothing was written");
    // The same script, from the same cache, may write when it came by the other method.
    assert_eq!(run("eval_bufferlist", "write"), 0);
    assert_eq!(run("eval_bufferlist_ro", "look"), 0);
}

#[test]
fn errors_are_those_of_cls_lua() {
    let lab = Lab::new();
    for (script, handler, expected) in [
        ("-", "", -5),
        ("", "", 0),
        ("", "h", -95),
        ("h = 1", "h", -95),
        ("function h() end", "h", -5),
        ("function h() end cls.register(h)", "", 0),
        ("function h() end cls.register(h)", "h", 0),
        ("function h() end cls.register(h) g = h", "g", 0),
        ("cls.register(h) function h() end", "h", -5),
        ("function h() end cls.register(h) cls.register(h)", "h", -5),
        ("function h() end cls.register('h')", "h", -5),
        ("error('x')", "", -5),
        ("cls.remove()", "", -2),
        ("pcall(cls.remove)", "", 0),
        ("\x1bLua", "", -5),
        (
            "setmetatable(_G, { __index = function() return print end })",
            "h",
            -95,
        ),
    ] {
        // Twice: what the cache answers is what the script answers.
        for _ in 0..2 {
            let result = eval(&lab, script, handler, b"");
            assert_eq!(ret(&result), expected, "{script:?} {handler:?} {result:?}");
        }
    }
    for method in ["eval_json", "eval_bufferlist", "eval_msgpack"] {
        assert_eq!(ret(&lab.exec("lua", method, b"nonsense").result), -22);
        assert_eq!(ret(&lab.exec("lua", method, b"").result), -22);
    }
    let error = eval(
        &lab,
        "function h()\n error('x') end cls.register(h)",
        "h",
        b"",
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "script:2: x");
    let error = eval(&lab, "\n\nx = = 1", "h", b"").unwrap_err();
    assert_eq!(error.to_string(), "script:3: unexpected symbol near '='");
}

#[test]
fn a_handler_s_flags_bind_in_a_script_too() {
    let lab = Lab::new();
    let script = "function h() cls.write_full('x') end cls.register(h, 'r')";
    assert_eq!(ret(&eval(&lab, script, "h", b"")), -1);
    assert_eq!(lab.data(), None);
}

#[test]
fn a_body_that_works_on_the_object_does_so_in_every_request() {
    let lab = Lab::new();
    let script = "pcall(cls.create, true)
                  local n = tonumber(cls.read(0, 0):str()) or 0
                  cls.write_full(tostring(n + 1)) cls.log('body')
                  function h(i, o) o:append(tostring(n)) end cls.register(h)";
    for n in 0..3 {
        let reply = eval(&lab, script, "h", b"").unwrap();
        assert_eq!(reply.output, n.to_string());
    }
    assert_eq!(lab.data().unwrap(), "3");
    assert_eq!(lab.logged().len(), 3);
}

#[test]
fn a_cached_script_costs_what_it_cost_and_remembers_nothing() {
    let lab = Lab::with(Limits::EVAL);
    let script = "local t = {} for i = 1, 20000 do t[i] = i end count = 0
                  function h(i, o) count = count + 1 o:append(tostring(count)) end cls.register(h)";
    let request = bufferlist(script, "h", b"");
    let first = lab.exec("lua", "eval_bufferlist", &request);
    let second = lab.exec("lua", "eval_bufferlist", &request);
    assert_eq!(first.result.unwrap().output, "1");
    assert_eq!(second.result.unwrap().output, "1");
    assert_eq!(first.usage.fuel, second.usage.fuel);

    let lab = Lab::with(Limits {
        fuel: first.usage.fuel / 2,
        ..Limits::EVAL
    });
    for _ in 0..2 {
        let done = lab.exec("lua", "eval_bufferlist", &request);
        assert_eq!(limit(&done.result), Some(LimitKind::Fuel));
    }
}

#[test]
fn many_different_scripts_do_not_pile_up() {
    let lab = Lab::with(Limits::EVAL);
    for n in 0..300 {
        let script = format!("function h(i, o) o:append('{n}') end cls.register(h)");
        assert_eq!(eval(&lab, &script, "h", b"").unwrap().output, n.to_string());
    }
    let scripts = ["a", "b"]
        .map(|letter| format!("x = '{letter}' function h(i, o) o:append(x) end cls.register(h)"));
    for _ in 0..3 {
        assert_eq!(eval(&lab, &scripts[0], "h", b"").unwrap().output, "a");
        assert_eq!(eval(&lab, &scripts[1], "h", b"").unwrap().output, "b");
    }
}

#[test]
fn a_script_above_the_size_of_a_class_file_is_refused() {
    let lab = Lab::new();
    let script = " ".repeat((1 << 20) + 1);
    assert_eq!(ret(&eval(&lab, &script, "", b"")), -7);
    assert_eq!(ret(&eval(&lab, &script[1..], "", b"")), 0);
}
