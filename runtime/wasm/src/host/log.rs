//! `log`.

use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmStr},
};

use crate::call::{Call, Ended};

pub(super) fn link(mut interface: LinkerInstance<'_, Call>) -> wasmtime::Result<()> {
    interface.func_wrap("log", log)
}

fn log(
    mut store: StoreContextMut<'_, Call>,
    (level, text): (i32, WasmStr),
) -> wasmtime::Result<()> {
    let (memory, context) = Call::parts(&mut store);
    let text = memory.text(&text)?;
    context
        .log(level, text.as_bytes())
        .map_err(|_over| Ended.into())
}
