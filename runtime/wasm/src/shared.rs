//! A class without [`Guards::fresh_instance`](crate::Guards::fresh_instance), for reviews: one instance serves all its calls,
//! one after another, and keeps what each leaves in it.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use objclass::{CallError, Class, ClassName, Context, Method, Reply};
use wasmtime::component::Instance;

use crate::{
    call::CurrentCall,
    class::WasmClass,
    compiled::{arm, finish},
    outcome,
};

/// A class with one instance for all its calls.
pub(crate) struct SharedClass {
    class: WasmClass,
    /// The one instance, between two calls. INVARIANT: the context its store names is gone, and nothing looks at it before
    /// the next call has put its own there.
    instance: Mutex<Option<(wasmtime::Store<CurrentCall>, Instance)>>,
}

impl SharedClass {
    pub(crate) fn new(class: WasmClass) -> Self {
        Self {
            class,
            instance: Mutex::new(None),
        }
    }
}

impl fmt::Debug for SharedClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedClass").field(&self.class).finish()
    }
}

impl Class for SharedClass {
    fn methods(&self) -> &[Method] {
        self.class.methods()
    }

    fn dependencies(&self) -> &[ClassName] {
        self.class.dependencies()
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let compiled = &self.class.compiled;
        let _entered = compiled.enter(context)?;
        let taken = self
            .instance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (mut store, instance) = match taken {
            Some((mut store, instance)) => {
                // SAFETY: the store is kept, and the context in it exchanged here before guest code runs again.
                *store.data_mut() =
                    unsafe { CurrentCall::new(context, compiled.engine.mode, compiled.guards) };
                arm(&mut store)?;
                (store, instance)
            }
            // SAFETY: as above.
            None => unsafe { compiled.instance(context) }?,
        };
        let result = self.class.enter(&mut store, &instance, method, input);
        finish(&mut store);
        let answer = compiled.settled(result, context)?;
        *self.instance.lock().unwrap_or_else(PoisonError::into_inner) = Some((store, instance));
        outcome::reply(answer, &compiled.file)
    }
}
