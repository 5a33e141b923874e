//! Class `lua`: scripts that come with the request, as in Ceph's `cls_lua`.

mod cache;
mod request;

use std::sync::Arc;

use objclass::{
    CallError, Class, ClassError, ClassName, Context, Digest, Errno, LimitKind, Method,
    MethodFlags, MethodName, OpenError, Reply, Trap, TrapKind,
};

use crate::{
    call::View,
    guards::Guards,
    instance::{Instance, LoadError, Unresolved},
    keeper::Keeper,
    seed::Seeds,
    source::{MAX_SIZE, Source},
};
use cache::Cache;
use request::{Reading, Request};

/// What stands where other classes have their file name.
const FILE: &str = "script";

/// A method: what its input is decoded with, and what its scripts may do.
struct Entry {
    name: &'static str,
    doc: &'static str,
    decode: request::Decode,
    flags: MethodFlags,
}

const RW: MethodFlags = MethodFlags::RD.union(MethodFlags::WR);

/// The methods, in order. Those that end in `_ro` are reads to whoever asks for the flags: a Ceph OSD keeps no record of
/// them, waits for no replica and lets replicas answer.
const ENTRIES: [Entry; 6] = [
    Entry {
        name: "eval_json",
        doc: "runs a script; the input is JSON: script, handler, input",
        decode: request::from_json,
        flags: RW,
    },
    Entry {
        name: "eval_bufferlist",
        doc: "runs a script; the input is Ceph's encoding of script, handler, input",
        decode: request::from_bufferlist,
        flags: RW,
    },
    Entry {
        name: "eval_msgpack",
        doc: "runs a script; the input is a MessagePack array of script, handler, input",
        decode: request::from_msgpack,
        flags: RW,
    },
    Entry {
        name: "eval_json_ro",
        doc: "eval_json for a script that does not write",
        decode: request::from_json,
        flags: MethodFlags::RD,
    },
    Entry {
        name: "eval_bufferlist_ro",
        doc: "eval_bufferlist for a script that does not write",
        decode: request::from_bufferlist,
        flags: MethodFlags::RD,
    },
    Entry {
        name: "eval_msgpack_ro",
        doc: "eval_msgpack for a script that does not write",
        decode: request::from_msgpack,
        flags: MethodFlags::RD,
    },
];

/// See the module.
#[derive(Debug)]
pub(crate) struct EvalClass {
    methods: Vec<Method>,
    cache: Arc<Cache>,
    guards: Guards,
    keeper: Arc<Keeper>,
}

impl EvalClass {
    pub(crate) fn new(guards: Guards, keeper: &Arc<Keeper>) -> EvalClass {
        let cache = Arc::new(Cache::default());
        keeper.watch(&cache);
        let methods = ENTRIES.iter().filter_map(|entry| {
            let name = MethodName::new(entry.name).ok()?;
            Some(Method::new(name, entry.flags).with_doc(Some(entry.doc.to_owned())))
        });
        EvalClass {
            methods: methods.collect(),
            cache,
            guards,
            keeper: Arc::clone(keeper),
        }
    }

    fn run(&self, context: &mut Context<'_>, request: &Request<'_>) -> Result<Reply, CallError> {
        let script = &request.script[..];
        if script.len() > MAX_SIZE {
            return Err(refused(
                Errno::E2BIG,
                format!("the script is longer than {MAX_SIZE} bytes"),
            ));
        }
        let digest = Digest(*blake3::hash(script).as_bytes());
        let memory = context.budget().limits().memory;
        let mut instance = match self.cache.take(&digest, memory) {
            Some(instance) => {
                // The body is not run again; it costs what it cost, so that a request costs the same every time.
                let fuel = instance.load_fuel;
                if !context.budget().charge(LimitKind::Fuel, fuel) {
                    self.cache.put(digest, instance);
                    return Err(context.end());
                }
                instance
            }
            None => load(context, script, &digest, self.guards, memory)?,
        };
        // A body that used its object cannot be replaced by a copy of the state it left.
        let reusable = !instance.touched;
        let result = if request.handler.is_empty() {
            Ok(Reply::default())
        } else {
            answer(&mut instance, context, request)
        };
        if reusable {
            self.cache.put(digest, instance);
        }
        result
    }
}

/// Runs the script's body in a new state, on the object: a script may read and write outside its handlers.
fn load(
    context: &mut Context<'_>,
    script: &[u8],
    digest: &Digest,
    guards: Guards,
    memory: u64,
) -> Result<Instance, CallError> {
    let source = Source::new(bytes::Bytes::copy_from_slice(script), FILE).map_err(unacceptable)?;
    Instance::load(
        &source,
        &Seeds::of(digest),
        guards,
        View::Object(context),
        memory,
    )
    .map_err(|(LoadError::Syntax(error) | LoadError::Run(error))| error)
}

fn answer(
    instance: &mut Instance,
    context: &mut Context<'_>,
    request: &Request<'_>,
) -> Result<Reply, CallError> {
    let name = || objclass::escaped(&request.handler, 128);
    match instance.resolve(context, &request.handler) {
        Ok(index) => {
            let flags = instance.handlers()[index].flags;
            let mut narrowed = context.narrowed("lua", flags);
            instance.run(index, &mut narrowed, &request.input)
        }
        Err(Unresolved::NotAFunction) => Err(refused(
            Errno::EOPNOTSUPP,
            format!("the script has no global function {}", name()),
        )),
        Err(Unresolved::NotRegistered) => Err(refused(
            Errno::EIO,
            format!("the script does not register its function {}", name()),
        )),
        Err(Unresolved::Failed(error)) => Err(error),
    }
}

impl Class for EvalClass {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &[]
    }

    fn is_eval(&self) -> bool {
        true
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let Entry { name, decode, .. } = &ENTRIES[method];
        let mut reading = Reading::new(context.budget(), self.guards.requests);
        let request = decode(input, &mut reading);
        if !reading.finish() {
            return Err(context.end());
        }
        let request =
            request.map_err(|error| refused(Errno::EINVAL, format!("{name}: {error}")))?;
        let result = self.run(context, &request);
        self.keeper.tick();
        result
    }
}

fn refused(errno: Errno, message: String) -> CallError {
    CallError::Class(ClassError {
        errno,
        message: Some(message),
        location: None,
    })
}

fn unacceptable(error: OpenError) -> CallError {
    CallError::Trap(match error {
        OpenError::Malformed { message, location } => Trap {
            kind: TrapKind::GuestError,
            message,
            location,
        },
        other => Trap {
            kind: TrapKind::GuestError,
            message: other.to_string(),
            location: None,
        },
    })
}
