//! Classes on a memory store, without loader and engine.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use bytes::Bytes;
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    LimitHit, LimitKind, Limits, LogRecord, Module, ObjectContext, ObjectId, OpenError, Reply,
    TrapKind, Usage,
};
use runtime_lua::{Guards, LuaBackend};
use store::{Durability, Store, Wait};
use transaction::{Quotas, Transaction};

/// An engine in miniature: classes, one store, a log.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) backend: LuaBackend,
    pub(crate) store: Store,
    pub(crate) log: Mutex<Vec<(i32, String)>>,
    pub(crate) limits: Limits,
    classes: Mutex<BTreeMap<String, Arc<dyn Class>>>,
}

/// What a call did beside answering.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) result: Result<Reply, CallError>,
    pub(crate) usage: Usage,
}

impl Lab {
    pub(crate) fn new() -> Lab {
        Lab::with(Limits::INSTALLED)
    }

    pub(crate) fn with(limits: Limits) -> Lab {
        Lab {
            backend: LuaBackend::new(),
            store: store::memory(),
            log: Mutex::default(),
            limits,
            classes: Mutex::default(),
        }
    }

    /// As [`Lab::with`], some of what holds scripts taken off.
    pub(crate) fn bare(limits: Limits, guards: Guards) -> Lab {
        Lab {
            backend: LuaBackend::with_guards(guards),
            ..Lab::with(limits)
        }
    }

    /// A lab with one class `t` made from `text`.
    pub(crate) fn of(text: &str) -> Lab {
        let lab = Lab::new();
        lab.add("t", text);
        lab
    }

    pub(crate) fn add(&self, class: &str, text: &str) -> Arc<dyn Class> {
        self.try_add(class, text).unwrap()
    }

    pub(crate) fn try_add(&self, class: &str, text: &str) -> Result<Arc<dyn Class>, OpenError> {
        let opened = open(&self.backend, class, text, &self.limits)?;
        self.classes
            .lock()
            .unwrap()
            .insert(class.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }

    fn find(&self, class: &str) -> Option<Arc<dyn Class>> {
        if let Some(found) = self.classes.lock().unwrap().get(class) {
            return Some(Arc::clone(found));
        }
        self.backend
            .builtin_classes()
            .into_iter()
            .find(|builtin| builtin.name.as_str() == class)
            .map(|builtin| {
                self.classes
                    .lock()
                    .unwrap()
                    .insert(class.to_owned(), Arc::clone(&builtin.class));
                builtin.class
            })
    }

    /// Calls a method on object `o`; commits when it succeeds.
    pub(crate) fn exec(&self, class: &str, method: &str, input: &[u8]) -> Done {
        self.exec_on("o", class, method, input)
    }

    pub(crate) fn exec_on(&self, oid: &str, class: &str, method: &str, input: &[u8]) -> Done {
        let id = ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: oid.into(),
        };
        let writing = self.store.begin(&id, Wait::FOREVER).unwrap();
        let snapshot = writing.snapshot().unwrap();
        let version = snapshot.head().unwrap().map_or(0, |head| head.version);
        let info = CallInfo {
            object: id,
            version,
            subop: 0,
            origin: "test".into(),
        };
        let mut transaction = Transaction::new(snapshot, info, Quotas::default());
        let mut budget = Budget::new(self.limits);
        let result = self.run(&mut transaction, &mut budget, class, method, input);
        let result = match budget.error() {
            Some(error) => Err(error),
            None => result,
        };
        if result.is_ok()
            && let Some(changes) = transaction.into_changes()
        {
            writing.commit(changes, Durability::Sync).unwrap();
        }
        Done {
            result,
            usage: budget.usage(),
        }
    }

    /// Calls a method on `object`, whatever that is.
    pub(crate) fn run(
        &self,
        object: &mut dyn ObjectContext,
        budget: &mut Budget,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let found = self.find(class).ok_or(Errno::EOPNOTSUPP)?;
        let index = position(&*found, method)?;
        let flags = found.methods()[index].flags;
        let mut context = Context::new(object, budget, self, class, flags);
        found.call(index, &mut context, input)
    }

    /// The return value of method `m` of class `t`, negative for an error.
    pub(crate) fn ret(&self, method: &str) -> i32 {
        ret(&self.exec("t", method, b"").result)
    }

    /// The output of a method of class `t` that must succeed, as text.
    pub(crate) fn output(&self, method: &str, input: &[u8]) -> String {
        let reply = self.exec("t", method, input).result.unwrap();
        String::from_utf8_lossy(&reply.output).into_owned()
    }

    /// The error of a method of class `t` that must fail.
    pub(crate) fn error(&self, method: &str) -> CallError {
        self.exec("t", method, b"").result.unwrap_err()
    }

    pub(crate) fn data(&self) -> Option<Bytes> {
        let id = ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: "o".into(),
        };
        let snapshot = self.store.snapshot(&id).unwrap();
        let size = snapshot.head().unwrap()?.size;
        Some(
            snapshot
                .read(0, size, &mut objclass::Work::unlimited())
                .unwrap(),
        )
    }

    pub(crate) fn logged(&self) -> Vec<(i32, String)> {
        self.log.lock().unwrap().clone()
    }
}

pub(crate) fn ret(result: &Result<Reply, CallError>) -> i32 {
    match result {
        Ok(reply) => reply.ret,
        Err(error) => error.errno().to_return(),
    }
}

/// The limit a call ended with.
pub(crate) fn limit(result: &Result<Reply, CallError>) -> Option<LimitKind> {
    match result {
        Err(CallError::Trap(trap)) => match trap.kind {
            TrapKind::Limit(LimitHit { kind, .. }) => Some(kind),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn position(class: &dyn Class, method: &str) -> Result<usize, Errno> {
    class
        .methods()
        .iter()
        .position(|candidate| candidate.name.as_str() == method)
        .ok_or(Errno::EOPNOTSUPP)
}

pub(crate) fn open(
    backend: &LuaBackend,
    class: &str,
    text: &str,
    limits: &Limits,
) -> Result<Arc<dyn Class>, OpenError> {
    let class = ClassName::new(class).unwrap();
    let module = Module {
        file: format!("cls_{class}.lua"),
        class,
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        digest: Digest([7; 32]),
    };
    backend.open(&module, limits)
}

impl Host for Lab {
    fn log(&self, record: LogRecord<'_>) {
        self.log
            .lock()
            .unwrap()
            .push((record.level, record.text.to_owned()));
    }

    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let found = self.find(class).ok_or(Errno::EOPNOTSUPP)?;
        let index = position(&*found, method)?;
        let flags = found.methods()[index].flags;
        if !context.access().contains(flags) {
            return Err(Errno::EPERM.into());
        }
        found.call(index, &mut context.narrowed(class, flags), input)
    }

    fn random(&self, buffer: &mut [u8]) {
        static NEXT: OnceLock<()> = OnceLock::new();
        NEXT.get_or_init(|| ());
        buffer.fill(0xa5);
    }
}
