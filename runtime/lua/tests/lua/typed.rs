//! `register` with types: input decoded before a method runs, answers encoded after it, and what is shown of them.

use objclass::{CallError, Errno, LimitKind, Limits};

use crate::fixture::{Lab, limit};

const COUNTER: &str = r#"
local T <const> = ceph.types { "op", "{1 1| name:str by:u32}", "sum", "(total:u64 names:[str])" }
function add(op, output)
  assert(type(op) == 'table' and tostring(output) ~= nil)
  if op.name == '' then return -cls.EDOM end
  if op.name == 'number' then return op.by end
  return { total = op.by * 2, names = { op.name } }
end
cls.register(add, "rw", "adds", { input = T.op, output = T.sum })
function twice(op, output) output:append(string.pack('<I4', op.by)) end
cls.register(twice, { input = T.op })
function words(words) return { n = #words, first = words[1] } end
cls.register(words, "r", { input = "json", output = "json" })
function ask() return 'text' end
cls.register(ask, "r", "asks", { output = "str" })
function plain(input, output) output:append(input) end
cls.register(plain)
"#;

/// `op { name, by }` as Ceph writes it.
fn op(name: &str, by: u32) -> Vec<u8> {
    let length = u32::try_from(name.len()).unwrap();
    let body = [
        &length.to_le_bytes()[..],
        name.as_bytes(),
        &by.to_le_bytes(),
    ]
    .concat();
    let size = u32::try_from(body.len()).unwrap();
    [&[1, 1][..], &size.to_le_bytes(), &body].concat()
}

fn refused(lab: &Lab, method: &str, input: &[u8]) -> (Errno, String) {
    match lab.exec("t", method, input).result.unwrap_err() {
        CallError::Class(error) => (error.errno, error.message.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_method_gets_a_value_and_answers_one() {
    let lab = Lab::of(COUNTER);
    let reply = lab.exec("t", "add", &op("a", 21)).result.unwrap();
    assert_eq!(reply.ret, 0);
    assert_eq!(
        &reply.output[..],
        b"\x2a\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0a"
    );
    // A number is the return value, as without types.
    let reply = lab.exec("t", "add", &op("number", 7)).result.unwrap();
    assert_eq!((reply.ret, reply.output.len()), (7, 0));
    assert_eq!(refused(&lab, "add", &op("", 1)).0, Errno::EDOM);
    let reply = lab.exec("t", "twice", &op("a", 5)).result.unwrap();
    assert_eq!(&reply.output[..], b"\x05\0\0\0");
    let reply = lab.exec("t", "ask", b"").result.unwrap();
    assert_eq!(&reply.output[..], b"\x04\0\0\0text");
    assert_eq!(
        lab.output("words", br#"["a", "b"]"#),
        r#"{"first":"a","n":2}"#
    );
    assert_eq!(lab.output("plain", b"as it is"), "as it is");
    // One instance serves call after call.
    assert_eq!(lab.exec("t", "ask", b"").result.unwrap().output.len(), 8);
}

#[test]
fn input_that_is_none_is_refused_before_the_method_runs() {
    let lab = Lab::of(COUNTER);
    let good = op("a", 1);
    for length in 0..good.len() {
        let (errno, message) = refused(&lab, "add", &good[..length]);
        assert_eq!(errno, Errno::EINVAL, "{message}");
        assert!(message.contains("op"), "{message}");
    }
    let (errno, message) = refused(
        &lab,
        "add",
        &[&[1, 1, 8, 0, 0, 0][..], &[9, 0, 0, 0, 0, 0, 0, 0]].concat(),
    );
    assert_eq!(
        (errno, message.contains("op.name: ")),
        (Errno::EINVAL, true),
        "{message}"
    );
    let (errno, message) = refused(&lab, "words", b"[1,");
    assert_eq!(errno, Errno::EINVAL, "{message}");
}

#[test]
fn an_answer_that_is_none_of_the_type_fails_with_the_field() {
    let lab = Lab::of(
        "function go() return { n = 'x' } end cls.register(go, 'r', 'goes', { output = '(n:u8)' })",
    );
    let error = lab.exec("t", "go", b"").result.unwrap_err();
    assert!(format!("{error:?}").contains("an integer"), "{error:?}");
}

#[test]
fn the_host_is_told_the_types() {
    let class = Lab::new().add("t", COUNTER);
    let sides = |name: &str| {
        let mut methods = class.methods().iter();
        let method = methods.find(|method| method.name.as_str() == name).unwrap();
        (method.input.as_deref(), method.output.as_deref())
    };
    assert_eq!(
        sides("add"),
        (
            Some("{1 1| name:str by:u32}"),
            Some("(total:u64 names:[str])")
        )
    );
    assert_eq!(sides("words"), (Some("json"), Some("json")));
    assert_eq!(sides("ask"), (None, Some("str")));
    assert_eq!(sides("plain"), (None, None));
    assert_eq!(class.methods()[0].doc.as_deref(), Some("adds"));
}

#[test]
fn wrong_types_are_errors_while_loading() {
    for (types, text) in [
        ("{ input = 7 }", "a type of ceph.types"),
        ("{ inptu = 'u8' }", "given as input and output"),
        ("{ 'u8' }", "given as input and output"),
        ("{ input = 'u9' }", "u9"),
        ("{ output = '' }", "register"),
    ] {
        let chunk = format!("function go() end cls.register(go, 'r', {types})");
        let error = Lab::new().try_add("t", &chunk).unwrap_err();
        assert!(format!("{error:?}").contains(text), "{types}: {error:?}");
    }
}

#[test]
fn decoding_is_charged_to_the_call() {
    let lab = Lab::with(Limits {
        fuel: 20_000,
        ..Limits::INSTALLED
    });
    lab.add(
        "t",
        "function go() end cls.register(go, 'r', { input = '[u8]' })",
    );
    let list = |count: u32| [&count.to_le_bytes()[..], &vec![0; count as usize]].concat();
    lab.exec("t", "go", &list(100)).result.unwrap();
    let done = lab.exec("t", "go", &list(100_000));
    assert_eq!(limit(&done.result), Some(LimitKind::Fuel));
    lab.add(
        "j",
        "function go() end cls.register(go, 'r', { input = 'json' })",
    );
    let done = lab.exec("j", "go", format!("[{}1]", "1,".repeat(50_000)).as_bytes());
    assert_eq!(limit(&done.result), Some(LimitKind::Fuel));
}

#[test]
fn a_class_may_refuse_input_with_a_number_of_its_own() {
    for (input, errno, bytes) in [
        ("'u32'", "cls.EIO", &b"abc"[..]),
        ("'u32'", "-cls.EIO", b""),
        ("'json'", "cls.EIO", b"{"),
    ] {
        let lab = Lab::of(&format!(
            "function go() cls.write(0, 1, 'x') end cls.register(go, {{ input = {input}, errno = {errno} }})"
        ));
        let error = lab.exec("t", "go", bytes).result.unwrap_err();
        assert_eq!(error.errno(), objclass::Errno::EIO, "{input}");
        assert_eq!(lab.data(), None);
    }
    let chunk = "function go() end cls.register(go, { input = 'u8', errno = 0 })";
    let error = Lab::new().try_add("t", chunk).unwrap_err();
    assert!(
        format!("{error:?}").contains("no such error number"),
        "{error:?}"
    );
}

#[test]
fn a_type_that_cannot_be_told_to_the_host_is_an_error_while_loading() {
    let doubled = (0..20).fold("\"t0\", \"(a:u64 b:u64)\"".to_owned(), |text, at| {
        format!("{text}, \"t{}\", \"(a:t{at} b:t{at})\"", at + 1)
    });
    for input in ["T.t20", "'[t20]'"] {
        let chunk = format!(
            "local T <const> = ceph.types {{ {doubled} }} function go() end cls.register(go, {{ input = {input} }})"
        );
        let error = Lab::new().try_add("t", &chunk).unwrap_err();
        assert!(
            format!("{error:?}").contains("more than 16 KiB"),
            "{error:?}"
        );
    }
}
