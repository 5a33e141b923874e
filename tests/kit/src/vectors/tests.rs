use std::cell::RefCell;

use objclass::Errno;

use super::{
    ClassHost, Whose,
    pattern::{Bindings, Pattern},
    replay, script, totp,
};

fn matches(pattern: &str, bytes: &[u8]) -> bool {
    Pattern::parse(pattern).matches(bytes, &mut Bindings::default())
}

#[test]
fn patterns_match_what_they_say_and_nothing_else() {
    assert!(matches("-", b"") && !matches("-", b"x"));
    assert!(matches("6162", b"ab") && !matches("6162", b"abc") && !matches("6162", b"a"));
    assert!(matches("61[2]64", b"abcd") && !matches("61[2]64", b"abce"));
    assert!(matches("5f[d]00", b"_12.3\0") && !matches("5f[d]00", b"_x\0"));
    assert!(matches("61[*]", b"abc") && !matches("61[*]", b"a"));
}

#[test]
fn the_caller_is_the_same_in_all_answers() {
    let mut known = Bindings::default();
    let client = Pattern::parse("08CLIENT");
    assert!(client.matches(&[8, 1, 0, 0, 0, 0, 0, 0, 0], &mut known));
    assert!(!client.matches(&[8, 2, 0, 0, 0, 0, 0, 0, 0], &mut known));
    assert_eq!(client.bytes(&known), [8, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn passwords_are_those_of_rfc_6238() {
    assert_eq!(totp::of_counter(1), b"287082");
    assert_eq!(totp::of_counter(0x23523ec), b"081804");
}

#[test]
fn names_round_trip() {
    for name in [&b"plain"[..], b"a b%\0\xff", b""] {
        assert_eq!(script::unname(&script::name(name)), name);
    }
}

/// Answers every call with its input, and stores nothing.
#[derive(Default)]
struct Echo(RefCell<usize>);

impl ClassHost for Echo {
    fn call(&self, _: &str, _: &str, method: &str, input: &[u8]) -> Result<Vec<u8>, Errno> {
        *self.0.borrow_mut() += 1;
        match method {
            "fail" => Err(Errno::EBUSY),
            _ => Ok(input.to_vec()),
        }
    }
    fn size(&self, _: &str) -> Option<u64> {
        None
    }
    fn read(&self, _: &str, _: u64, _: u64) -> Vec<u8> {
        Vec::new()
    }
    fn xattr(&self, _: &str, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
    fn omap(&self, _: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
    fn write_full(&self, _: &str, _: &[u8]) {}
    fn set_xattr(&self, _: &str, _: &[u8], _: &[u8]) {}
    fn set_omap(&self, _: &str, _: &[u8], _: &[u8]) {}
    fn remove(&self, _: &str) {}
}

#[test]
fn a_host_that_answers_and_stores_as_recorded_has_no_difference() {
    let recording = "call o c.m 6162 -> 0 6162  | says it again\ncall o c.fail - -> EBUSY\n\
        repeat 3 call o c.m 01 -> any\nthere o = false\nxattr o x = none\nomap o\n";
    let host = Echo::default();
    let replay = replay(recording, &host, Whose::Ours);
    assert_eq!((replay.calls, replay.looks, *host.0.borrow()), (2, 3, 5));
    assert!(replay.differences.is_empty(), "{:?}", replay.differences);
}

#[test]
fn every_kind_of_difference_is_seen() {
    for recording in [
        "call o c.m 6162 -> 0 6163",
        "call o c.m 6162 -> EBUSY",
        "call o c.fail - -> EEXIST",
        "call o c.fail - -> 0 -",
        "call o c.fail - -> 137",
        "there o = true",
        "size o = 0",
        "read o 0 1 = 00",
        "data o 10 of 0 = -",
        "xattr o x = 00",
        "omap o\n  key = 00",
    ] {
        let replay = replay(recording, &Echo::default(), Whose::Ours);
        assert_eq!(
            replay.differences.len(),
            1,
            "{recording}: {:?}",
            replay.differences
        );
    }
}
