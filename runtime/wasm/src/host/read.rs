//! `object-read`.

use bytes::Bytes;
use objclass::Pair;
use wasmtime::{
    StoreContextMut,
    component::{LinkerInstance, WasmList},
};

use super::types::{Keys, ObjectStat, Pairs};
use crate::call::{Answer, Call, answer};

type Store<'s> = StoreContextMut<'s, Call>;
type List = WasmList<u8>;

pub(super) fn link(mut interface: LinkerInstance<'_, Call>) -> wasmtime::Result<()> {
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

fn stat(mut store: Store<'_>, (): ()) -> Answer<ObjectStat> {
    let (_, context) = Call::parts(&mut store);
    answer(context.stat().map(|stat| ObjectStat {
        size: stat.size,
        mtime: stat.mtime.0,
    }))
}

fn read(mut store: Store<'_>, (offset, length): (u64, u64)) -> Answer<Bytes> {
    let (_, context) = Call::parts(&mut store);
    answer(
        context
            .read()
            .and_then(|mut reader| reader.read(offset, length)),
    )
}

fn getxattr(mut store: Store<'_>, (name,): (List,)) -> Answer<Bytes> {
    let (memory, context) = Call::parts(&mut store);
    let name = memory.bytes(&name);
    answer(context.read().and_then(|mut reader| reader.xattr(name)))
}

fn getxattrs(mut store: Store<'_>, (): ()) -> Answer<Vec<Pair>> {
    let (_, context) = Call::parts(&mut store);
    answer(context.read().and_then(|mut reader| reader.xattrs()))
}

fn omap_get_keys(mut store: Store<'_>, (start_after, max): (List, u64)) -> Answer<Keys> {
    let (memory, context) = Call::parts(&mut store);
    let start_after = memory.bytes(&start_after);
    let page = context
        .read()
        .and_then(|mut reader| reader.omap_keys(start_after, max));
    answer(page.map(|page| Keys {
        entries: page.entries,
        more: page.more,
    }))
}

fn omap_get_vals(
    mut store: Store<'_>,
    (start_after, prefix, max): (List, List, u64),
) -> Answer<Pairs> {
    let (memory, context) = Call::parts(&mut store);
    let start_after = memory.bytes(&start_after);
    let prefix = memory.bytes(&prefix);
    let page = context
        .read()
        .and_then(|mut reader| reader.omap_vals(start_after, prefix, max));
    answer(page.map(|page| Pairs {
        entries: page.entries,
        more: page.more,
    }))
}

fn omap_get_val(mut store: Store<'_>, (key,): (List,)) -> Answer<Bytes> {
    let (memory, context) = Call::parts(&mut store);
    let key = memory.bytes(&key);
    answer(context.read().and_then(|mut reader| reader.omap_val(key)))
}

fn omap_get_vals_by_keys(mut store: Store<'_>, (keys,): (Vec<List>,)) -> Answer<Vec<Pair>> {
    let (memory, context) = Call::parts(&mut store);
    let keys: Vec<&[u8]> = keys.iter().map(|key| memory.bytes(key)).collect();
    answer(
        context
            .read()
            .and_then(|mut reader| reader.omap_vals_by_keys(&keys)),
    )
}

fn omap_read_header(mut store: Store<'_>, (): ()) -> Answer<Bytes> {
    let (_, context) = Call::parts(&mut store);
    answer(context.read().and_then(|mut reader| reader.omap_header()))
}
