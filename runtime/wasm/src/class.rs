//! A class made from a component.

use std::fmt;

use objclass::{CallError, Class, ClassName, Context, Method, Reply};
use wasmtime::component::{ComponentExportIndex, Instance, TypedFunc};

use crate::{call::CurrentCall, compiled::CompiledClass, host::types, outcome};

/// What the export `call` answers.
pub(crate) type CallAnswer = (Result<types::Reply, types::Failure>,);

/// The export `call`.
pub(crate) type CallExport<'a> = TypedFunc<(u32, &'a [u8]), CallAnswer>;

/// A class of which every call has an instance of its own.
pub(crate) struct WasmClass {
    pub(crate) compiled: CompiledClass,
    pub(crate) methods: Vec<Method>,
    /// Its export `call`. INVARIANT: its type is that of [`CallExport`]; [`open`](crate::open) saw to that.
    pub(crate) call: ComponentExportIndex,
}

impl fmt::Debug for WasmClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmClass")
            .field("file", &self.compiled.file)
            .finish_non_exhaustive()
    }
}

impl WasmClass {
    /// Runs a method in `instance`.
    pub(crate) fn enter(
        &self,
        store: &mut wasmtime::Store<CurrentCall>,
        instance: &Instance,
        method: usize,
        input: &[u8],
    ) -> wasmtime::Result<Result<types::Reply, types::Failure>> {
        let index = u32::try_from(method)?;
        let function = instance
            .get_func(&mut *store, self.call)
            .ok_or_else(|| wasmtime::Error::msg("the export `call` is gone"))?;
        // SAFETY: see the field `call`.
        let function: CallExport<'_> = unsafe { TypedFunc::new_unchecked(function) };
        let (answer,) = function.call(&mut *store, (index, input))?;
        Ok(answer)
    }
}

impl Class for WasmClass {
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
        let answer = self.compiled.with_instance(context, |store, instance| {
            self.enter(store, instance, method, input)
        })?;
        outcome::reply(answer, &self.compiled.file)
    }
}
