//! `calls`, `log` and `env`: what surrounds a call.

use bytes::Bytes;
use objclass::{LimitKind, memory};
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList, WasmStr},
};

use super::types::{Location, Remaining, Reply};
use crate::call::{Answer, CurrentCall, Ended, answer};

/// The most random bytes one call of `random` gives.
const MAX_RANDOM: u32 = 4096;

pub(super) fn link_calls(mut interface: LinkerInstance<'_, CurrentCall>) -> wasmtime::Result<()> {
    interface.func_wrap("call", call)
}

pub(super) fn link_log(mut interface: LinkerInstance<'_, CurrentCall>) -> wasmtime::Result<()> {
    interface.func_wrap("log", log)
}

pub(super) fn link_env(mut interface: LinkerInstance<'_, CurrentCall>) -> wasmtime::Result<()> {
    interface.func_wrap("object-id", object_id)?;
    interface.func_wrap("version", version)?;
    interface.func_wrap("subop", subop)?;
    interface.func_wrap("origin", origin)?;
    interface.func_wrap("random", random)?;
    interface.func_wrap("limits-left", limits_left)
}

fn call(
    mut store: StoreContextMut<'_, CurrentCall>,
    (class, method, input): (WasmStr, WasmStr, WasmList<u8>),
) -> Answer<Reply> {
    // The callee spends from the same budget: it must see what was used so far, and what it used is gone afterwards.
    let left = store.get_fuel()?;
    store.data_mut().settle(left);
    let holds = store.data().memory();
    let result = {
        let (guest, context) = CurrentCall::parts(&mut store);
        let (class, method) = (guest.text(&class)?, guest.text(&method)?);
        let input = guest.bytes(&input);
        memory::holding(holds, || context.call(&class, &method, input))
    };
    let fuel = store.data_mut().grant();
    store.set_fuel(fuel)?;
    answer(result.map(|reply| Reply {
        ret: reply.ret,
        output: reply.output,
    }))
}

fn log(
    mut store: StoreContextMut<'_, CurrentCall>,
    (level, text): (i32, WasmStr),
) -> wasmtime::Result<()> {
    let (guest, context) = CurrentCall::parts(&mut store);
    let text = guest.text(&text)?;
    context
        .log(level, text.as_bytes())
        .map_err(|_over| Ended.into())
}

fn version(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> wasmtime::Result<(u64,)> {
    let (_, context) = CurrentCall::parts(&mut store);
    Ok((context.info().version,))
}

fn subop(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> wasmtime::Result<(u32,)> {
    let (_, context) = CurrentCall::parts(&mut store);
    Ok((context.info().subop,))
}

fn origin(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> wasmtime::Result<(String,)> {
    let (_, context) = CurrentCall::parts(&mut store);
    Ok((context.info().origin.clone(),))
}

fn object_id(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> wasmtime::Result<(Location,)> {
    let (_, context) = CurrentCall::parts(&mut store);
    let object = context.info().object.clone();
    Ok((Location {
        pool: object.pool,
        namespace: object.namespace,
        oid: object.oid,
    },))
}

fn random(
    mut store: StoreContextMut<'_, CurrentCall>,
    (length,): (u32,),
) -> wasmtime::Result<(Bytes,)> {
    let (_, context) = CurrentCall::parts(&mut store);
    let mut bytes = vec![0; length.min(MAX_RANDOM) as usize];
    context.random(&mut bytes);
    Ok((bytes.into(),))
}

fn limits_left(
    mut store: StoreContextMut<'_, CurrentCall>,
    (): (),
) -> wasmtime::Result<(Remaining,)> {
    let left = store.get_fuel()?;
    store.data_mut().settle(left);
    let (_, context) = CurrentCall::parts(&mut store);
    let budget = context.budget();
    Ok((Remaining {
        instructions: budget.left(LimitKind::Fuel),
        milliseconds: budget.left(LimitKind::Deadline),
        object_read: budget.left(LimitKind::ObjectRead),
        object_written: budget.left(LimitKind::ObjectWritten),
        output: budget.left(LimitKind::Output),
    },))
}
