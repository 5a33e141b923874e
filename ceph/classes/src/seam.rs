//! `seam.h` as Rust types. The sizes of both tables are compared when the library is opened.

use std::ffi::{c_char, c_void};

use class_abi::{Bytes, Call};

/// The symbol of [`Library`].
pub const SYMBOL: &str = "radula_ceph_library_table";

/// How a method is called: with char buffers.
pub const C: u32 = 0;
/// How a method is called: with bufferlists.
pub const CXX: u32 = 1;

/// Who asked, as the members of Ceph's `entity_inst_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// 8: a client.
    pub kind: u8,
    /// Its number among its kind.
    pub number: i64,
    /// Type of the address: 0 none, 3 any.
    pub address: u32,
    /// Tells processes at one address apart.
    pub nonce: u32,
    /// Family in host order, then as the network has it.
    pub sockaddr: [u8; 28],
}

/// What a class registers into; the engine's own.
#[repr(C)]
#[derive(Debug)]
pub struct Registry {
    _private: [u8; 0],
}

/// What only Ceph's classes ask the engine for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Services {
    /// While a class is opened: its name.
    pub register_class: unsafe extern "C" fn(*mut Registry, Bytes) -> i32,
    /// A method: name, flags of Ceph, [`C`] or [`CXX`], function.
    pub register_method: unsafe extern "C" fn(*mut Registry, Bytes, i32, u32, *mut c_void) -> i32,
    /// A filter for listings.
    pub register_filter: unsafe extern "C" fn(*mut Registry, Bytes) -> i32,
    /// A class that must be open first.
    pub depend: unsafe extern "C" fn(*mut Registry, Bytes) -> i32,
    /// Why the class cannot be opened.
    pub refuse: unsafe extern "C" fn(*mut Registry, Bytes) -> i32,
    /// In a call: who asked.
    pub caller: unsafe extern "C" fn(*mut Call, *mut Caller) -> i32,
    /// In a call: a number no other operation of the request has.
    pub position: unsafe extern "C" fn(*mut Call) -> i32,
}

/// `radula_ceph_library.open`: services, registry, `class_deps` or null, `__cls_init`.
pub type OpenClass =
    unsafe extern "C" fn(*const Services, *mut Registry, *mut c_void, *mut c_void) -> i32;

/// `radula_ceph_library.call`: services, handle, [`C`] or [`CXX`], function, input.
pub type CallMethod =
    unsafe extern "C" fn(*const Services, *mut Call, u32, *mut c_void, Bytes) -> i32;

/// What the host library exports to the engine.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Size of [`Services`] as the library was built.
    pub services_size: usize,
    /// Size of [`Caller`] as the library was built.
    pub caller_size: usize,
    /// The release of `libceph-common` in this process, terminated.
    pub release: unsafe extern "C" fn() -> *const c_char,
    /// Initialises a class.
    pub open: OpenClass,
    /// Runs a method.
    pub call: CallMethod,
}
