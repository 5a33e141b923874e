//! Class `probe`: trusted methods that misbehave on request.

use std::{sync::Arc, thread, time::Duration};

use bytes::Bytes;
use objclass::{
    BuiltinClass, CallError, CallRefused, Class, ClassBackend, ClassName, Context, Digest, Errno,
    Limits, Method, MethodFlags, MethodName, Module, OpenError, Reply,
};
use runtime::Kind;

/// Its runtime has no files.
pub(super) const KIND: Kind = Kind {
    name: "probe",
    title: "probe",
    prefix: "probe_",
    suffix: "",
    feature: "probe",
    dir_key: "dirs.probe",
    builtin: &["probe"],
};

/// A backend without files, whose one class is `probe`.
#[derive(Debug)]
pub(super) struct ProbeBackend;

impl ClassBackend for ProbeBackend {
    fn max_module_size(&self) -> u64 {
        0
    }

    fn builtin_classes(&self) -> Vec<BuiltinClass> {
        vec![BuiltinClass {
            name: ClassName::new("probe").unwrap(),
            class: Arc::new(Probe::new()),
        }]
    }

    fn open(&self, module: &Module, _limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        assert_eq!(module.digest, Digest([0; 32]), "there are no files to open");
        Ok(Arc::new(Probe::new()))
    }
}

type Body = fn(&mut Context<'_>, &[u8]) -> Result<Reply, CallError>;

#[derive(Debug)]
struct Probe {
    methods: Vec<Method>,
    bodies: Vec<Body>,
}

const METHODS: &[(&str, &str, Body)] = &[
    ("read", "r", read),
    ("longer_than", "r", longer_than),
    ("put", "rw", put),
    ("blind", "w", put),
    ("put_then_fail", "rw", put_then_fail),
    ("put_then_panic", "rw", put_then_panic),
    ("put_and_swallow", "rw", put_and_swallow),
    ("put_slowly", "rw", put_slowly),
    ("create_if_missing", "rw", create_if_missing),
    ("negative", "rw", negative),
    ("write_though_reader", "r", put),
    ("call", "rw", call),
    ("call_though_reader", "r", call),
    ("info", "rw", info),
    ("echo", "rw", echo),
];

impl Probe {
    fn new() -> Self {
        Self {
            methods: METHODS
                .iter()
                .map(|(name, flags, _)| {
                    let flags = flags.parse::<MethodFlags>().unwrap();
                    Method::new(MethodName::new(name).unwrap(), flags)
                })
                .collect(),
            bodies: METHODS.iter().map(|(_, _, body)| *body).collect(),
        }
    }
}

impl Class for Probe {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &[]
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        self.bodies[method](context, input)
    }
}

/// The rule every backend follows: an errno is an answer, an ended call is over.
fn ok<T>(context: &mut Context<'_>, result: Result<T, CallRefused>) -> Result<T, CallError> {
    result.map_err(|refused| match refused {
        CallRefused::Errno(errno) => errno.into(),
        CallRefused::Ended => context.end(),
    })
}

fn answer(output: impl Into<Bytes>) -> Result<Reply, CallError> {
    Ok(Reply {
        ret: 0,
        output: output.into(),
    })
}

/// Whether the object has more bytes than the input says; an object that holds `broken` fails.
fn longer_than(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    let data = context.read().and_then(|mut object| object.read(0, 0));
    let data = ok(context, data)?;
    if data == "broken" {
        return Err(Errno::EIO.into());
    }
    if data == "slow" {
        thread::sleep(Duration::from_millis(600));
    }
    let bound: usize = std::str::from_utf8(input)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(Errno::EINVAL)?;
    Ok(Reply {
        ret: i32::from(data.len() > bound),
        output: data,
    })
}

fn read(context: &mut Context<'_>, _input: &[u8]) -> Result<Reply, CallError> {
    let data = context.read().and_then(|mut object| object.read(0, 0));
    answer(ok(context, data)?)
}

fn put(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    let input = Bytes::copy_from_slice(input);
    let done = context
        .write()
        .and_then(|mut object| object.write_full(input));
    ok(context, done)?;
    answer("")
}

fn put_then_fail(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    put(context, input)?;
    let done = context.write().and_then(|mut object| {
        object.set_xattr(b"name", Bytes::from_static(b"value"))?;
        object.omap_set(&[(&b"key"[..], Bytes::from_static(b"value"))])
    });
    ok(context, done)?;
    Err(Errno::EEXIST.into())
}

fn put_then_panic(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    put(context, input)?;
    panic!("a bug in a trusted class");
}

/// Reaches the log limit, pretends nothing happened, and reports success.
fn put_and_swallow(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    put(context, input)?;
    while context.log(20, &[b'x'; 1024]).is_ok() {}
    answer("all is well")
}

fn put_slowly(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    put(context, input)?;
    thread::sleep(Duration::from_millis(40));
    answer("")
}

fn create_if_missing(context: &mut Context<'_>, _input: &[u8]) -> Result<Reply, CallError> {
    if context.stat().is_err() {
        let done = context.write().and_then(|mut object| object.create(true));
        ok(context, done)?;
    }
    answer("")
}

fn negative(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    put(context, input)?;
    Ok(Reply {
        ret: -9999,
        output: Bytes::new(),
    })
}

/// `METHOD INPUT`: calls it on class `probe` and answers what it answered, or its errno in words.
fn call(context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    let text = String::from_utf8_lossy(input);
    let (method, rest) = text.split_once(' ').unwrap_or((&text, ""));
    match context.call("probe", method, rest.as_bytes()) {
        Ok(reply) => Ok(reply),
        Err(CallRefused::Errno(errno)) => answer(errno.to_string()),
        Err(CallRefused::Ended) => Err(context.end()),
    }
}

fn info(context: &mut Context<'_>, _input: &[u8]) -> Result<Reply, CallError> {
    let info = context.info();
    answer(format!("{} {} {}", info.version, info.subop, info.origin))
}

fn echo(_context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
    Ok(Reply {
        ret: 7,
        output: Bytes::copy_from_slice(input),
    })
}
