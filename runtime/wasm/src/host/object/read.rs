//! `object-read`.

use bytes::Bytes;
use objclass::Pair;
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList},
};

use crate::call::{Answer, CurrentCall, answer, gathered};
use crate::host::types::{Keys, ObjectStat, Pairs};

type List = WasmList<u8>;

/// A read of so many bytes is not worth asking beforehand whether there is memory for it.
const SMALL: u64 = 1 << 20;

pub(in crate::host) fn link(
    mut interface: LinkerInstance<'_, CurrentCall>,
) -> wasmtime::Result<()> {
    interface.func_wrap("stat", stat)?;
    interface.func_wrap("read", read)?;
    interface.func_wrap("getxattr", getxattr)?;
    interface.func_wrap("getxattrs", getxattrs)?;
    interface.func_wrap("omap-get-keys", omap_get_keys)?;
    interface.func_wrap("omap-get-vals", omap_get_vals)?;
    interface.func_wrap("omap-get-val", omap_get_val)?;
    interface.func_wrap("omap-get-vals-by-keys", omap_get_vals_by_keys)?;
    interface.func_wrap("omap-read-header", omap_read_header)
}

fn stat(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> Answer<ObjectStat> {
    let (_, context) = CurrentCall::parts(&mut store);
    answer(context.stat().map(|stat| ObjectStat {
        size: stat.size,
        mtime: stat.mtime.0,
    }))
}

fn read(
    mut store: StoreContextMut<'_, CurrentCall>,
    (offset, length): (u64, u64),
) -> Answer<Bytes> {
    if !(1..=SMALL).contains(&length) {
        let (_, context) = CurrentCall::parts(&mut store);
        let size = match context.stat() {
            Ok(stat) => stat.size,
            Err(refused) => return answer(Err(refused)),
        };
        let rest = size.saturating_sub(offset);
        let length = if length == 0 { rest } else { length.min(rest) };
        store.data_mut().pass(length)?;
    }
    let (_, context) = CurrentCall::parts(&mut store);
    answer(
        context
            .read()
            .and_then(|mut reader| reader.read(offset, length)),
    )
}

fn getxattr(mut store: StoreContextMut<'_, CurrentCall>, (name,): (List,)) -> Answer<Bytes> {
    let (guest, context) = CurrentCall::parts(&mut store);
    let name = guest.bytes(&name);
    answer(context.read().and_then(|mut reader| reader.xattr(name)))
}

fn getxattrs(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> Answer<Vec<Pair>> {
    let (_, context) = CurrentCall::parts(&mut store);
    answer(context.read().and_then(|mut reader| reader.xattrs()))
}

fn omap_get_keys(
    mut store: StoreContextMut<'_, CurrentCall>,
    (start_after, max): (List, u64),
) -> Answer<Keys> {
    let (guest, context) = CurrentCall::parts(&mut store);
    let start_after = guest.bytes(&start_after);
    let page = context
        .read()
        .and_then(|mut reader| reader.omap_keys(start_after, max));
    answer(page.map(|page| Keys {
        entries: page.entries,
        more: page.more,
    }))
}

fn omap_get_vals(
    mut store: StoreContextMut<'_, CurrentCall>,
    (start_after, prefix, max): (List, List, u64),
) -> Answer<Pairs> {
    let (guest, context) = CurrentCall::parts(&mut store);
    let start_after = guest.bytes(&start_after);
    let prefix = guest.bytes(&prefix);
    let page = context
        .read()
        .and_then(|mut reader| reader.omap_vals(start_after, prefix, max));
    answer(page.map(|page| Pairs {
        entries: page.entries,
        more: page.more,
    }))
}

fn omap_get_val(mut store: StoreContextMut<'_, CurrentCall>, (key,): (List,)) -> Answer<Bytes> {
    let (guest, context) = CurrentCall::parts(&mut store);
    let key = guest.bytes(&key);
    answer(context.read().and_then(|mut reader| reader.omap_val(key)))
}

fn omap_get_vals_by_keys(
    mut store: StoreContextMut<'_, CurrentCall>,
    (keys,): (WasmList<List>,),
) -> Answer<Vec<Pair>> {
    let keys = gathered(&mut store, &keys)?;
    let (guest, context) = CurrentCall::parts(&mut store);
    let keys: Vec<&[u8]> = keys.iter().map(|key| guest.bytes(key)).collect();
    answer(
        context
            .read()
            .and_then(|mut reader| reader.omap_vals_by_keys(&keys)),
    )
}

fn omap_read_header(mut store: StoreContextMut<'_, CurrentCall>, (): ()) -> Answer<Bytes> {
    let (_, context) = CurrentCall::parts(&mut store);
    answer(context.read().and_then(|mut reader| reader.omap_header()))
}
