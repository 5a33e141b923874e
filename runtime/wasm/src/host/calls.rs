//! `calls`: other methods on the same object.

use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList, WasmStr},
};

use super::types::Reply;
use crate::call::{Answer, Call, answer};

pub(super) fn link(mut interface: LinkerInstance<'_, Call>) -> wasmtime::Result<()> {
    interface.func_wrap("call", call)
}

fn call(
    mut store: StoreContextMut<'_, Call>,
    (class, method, input): (WasmStr, WasmStr, WasmList<u8>),
) -> Answer<Reply> {
    // The callee spends from the same budget: it must see what was used so far, and what it used is gone afterwards.
    let left = store.get_fuel()?;
    store.data_mut().settle(left);
    let held = store.data().memory();
    let result = {
        let (memory, context) = Call::parts(&mut store);
        let (class, method) = (memory.text(&class)?, memory.text(&method)?);
        let input = memory.bytes(&input);
        Call::holding(held, || context.call(&class, &method, input))
    };
    let fuel = store.data_mut().grant();
    store.set_fuel(fuel)?;
    answer(result.map(|reply| Reply {
        ret: reply.ret,
        output: reply.output,
    }))
}
