//! The records of the world.

use bytes::Bytes;
use objclass::Pair;
use wasmtime::component::{ComponentType, Lift, Lower};

wasmtime::component::flags! {
    Access {
        #[component(name = "read")]
        const READ;
        #[component(name = "write")]
        const WRITE;
    }
}

/// A method as the guest lists it.
#[derive(ComponentType, Lift, Debug)]
#[component(record)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) access: Access,
    pub(crate) doc: String,
}

/// What a call answers.
#[derive(ComponentType, Lift, Lower, Debug)]
#[component(record)]
pub(crate) struct Reply {
    pub(crate) ret: i32,
    pub(crate) output: Bytes,
}

/// Why a method failed.
#[derive(ComponentType, Lift, Debug)]
#[component(record)]
pub(crate) struct Failure {
    pub(crate) errno: u32,
    pub(crate) message: String,
}

#[derive(ComponentType, Lower, Debug)]
#[component(record)]
pub(super) struct ObjectStat {
    pub(super) size: u64,
    pub(super) mtime: u64,
}

#[derive(ComponentType, Lower, Debug)]
#[component(record)]
pub(super) struct Keys {
    pub(super) entries: Vec<Bytes>,
    pub(super) more: bool,
}

#[derive(ComponentType, Lower, Debug)]
#[component(record)]
pub(super) struct Pairs {
    pub(super) entries: Vec<Pair>,
    pub(super) more: bool,
}

#[derive(ComponentType, Lower, Debug)]
#[component(record)]
pub(super) struct Location {
    pub(super) pool: String,
    pub(super) namespace: String,
    pub(super) oid: String,
}

#[derive(ComponentType, Lower, Debug)]
#[component(record)]
pub(super) struct Remaining {
    pub(super) instructions: u64,
    pub(super) milliseconds: u64,
    #[component(name = "object-read")]
    pub(super) object_read: u64,
    #[component(name = "object-written")]
    pub(super) object_written: u64,
    pub(super) output: u64,
}
