//! `object-write`. What a guest wants kept is copied once, out of its memory.

use bytes::Bytes;
use objclass::{CallRefused, Writer};
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList},
};

use crate::call::{Answer, CurrentCall, Guest, answer, gathered};

type List = WasmList<u8>;

pub(in crate::host) fn link(
    mut interface: LinkerInstance<'_, CurrentCall>,
) -> wasmtime::Result<()> {
    interface.func_wrap(
        "create",
        |mut store: StoreContextMut<'_, CurrentCall>, (exclusive,): (bool,)| {
            write(&mut store, |writer, _| writer.create(exclusive))
        },
    )?;
    interface.func_wrap(
        "remove",
        |mut store: StoreContextMut<'_, CurrentCall>, (): ()| {
            write(&mut store, |writer, _| writer.remove())
        },
    )?;
    interface.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, CurrentCall>, (offset, data): (u64, List)| {
            write(&mut store, |writer, guest| {
                writer.write(offset, copy(&data, guest))
            })
        },
    )?;
    interface.func_wrap(
        "write-full",
        |mut store: StoreContextMut<'_, CurrentCall>, (data,): (List,)| {
            write(&mut store, |writer, guest| {
                writer.write_full(copy(&data, guest))
            })
        },
    )?;
    interface.func_wrap(
        "replace",
        |mut store: StoreContextMut<'_, CurrentCall>, (offset, data): (u64, List)| {
            write(&mut store, |writer, guest| {
                writer.replace(offset, copy(&data, guest))
            })
        },
    )?;
    interface.func_wrap(
        "truncate",
        |mut store: StoreContextMut<'_, CurrentCall>, (size,): (u64,)| {
            write(&mut store, |writer, _| writer.truncate(size))
        },
    )?;
    interface.func_wrap(
        "zero",
        |mut store: StoreContextMut<'_, CurrentCall>, (offset, length): (u64, u64)| {
            write(&mut store, |writer, _| writer.zero(offset, length))
        },
    )?;
    interface.func_wrap(
        "setxattr",
        |mut store: StoreContextMut<'_, CurrentCall>, (name, value): (List, List)| {
            write(&mut store, |writer, guest| {
                writer.set_xattr(guest.bytes(&name), copy(&value, guest))
            })
        },
    )?;
    interface.func_wrap(
        "omap-set-val",
        |mut store: StoreContextMut<'_, CurrentCall>, (key, value): (List, List)| {
            write(&mut store, |writer, guest| {
                writer.omap_set(&[(guest.bytes(&key), copy(&value, guest))])
            })
        },
    )?;
    interface.func_wrap("omap-set-vals", omap_set_vals)?;
    interface.func_wrap(
        "omap-remove-key",
        |mut store: StoreContextMut<'_, CurrentCall>, (key,): (List,)| {
            write(&mut store, |writer, guest| {
                writer.omap_remove(&[guest.bytes(&key)])
            })
        },
    )?;
    interface.func_wrap(
        "omap-remove-range",
        |mut store: StoreContextMut<'_, CurrentCall>, (begin, end): (List, List)| {
            write(&mut store, |writer, guest| {
                writer.omap_remove_range(guest.bytes(&begin), guest.bytes(&end))
            })
        },
    )?;
    interface.func_wrap(
        "omap-clear",
        |mut store: StoreContextMut<'_, CurrentCall>, (): ()| {
            write(&mut store, |writer, _| writer.omap_clear())
        },
    )?;
    interface.func_wrap(
        "omap-write-header",
        |mut store: StoreContextMut<'_, CurrentCall>, (header,): (List,)| {
            write(&mut store, |writer, guest| {
                writer.omap_set_header(copy(&header, guest))
            })
        },
    )
}

fn omap_set_vals(
    mut store: StoreContextMut<'_, CurrentCall>,
    (entries,): (WasmList<(List, List)>,),
) -> Answer<()> {
    let entries = gathered(&mut store, &entries)?;
    write(&mut store, |writer, guest| {
        // Many entries may lie in the same few bytes of the guest: what they are as copies is asked first.
        let bytes = |list: &List| guest.bytes(list).len() as u64;
        let sizes = entries.iter().map(|(key, value)| bytes(key) + bytes(value));
        writer.check_room(sizes.sum())?;
        let entries: Vec<(&[u8], Bytes)> = entries
            .iter()
            .map(|(key, value)| (guest.bytes(key), copy(value, guest)))
            .collect();
        writer.omap_set(&entries)
    })
}

/// Runs `body` on the writing half of the object.
fn write(
    store: &mut StoreContextMut<'_, CurrentCall>,
    body: impl FnOnce(&mut Writer<'_>, &Guest<'_>) -> Result<(), CallRefused>,
) -> Answer<()> {
    let (guest, context) = CurrentCall::parts(store);
    answer(
        context
            .write()
            .and_then(|mut writer| body(&mut writer, &guest)),
    )
}

fn copy(list: &List, guest: &Guest<'_>) -> Bytes {
    Bytes::copy_from_slice(guest.bytes(list))
}
