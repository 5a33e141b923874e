//! Class `probe`: asks for everything through the SDK and checks the answers. A wrong answer is a panic with its line.
#![forbid(unsafe_code)]

use radula_class::{Context, Errno, Error, Postcard, Reply, Result};
use serde::{Deserialize, Serialize};

radula_class::class! {
    name: "probe",
    version: "3.2.1-beta",
    depends: ["lock", "version"],
    methods: {
        ///
        /// Does everything to the data.
        /// This second line is not shown.
        data: RD | WR,
        xattrs: RD | WR,
        omap: RD | WR,
        services: RD | WR,
        typed: RD | WR,
        ends: RD | WR,
        out_of_bounds: WR,
        no_message: RD,
        survives: RD | WR,
        negative: RD,
        no_input: RD,
        text: RD,
        forever: RD,
    }
}

fn errno<T>(result: Result<T>) -> Option<Errno> {
    result.err().map(|error| error.errno())
}

fn data(context: &mut Context<'_>, _: &[u8]) -> Result {
    assert_eq!(errno(context.stat()), Some(Errno::ENOENT));
    assert_eq!(errno(context.read_all()), Some(Errno::ENOENT));
    assert_eq!(errno(context.remove()), Some(Errno::ENOENT));
    context.create(true)?;
    assert_eq!(errno(context.create(true)), Some(Errno::EEXIST));
    context.write(2, b"cdef")?;
    context.write(0, b"ab")?;
    let before = context.read_all()?;
    assert_eq!(context.stat()?.size, 6);
    context.zero(1, 2)?;
    context.truncate(5)?;
    assert_eq!(before, b"abcdef", "what was read does not change");
    assert_eq!(context.read(0, 0)?, b"a\0\0de");
    let mut room = [9; 4];
    assert_eq!(context.read_into(3, &mut room)?, 2);
    assert_eq!(room, [b'd', b'e', 9, 9]);
    assert_eq!(context.read_into(99, &mut room)?, 0);
    assert_eq!(context.read_into(0, &mut [])?, 0);
    assert_eq!(before, b"abcdef");
    context.replace(1, b"z")?;
    assert_eq!(context.read_all()?, b"\0z");
    context.write_full(b"")?;
    assert_eq!(context.read_all()?, b"");
    context.remove()
}

fn xattrs(context: &mut Context<'_>, _: &[u8]) -> Result {
    assert_eq!(context.find_xattr(b"a")?, None);
    context.set_xattr(b"a", b"1")?;
    context.set_xattr(b"b\0", b"")?;
    assert_eq!(context.xattr(b"a")?, b"1");
    assert_eq!(context.find_xattr(b"b\0")?, Some(&b""[..]));
    assert_eq!(errno(context.xattr(b"c")), Some(Errno::ENODATA));
    let all = context.xattrs()?;
    assert_eq!(
        all.iter().collect::<Vec<_>>(),
        [(&b"a"[..], &b"1"[..]), (b"b\0", b"")]
    );
    Ok(())
}

fn omap(context: &mut Context<'_>, _: &[u8]) -> Result {
    assert_eq!(context.omap_keys(b"", 10)?.iter().len(), 0);
    context.omap_set_all(&[(b"k1", b"v1"), (b"k2", b"v2"), (b"l", b"v3")])?;
    context.omap_set(b"m", b"v4")?;
    let page = context.omap_keys(b"", 3)?;
    assert!(page.more() && page.iter().eq([&b"k1"[..], b"k2", b"l"]));
    let page = context.omap_vals(b"k1", b"k", 9)?;
    assert!(!page.more() && page.iter().eq([(&b"k2"[..], &b"v2"[..])]));
    assert_eq!(context.find_omap_val(b"no")?, None);
    assert_eq!(context.omap_val(b"m")?, b"v4");
    let some = context.omap_vals_by_keys(&[b"m", b"no", b"l"])?;
    assert!(some.iter().eq([(&b"l"[..], &b"v3"[..]), (b"m", b"v4")]));
    context.omap_remove(&[b"m", b"no"])?;
    context.omap_remove_range(b"k", b"l")?;
    assert!(context.omap_keys(b"", 9)?.iter().eq([&b"l"[..]]));
    context.omap_set_header(b"head")?;
    assert_eq!(context.omap_header()?, b"head");
    context.omap_clear()?;
    assert_eq!(context.omap_header()?, b"");
    Ok(())
}

fn services(context: &mut Context<'_>, _: &[u8]) -> Result<Reply<Vec<u8>>> {
    let info = context.info()?;
    assert_eq!(
        (info.pool, info.namespace, info.oid),
        ("pool", "space", "oid")
    );
    assert_eq!(
        (info.origin, info.version, info.subop),
        ("client.1 test", 7, 2)
    );
    let mut noise = [0; 2];
    context.random(&mut noise)?;
    assert_eq!(noise, [4, 4]);
    context.log(5, format_args!("{} is {}", info.oid, 1 + 1))?;
    context.interrupted()?;
    context.output(b"first, ")?;
    let nested = context.call("probe", "text", "\u{e9}".as_bytes())?;
    assert_eq!(nested.ret, 0);
    assert_eq!(
        errno(context.call("no", "no", b"")),
        Some(Errno::EOPNOTSUPP)
    );
    Ok(Reply {
        ret: 9,
        output: nested.output.to_vec(),
    })
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note<'a> {
    text: &'a str,
    number: u32,
}

fn typed<'call>(
    context: &mut Context<'call>,
    Postcard(note): Postcard<Note<'_>>,
) -> Result<Postcard<Note<'call>>> {
    assert_eq!(context.xattr_as::<u8>(b"note")?, None);
    assert_eq!(context.omap_val_as::<u8>(b"note")?, None);
    context.set_xattr_as(b"note", &note)?;
    context.omap_set_as(b"note", &note)?;
    context.write_as(&note)?;
    assert_eq!(
        context.xattr_as(b"note")?,
        Some(&note).map(|n| Note {
            text: n.text,
            number: n.number
        })
    );
    assert_eq!(context.read_as::<Note<'_>>()?, note);
    context.set_xattr(b"broken", b"\xff")?;
    assert_eq!(
        errno(context.xattr_as::<Note<'_>>(b"broken")),
        Some(Errno::EIO)
    );
    let stored = context.omap_val_as(b"note")?;
    Ok(Postcard(stored.ok_or(Errno::ENODATA)?))
}

/// Ends as the input says.
fn ends(context: &mut Context<'_>, input: &str) -> Result {
    context.write_full(b"must be undone")?;
    match input {
        "errno" => Err(Errno::EBUSY)?,
        "own" => Err(Errno::new(9999).into()),
        "words" => Err(Errno::EBUSY.because("come back later")),
        "error" => Err(Error::new(Errno::ESTALE, input)),
        _ => Ok(()),
    }
}

fn out_of_bounds(context: &mut Context<'_>, input: &[u8]) -> Result<Vec<u8>> {
    context.write_full(b"must be undone")?;
    Ok(vec![input[input.len()]])
}

fn no_message(_: &mut Context<'_>, _: &[u8]) -> Result {
    std::panic::panic_any(7)
}

/// A panic in a nested call of the same class is the nested call's.
fn survives(context: &mut Context<'_>, _: &[u8]) -> Result {
    context.write_full(b"kept")?;
    let nested = context.call("probe", "out_of_bounds", b"");
    assert_eq!(errno(nested), Some(Errno::EIO));
    assert_eq!(context.read_all()?, b"kept");
    Ok(())
}

fn negative(_: &mut Context<'_>, _: &[u8]) -> Result<Reply<&'static str>> {
    Ok(Reply {
        ret: -17,
        output: "dropped",
    })
}

fn no_input(_: &mut Context<'_>, (): ()) -> Result {
    Ok(())
}

fn text(_: &mut Context<'_>, input: &str) -> Result<String> {
    Ok(input.to_uppercase())
}

fn forever(context: &mut Context<'_>, _: &[u8]) -> Result {
    loop {
        context.interrupted()?;
    }
}
