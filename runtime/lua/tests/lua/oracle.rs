//! `json` against serde_json: what one accepts the other accepts, and both read the same.

use fastrand::Rng;
use serde_json::Value;

use crate::fixture::Lab;

const SEEDS: &[&str] = &[
    r#"{"a":[1,-2,3.5e-3,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":{}},"d":[]}"#,
    r#"[0,-0,1e5,9223372036854775807,-9223372036854775808,18446744073709551616,0.1]"#,
    r#"{"":"","\u0000":"\\\"\/\b\f\n\r\t"}"#,
    "  [ 1 , { \"k\" : [ [ ] ] } ]\r\n\t",
    "\"é€😀\"",
];

const SNIPPETS: &[&[u8]] = &[
    b"", b",", b":", b"\"", b"\\", b"\\u", b"\\ud800", b"[", b"]", b"{", b"}", b"0", b"-", b".",
    b"e", b"+", b"1", b"null", b"true", b" ", b"\n", b"\x00", b"\x1f", b"\x7f", b"\xff", b"\xc3",
    b"/", b"\"k\":1",
];

fn mutated(random: &mut Rng) -> Vec<u8> {
    let mut text = SEEDS[random.usize(..SEEDS.len())].as_bytes().to_vec();
    for _ in 0..random.usize(..4) {
        let at = random.usize(..text.len() + 1);
        let end = (at + random.usize(..4)).min(text.len());
        let snippet = SNIPPETS[random.usize(..SNIPPETS.len())];
        text.splice(at..end, snippet.iter().copied());
    }
    text
}

/// The same value; numbers as floats, because Lua has integers up to 2^63 only.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            // The oracle rounds less well than it could.
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 1e-14
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

#[test]
fn json_agrees_with_another_parser_on_mutated_texts() {
    let lab = Lab::of(
        "function go(input, output)
           local ok, value = pcall(json.decode, input)
           if ok then output:append(json.encode(value)) return 1 end
           output:append(value)
         end
         cls.register(go)",
    );
    let mut random = Rng::with_seed(0x0123_4567_89ab_cdef);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let text = mutated(&mut random);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let reply = lab.exec("t", "go", &text).result.unwrap();
        let ours = (reply.ret == 1).then(|| &reply.output[..]);
        let message = String::from_utf8_lossy(&reply.output);
        match (ours, serde_json::from_slice::<Value>(&text)) {
            (Some(encoded), Ok(theirs)) => {
                accepted += 1;
                let ours: Value = serde_json::from_slice(encoded).unwrap();
                assert!(same(&ours, &theirs), "{shown}: {ours} is not {theirs}");
            }
            (None, Err(_)) => refused += 1,
            // Stricter on purpose.
            (None, Ok(_)) if message.contains("twice") => {}
            (None, Ok(_)) => panic!("refused {shown}: {message}"),
            (Some(_), Err(error)) => panic!("accepted {shown}: {error}"),
        }
    }
    assert!(accepted > 2_000 && refused > 2_000, "{accepted} {refused}");
}
