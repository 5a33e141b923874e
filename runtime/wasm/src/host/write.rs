//! `object-write`. What a guest wants kept is copied once, out of its memory.

use bytes::Bytes;
use objclass::{CallRefused, Writer};
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList},
};

use crate::call::{Answer, Call, Memory, answer};

type Store<'s> = StoreContextMut<'s, Call>;
type List = WasmList<u8>;

pub(super) fn link(mut interface: LinkerInstance<'_, Call>) -> wasmtime::Result<()> {
    interface.func_wrap("create", |mut store: Store<'_>, (exclusive,): (bool,)| {
        write(&mut store, |writer, _| writer.create(exclusive))
    })?;
    interface.func_wrap("remove", |mut store: Store<'_>, (): ()| {
        write(&mut store, |writer, _| writer.remove())
    })?;
    interface.func_wrap(
        "write",
        |mut store: Store<'_>, (offset, data): (u64, List)| {
            write(&mut store, |writer, memory| {
                writer.write(offset, copy(&data, memory))
            })
        },
    )?;
    interface.func_wrap("write-full", |mut store: Store<'_>, (data,): (List,)| {
        write(&mut store, |writer, memory| {
            writer.write_full(copy(&data, memory))
        })
    })?;
    interface.func_wrap(
        "replace",
        |mut store: Store<'_>, (offset, data): (u64, List)| {
            write(&mut store, |writer, memory| {
                writer.replace(offset, copy(&data, memory))
            })
        },
    )?;
    interface.func_wrap("truncate", |mut store: Store<'_>, (size,): (u64,)| {
        write(&mut store, |writer, _| writer.truncate(size))
    })?;
    interface.func_wrap(
        "zero",
        |mut store: Store<'_>, (offset, length): (u64, u64)| {
            write(&mut store, |writer, _| writer.zero(offset, length))
        },
    )?;
    interface.func_wrap(
        "setxattr",
        |mut store: Store<'_>, (name, value): (List, List)| {
            write(&mut store, |writer, memory| {
                writer.set_xattr(memory.bytes(&name), copy(&value, memory))
            })
        },
    )?;
    interface.func_wrap(
        "omap-set-val",
        |mut store: Store<'_>, (key, value): (List, List)| {
            write(&mut store, |writer, memory| {
                writer.omap_set(&[(memory.bytes(&key), copy(&value, memory))])
            })
        },
    )?;
    interface.func_wrap("omap-set-vals", omap_set_vals)?;
    interface.func_wrap(
        "omap-remove-key",
        |mut store: Store<'_>, (key,): (List,)| {
            write(&mut store, |writer, memory| {
                writer.omap_remove(&[memory.bytes(&key)])
            })
        },
    )?;
    interface.func_wrap(
        "omap-remove-range",
        |mut store: Store<'_>, (begin, end): (List, List)| {
            write(&mut store, |writer, memory| {
                writer.omap_remove_range(memory.bytes(&begin), memory.bytes(&end))
            })
        },
    )?;
    interface.func_wrap("omap-clear", |mut store: Store<'_>, (): ()| {
        write(&mut store, |writer, _| writer.omap_clear())
    })?;
    interface.func_wrap(
        "omap-write-header",
        |mut store: Store<'_>, (header,): (List,)| {
            write(&mut store, |writer, memory| {
                writer.omap_set_header(copy(&header, memory))
            })
        },
    )
}

fn omap_set_vals(mut store: Store<'_>, (entries,): (Vec<(List, List)>,)) -> Answer<()> {
    write(&mut store, |writer, memory| {
        let entries: Vec<(&[u8], Bytes)> = entries
            .iter()
            .map(|(key, value)| (memory.bytes(key), copy(value, memory)))
            .collect();
        writer.omap_set(&entries)
    })
}

/// Runs `body` on the writing half of the object.
fn write(
    store: &mut Store<'_>,
    body: impl FnOnce(&mut Writer<'_>, &Memory<'_>) -> Result<(), CallRefused>,
) -> Answer<()> {
    let (memory, context) = Call::parts(store);
    answer(
        context
            .write()
            .and_then(|mut writer| body(&mut writer, &memory)),
    )
}

fn copy(list: &List, memory: &Memory<'_>) -> Bytes {
    Bytes::copy_from_slice(memory.bytes(list))
}
