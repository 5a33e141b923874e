//! `env`.

use bytes::Bytes;
use objclass::LimitKind;
use wasmtime::{StoreContextMut, component::LinkerInstance};

use super::types::{Location, Remaining};
use crate::call::Call;

type Store<'s> = StoreContextMut<'s, Call>;

/// The most random bytes one call of `random` gives.
const MAX_RANDOM: u32 = 4096;

pub(super) fn link(mut interface: LinkerInstance<'_, Call>) -> wasmtime::Result<()> {
    interface.func_wrap("object-id", object_id)?;
    interface.func_wrap("version", |mut store: Store<'_>, (): ()| {
        let (_, context) = Call::parts(&mut store);
        Ok((context.info().version,))
    })?;
    interface.func_wrap("subop", |mut store: Store<'_>, (): ()| {
        let (_, context) = Call::parts(&mut store);
        Ok((context.info().subop,))
    })?;
    interface.func_wrap("origin", |mut store: Store<'_>, (): ()| {
        let (_, context) = Call::parts(&mut store);
        Ok((context.info().origin.clone(),))
    })?;
    interface.func_wrap("random", random)?;
    interface.func_wrap("limits-left", limits_left)
}

fn object_id(mut store: Store<'_>, (): ()) -> wasmtime::Result<(Location,)> {
    let (_, context) = Call::parts(&mut store);
    let object = context.info().object.clone();
    Ok((Location {
        pool: object.pool,
        namespace: object.namespace,
        oid: object.oid,
    },))
}

fn random(mut store: Store<'_>, (length,): (u32,)) -> wasmtime::Result<(Bytes,)> {
    let (_, context) = Call::parts(&mut store);
    let mut bytes = vec![0; length.min(MAX_RANDOM) as usize];
    context.random(&mut bytes);
    Ok((bytes.into(),))
}

fn limits_left(mut store: Store<'_>, (): ()) -> wasmtime::Result<(Remaining,)> {
    let left = store.get_fuel()?;
    store.data_mut().settle(left);
    let (_, context) = Call::parts(&mut store);
    let budget = context.budget();
    Ok((Remaining {
        instructions: budget.left(LimitKind::Fuel),
        milliseconds: budget.left(LimitKind::Deadline),
        object_read: budget.left(LimitKind::ObjectRead),
        object_written: budget.left(LimitKind::ObjectWritten),
        output: budget.left(LimitKind::Output),
    },))
}
