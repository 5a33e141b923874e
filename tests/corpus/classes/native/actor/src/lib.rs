//! Class `actor` of the behaviour suite: does to its object what its input says. The language of the input stands in
//! `../../lua/cls_actor.lua`; this is the same class in Rust: native, and as `../../wasm/cls_actor.wasm`.
//!
//! Three actions differ: native code asks in `spin` whether it should stop, for nothing else can stop it; there it does
//! nothing for `hoard`, since there is no limit it could reach; and there is `panic TEXT`.
#![forbid(unsafe_code)]
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod word;

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use radula_class::{Context, Errno, Pairs, Reply, Result};
use word::{decode, encode, number, pair};

radula_class::class! {
    name: "actor",
    methods: {
        /// acts with the right to read
        r: RD,
        /// acts with the right to write
        w: WR,
        /// acts with both rights
        rw: RD | WR,
    }
}

fn r(context: &mut Context<'_>, input: &str) -> Result<Reply> {
    act(context, input)
}

fn w(context: &mut Context<'_>, input: &str) -> Result<Reply> {
    act(context, input)
}

fn rw(context: &mut Context<'_>, input: &str) -> Result<Reply> {
    act(context, input)
}

fn act(context: &mut Context<'_>, input: &str) -> Result<Reply> {
    for line in input.lines() {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let (guarded, words) = match words.split_first() {
            Some((&"try", rest)) => (true, rest),
            _ => (false, &words[..]),
        };
        let answer = match words {
            [] => continue,
            ["return", ret] => {
                return Ok(Reply {
                    ret: number(ret)?,
                    output: (),
                });
            }
            ["fail", name] => Err(named(name)?.into()),
            [verb, words @ ..] => action(context, verb, words),
        };
        match answer {
            Ok(None) => {}
            Ok(Some(line)) => context.output((line + "\n").as_bytes())?,
            Err(error) if guarded => {
                let line = format!("error {}\n", shown(error.errno()));
                context.output(line.as_bytes())?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Reply { ret: 0, output: () })
}

/// Does one action; answers the line it reads, if it is one that reads.
fn action(context: &mut Context<'_>, verb: &str, words: &[&str]) -> Result<Option<String>> {
    match (verb, words) {
        ("create", []) => context.create(false)?,
        ("create", ["exclusive"]) => context.create(true)?,
        ("remove", []) => context.remove()?,
        ("write", [offset, bytes]) => context.write(number(offset)?, &decode(bytes))?,
        ("write_full", [bytes]) => context.write_full(&decode(bytes))?,
        ("replace", [offset, bytes]) => context.replace(number(offset)?, &decode(bytes))?,
        ("truncate", [size]) => context.truncate(number(size)?)?,
        ("zero", [offset, length]) => context.zero(number(offset)?, number(length)?)?,
        ("setxattr", [name, bytes]) => context.set_xattr(&decode(name), &decode(bytes))?,
        ("map_set_val", [key, bytes]) => context.omap_set(&decode(key), &decode(bytes))?,
        ("map_set_vals", words) => {
            let pairs: Vec<_> = words.iter().map(|word| pair(word)).collect();
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (&k[..], &v[..])).collect();
            context.omap_set_all(&pairs)?;
        }
        ("map_remove_key", [key]) => context.omap_remove(&[&decode(key)])?,
        ("map_remove_range", [begin, end]) => {
            context.omap_remove_range(&decode(begin), &decode(end))?;
        }
        ("map_clear", []) => context.omap_clear()?,
        ("map_write_header", [bytes]) => context.omap_set_header(&decode(bytes))?,
        ("log", [level, text]) => {
            let text = decode(text);
            context.log(number(level)?, String::from_utf8_lossy(&text))?;
        }
        ("spin", []) => loop {
            context.interrupted()?;
        },
        ("hoard", []) if cfg!(target_arch = "wasm32") => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(String::from("more"));
            }
        }
        ("hoard", []) => {}
        ("panic", [text]) => panic!("{}", String::from_utf8_lossy(&decode(text))),
        _ => return reading(context, verb, words).map(Some),
    }
    Ok(None)
}

fn reading(context: &mut Context<'_>, verb: &str, words: &[&str]) -> Result<String> {
    Ok(match (verb, words) {
        ("stat", []) => format!("stat {}", context.stat()?.size),
        ("read", [offset, length]) => {
            let data = context.read(number(offset)?, number(length)?)?;
            format!("read {}", encode(data))
        }
        ("getxattr", [name]) => format!("xattr {}", encode(context.xattr(&decode(name))?)),
        ("getxattrs", []) => listing("xattrs", &context.xattrs()?),
        ("map_get_keys", [after, max]) => {
            let page = context.omap_keys(&decode(after), number(max)?)?;
            let keys = page.iter().map(|key| format!(" {}", encode(key)));
            let more = if page.more() { " ..." } else { "" };
            format!("keys{}{more}", keys.collect::<String>())
        }
        ("map_count", [after, max]) => {
            let page = context.omap_keys(&decode(after), number(max)?)?;
            let more = if page.more() { " ..." } else { "" };
            format!("count {}{more}", page.iter().len())
        }
        ("map_get_vals", [after, prefix, max]) => listing(
            "vals",
            &context.omap_vals(&decode(after), &decode(prefix), number(max)?)?,
        ),
        ("map_get_val", [key]) => format!("val {}", encode(context.omap_val(&decode(key))?)),
        ("map_get_vals_by_keys", keys) => {
            let keys: Vec<_> = keys.iter().map(|key| decode(key)).collect();
            let keys: Vec<_> = keys.iter().map(Vec::as_slice).collect();
            listing("vals", &context.omap_vals_by_keys(&keys)?)
        }
        ("map_read_header", []) => format!("header {}", encode(context.omap_header()?)),
        ("version", []) => format!("version {}", context.info()?.version),
        ("subop", []) => format!("subop {}", context.info()?.subop),
        ("origin", []) => format!("origin {}", encode(context.info()?.origin.as_bytes())),
        ("call", [class, method, bytes]) => {
            let text = |word| String::from_utf8(decode(word)).map_err(|_| Errno::EINVAL);
            let reply = context.call(&text(class)?, &text(method)?, &decode(bytes))?;
            format!("reply {} {}", reply.ret, encode(reply.output))
        }
        ("out", [bytes]) => format!("out {}", encode(&decode(bytes))),
        _ => return Err(Errno::EIO.because(format!("no such action: {verb}"))),
    })
}

fn listing(label: &str, pairs: &Pairs<'_>) -> String {
    let entries = pairs
        .iter()
        .map(|(key, value)| format!(" {}={}", encode(key), encode(value)));
    let more = if pairs.more() { " ..." } else { "" };
    format!("{label}{}{more}", entries.collect::<String>())
}

/// The error number a name stands for.
fn named(name: &str) -> Result<Errno> {
    (1..=MAX_ERRNO)
        .map(Errno::new)
        .find(|errno| errno.to_string() == name)
        .ok_or_else(|| Errno::EIO.because(format!("no such error: {name}")))
}

/// A name where there is one, else the number as methods return it.
fn shown(errno: Errno) -> String {
    let name = errno.to_string();
    if name.starts_with('E') {
        name
    } else {
        format!("-{}", errno.code())
    }
}

/// Linux names no number above it.
const MAX_ERRNO: i32 = 133;
