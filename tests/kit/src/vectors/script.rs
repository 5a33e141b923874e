//! The lines of a recording.

use objclass::Errno;

use super::pattern::Pattern;

/// A step and how often it is made.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) times: usize,
    pub(super) step: Step,
    /// What is stored differs on purpose when our class stored it.
    pub(super) ours_differs: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Output(Pattern),
    Error(Errno),
    Any,
}

type Name = Vec<u8>;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Call {
        oid: String,
        class: String,
        method: String,
        input: Pattern,
        answer: Answer,
        /// What our class answers on purpose instead.
        ours: Option<Answer>,
    },
    Xattr(String, Name, Option<Pattern>),
    Omap(String, Vec<(Pattern, Pattern)>),
    Data(String, u64, u64, Pattern),
    Read(String, u64, u64, Pattern),
    Size(String, u64),
    There(String, bool),
    WriteFull(String, Vec<u8>),
    SetXattr(String, Name, Vec<u8>),
    SetOmap(String, Name, Vec<u8>),
    Remove(String),
    Sleep(u64),
}

/// Reads a recording.
///
/// # Panics
/// At a line that is none.
pub(super) fn parse(recording: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (at, text) in recording.lines().enumerate() {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let number = at + 1;
        if let Some(entry) = text.strip_prefix("  ") {
            let (key, value) = halves(entry, " = ");
            let Some(Step::Omap(_, entries)) = lines.last_mut().map(|line| &mut line.step) else {
                panic!("line {number}: an entry without its omap: {text}");
            };
            entries.push((Pattern::of_name(key), Pattern::parse(value)));
            continue;
        }
        let (times, text) = match text.strip_prefix("repeat ") {
            Some(rest) => {
                let (times, text) = halves(rest, " ");
                (self::number(times), text)
            }
            None => (1, text),
        };
        let times = usize::try_from(times).expect("a small number");
        let (text, ours_differs) = match text.split_once("  | ours: ") {
            Some((text, _why)) => (text, true),
            None => (text, false),
        };
        let step = step(text);
        lines.push(Line {
            number,
            times,
            step,
            ours_differs,
        });
    }
    lines
}

fn step(text: &str) -> Step {
    let (verb, rest) = halves(text, " ");
    let (what, value) = rest.split_once(" = ").unwrap_or((rest, ""));
    let words: Vec<&str> = what.split(' ').collect();
    let oid = || words[0].to_owned();
    match (verb, words.as_slice()) {
        ("call", _) => call(rest),
        ("xattr", [_, name]) => {
            let value = (value != "none").then(|| Pattern::parse(value));
            Step::Xattr(oid(), unname(name), value)
        }
        ("omap", [_]) => Step::Omap(oid(), Vec::new()),
        ("data", [_, max, "of", size]) => {
            Step::Data(oid(), number(max), number(size), Pattern::parse(value))
        }
        ("read", [_, from, length]) => {
            Step::Read(oid(), number(from), number(length), Pattern::parse(value))
        }
        ("size", [_]) => Step::Size(oid(), number(value)),
        ("there", [_]) => Step::There(oid(), value == "true"),
        ("write-full", [_, data]) => Step::WriteFull(oid(), unhex(data)),
        ("set-xattr", [_, name, value]) => Step::SetXattr(oid(), unname(name), unhex(value)),
        ("set-omap", [_, key, value]) => Step::SetOmap(oid(), unname(key), unhex(value)),
        ("remove", [_]) => Step::Remove(oid()),
        ("sleep", [millis]) => Step::Sleep(number(millis)),
        _ => panic!("no such step: {text}"),
    }
}

fn call(text: &str) -> Step {
    let (text, about) = text.split_once("  | ").unwrap_or((text, ""));
    let ours = about.strip_prefix("ours ").map(|about| {
        let (instead, why) = halves(about, ": ");
        assert!(!why.is_empty(), "no reason for another answer: {text}");
        answer(instead)
    });
    let (request, recorded) = halves(text, " -> ");
    let [oid, method, input] = request.split(' ').collect::<Vec<_>>()[..] else {
        panic!("not a call: {text}");
    };
    let (class, method) = halves(method, ".");
    Step::Call {
        oid: oid.to_owned(),
        class: class.to_owned(),
        method: method.to_owned(),
        input: Pattern::parse(input),
        answer: answer(recorded),
        ours,
    }
}

fn answer(text: &str) -> Answer {
    match text.split_once(' ') {
        Some(("0", output)) => Answer::Output(Pattern::parse(output)),
        None if text == "any" => Answer::Any,
        _ => Answer::Error(errno(text)),
    }
}

fn errno(name: &str) -> Errno {
    let named = Errno::ALL.iter().find(|errno| errno.name() == Some(name));
    named
        .copied()
        .or_else(|| Errno::new(name.parse().ok()?))
        .unwrap_or_else(|| panic!("no such error: {name}"))
}

fn halves<'a>(text: &'a str, between: &str) -> (&'a str, &'a str) {
    text.split_once(between)
        .unwrap_or_else(|| panic!("no {between:?} in {text:?}"))
}

fn number(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Bytes as lines write them.
pub(super) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    assert!(text.len().is_multiple_of(2), "half a byte in {text}");
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(pair).collect()
}

/// A name as lines write it.
pub(super) fn name(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'!'..=b'~' if *byte != b'%' => char::from(*byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    bytes.iter().map(one).collect()
}

pub(super) fn unname(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.extend(unhex(&part[..2]));
        bytes.extend(&part.as_bytes()[2..]);
    }
    bytes
}
