//! What the lines of an input do.

use radula::runtime::{CallError, CallRefused, Context, Reply};
use radula::{Bytes, Errno, LimitKind, Pair};

/// Does what `input` says, line by line.
pub(super) fn act(context: &mut Context<'_>, input: &str) -> Result<Reply, CallError> {
    let mut output = String::new();
    for line in input.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (guarded, words) = match words.split_first() {
            Some((&"try", rest)) => (true, rest),
            _ => (false, &words[..]),
        };
        let done = match words {
            [] => continue,
            ["return", ret] => {
                let ret = number(ret).map_err(CallError::from)?;
                return Ok(Reply {
                    ret,
                    output: output.into(),
                });
            }
            ["fail", name] => Err(named(name).into()),
            [verb, words @ ..] => action(context, verb, words),
        };
        match done {
            Ok(None) => {}
            Ok(Some(line)) => output += &(line + "\n"),
            Err(CallRefused::Errno(errno)) if guarded => {
                output += &format!("error {}\n", errno.name().unwrap_or("?"));
            }
            Err(CallRefused::Errno(errno)) => return Err(errno.into()),
            Err(CallRefused::Ended) => return Err(context.end()),
        }
    }
    Ok(Reply {
        ret: 0,
        output: output.into(),
    })
}

/// Does one action; returns its line if it is one that answers.
fn action(
    context: &mut Context<'_>,
    verb: &str,
    words: &[&str],
) -> Result<Option<String>, CallRefused> {
    match (verb, words) {
        ("create", mode) => context.write()?.create(mode == ["exclusive"])?,
        ("remove", []) => context.write()?.remove()?,
        ("write", [offset, data]) => context.write()?.write(number(offset)?, bytes(data))?,
        ("write_full", [data]) => context.write()?.write_full(bytes(data))?,
        ("replace", [offset, data]) => context.write()?.replace(number(offset)?, bytes(data))?,
        ("truncate", [size]) => context.write()?.truncate(number(size)?)?,
        ("zero", [offset, length]) => {
            context.write()?.zero(number(offset)?, number(length)?)?;
        }
        ("setxattr", [name, value]) => {
            context.write()?.set_xattr(&bytes(name), bytes(value))?;
        }
        ("map_set_val", [key, value]) => {
            let key = bytes(key);
            context.write()?.omap_set(&[(&key[..], bytes(value))])?;
        }
        ("map_set_vals", words) => {
            let pairs: Vec<Pair> = words.iter().map(|word| pair(word)).collect();
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (&k[..], v.clone())).collect();
            context.write()?.omap_set(&pairs)?;
        }
        ("map_remove_key", [key]) => context.write()?.omap_remove(&[&bytes(key)])?,
        ("map_remove_range", [begin, end]) => {
            let mut object = context.write()?;
            object.omap_remove_range(&bytes(begin), &bytes(end))?;
        }
        ("map_clear", []) => context.write()?.omap_clear()?,
        ("map_write_header", [header]) => context.write()?.omap_set_header(bytes(header))?,
        ("log", [level, text]) => context.log(number(level)?, &bytes(text))?,
        ("spin", []) => loop {
            let budget = context.budget();
            if !budget.charge(LimitKind::Fuel, 1000) || !budget.check_deadline() {
                return Err(CallRefused::Ended);
            }
        },
        // A language that runs on the host's own stack, and counts what it would hold.
        ("hoard", []) => {
            context.budget().hit(LimitKind::Memory);
            return Err(CallRefused::Ended);
        }
        _ => return answer(context, verb, words).map(Some),
    }
    Ok(None)
}

fn answer(context: &mut Context<'_>, verb: &str, words: &[&str]) -> Result<String, CallRefused> {
    Ok(match (verb, words) {
        ("stat", []) => format!("stat {}", context.stat()?.size),
        ("read", [offset, length]) => {
            let data = context.read()?.read(number(offset)?, number(length)?)?;
            format!("read {}", word(&data))
        }
        ("getxattr", [name]) => format!("xattr {}", word(&context.read()?.xattr(&bytes(name))?)),
        ("getxattrs", []) => listing("xattrs", &context.read()?.xattrs()?, false),
        ("map_get_keys", [after, max]) => {
            let page = context.read()?.omap_keys(&bytes(after), number(max)?)?;
            let keys = page.entries.iter().map(|key| format!(" {}", word(key)));
            format!("keys{}{}", keys.collect::<String>(), more(page.more))
        }
        ("map_count", [after, max]) => {
            let page = context.read()?.omap_keys(&bytes(after), number(max)?)?;
            format!("count {}{}", page.entries.len(), more(page.more))
        }
        ("map_get_vals", [after, prefix, max]) => {
            let mut object = context.read()?;
            let page = object.omap_vals(&bytes(after), &bytes(prefix), number(max)?)?;
            listing("vals", &page.entries, page.more)
        }
        ("map_get_val", [key]) => format!("val {}", word(&context.read()?.omap_val(&bytes(key))?)),
        ("map_get_vals_by_keys", keys) => {
            let keys: Vec<Bytes> = keys.iter().map(|key| bytes(key)).collect();
            let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
            listing("vals", &context.read()?.omap_vals_by_keys(&keys)?, false)
        }
        ("map_read_header", []) => format!("header {}", word(&context.read()?.omap_header()?)),
        ("version", []) => format!("version {}", context.info().version),
        ("subop", []) => format!("subop {}", context.info().subop),
        ("origin", []) => format!("origin {}", word(context.info().origin.as_bytes())),
        ("call", [class, method, input]) => {
            let text = |word| String::from_utf8_lossy(&bytes(word)).into_owned();
            let reply = context.call(&text(class), &text(method), &bytes(input))?;
            format!("reply {} {}", reply.ret, word(&reply.output))
        }
        ("out", [text]) => format!("out {}", word(&bytes(text))),
        _ => return Err(Errno::EINVAL.into()),
    })
}

fn listing(label: &str, pairs: &[Pair], goes_on: bool) -> String {
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!(" {}={}", word(key), word(value)));
    format!("{label}{}{}", pairs.collect::<String>(), more(goes_on))
}

fn more(goes_on: bool) -> &'static str {
    if goes_on { " ..." } else { "" }
}

fn named(name: &str) -> Errno {
    let known = Errno::ALL.iter().find(|errno| errno.name() == Some(name));
    known.copied().unwrap_or(Errno::EINVAL)
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, Errno> {
    word.parse().map_err(|_| Errno::EINVAL)
}

fn pair(word: &str) -> Pair {
    let (key, value) = word.split_once('=').unwrap_or((word, ""));
    (bytes(key), bytes(value))
}

/// The bytes a word stands for: `-` alone is none, `x*3` is `xxx`, `%00` is a byte in hex.
fn bytes(word: &str) -> Bytes {
    if word == "-" {
        return Bytes::new();
    }
    if let Some((unit, times)) = word.rsplit_once('*')
        && let Ok(times) = times.parse()
    {
        return bytes(unit).repeat(times).into();
    }
    let mut parts = word.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(part.len().min(2));
        decoded.extend(u8::from_str_radix(hex, 16).ok());
        decoded.extend_from_slice(rest.as_bytes());
    }
    decoded.into()
}

/// The word for `bytes`.
fn word(bytes: &[u8]) -> String {
    let encoded = |byte: &u8| match byte {
        b'%' | b'*' => format!("%{byte:02x}"),
        b'!'..=b'~' => char::from(*byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    match bytes {
        b"" => "-".into(),
        b"-" => "%2d".into(),
        _ => bytes.iter().map(encoded).collect(),
    }
}
