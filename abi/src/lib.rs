//! `abi/objclass.h` as Rust types: what crosses between a native class and its host, and nothing else.
//!
//! The header is the specification; this crate repeats its layouts for both sides, and a test compiles the header and
//! compares every offset. It holds no code, so that neither side can come to depend on the other's.
#![no_std]
#![forbid(unsafe_code)]

use core::ffi::{c_char, c_void};

/// The ABI number both sides must share.
pub const ABI: u32 = 1;

/// Names of the symbols a class exports.
pub mod symbol {
    /// `const uint32_t`: the ABI number.
    pub const ABI: &str = "objclass_abi";
    /// `const char[]`: the class name.
    pub const NAME: &str = "objclass_name";
    /// `const char[]`: the author's version.
    pub const VERSION: &str = "objclass_version";
    /// `const char[]`, optional: names of classes it depends on, separated by spaces.
    pub const DEPS: &str = "objclass_deps";
    /// [`Init`](crate::Init).
    pub const INIT: &str = "objclass_init";
}

/// Flag: the method may read.
pub const RD: u32 = 1;
/// Flag: the method may write.
pub const WR: u32 = 2;

/// The function that registers the methods. `extern "C-unwind"` on the side that calls: a panic that leaves it is the
/// class's fault and must not be undefined behaviour in the host.
pub type Init = unsafe extern "C-unwind" fn(*mut Registry) -> i32;

/// A method.
pub type Run = unsafe extern "C-unwind" fn(*mut Call, Bytes) -> i32;

/// The visible part of a registry handle.
#[repr(C)]
#[derive(Debug)]
pub struct Registry {
    /// The host's functions.
    pub host: *const Host,
}

/// The visible part of a call handle.
#[repr(C)]
#[derive(Debug)]
pub struct Call {
    /// The host's functions.
    pub host: *const Host,
}

/// A range of bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// The first byte. From the host never null; from a class null only when `size` is 0.
    pub data: *const u8,
    /// How many.
    pub size: usize,
}

/// One omap entry or xattr.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Key or name.
    pub key: Bytes,
    /// Value.
    pub value: Bytes,
}

/// A page of keys.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The first key.
    pub keys: *const Bytes,
    /// How many.
    pub count: usize,
    /// 1 when the listing goes on.
    pub more: i32,
}

/// A page of entries.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Pairs {
    /// The first entry.
    pub pairs: *const Pair,
    /// How many.
    pub count: usize,
    /// 1 when the listing goes on.
    pub more: i32,
}

/// Size and time of last change.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Stat {
    /// Bytes of data.
    pub size: u64,
    /// Nanoseconds since the Unix epoch.
    pub mtime_ns: u64,
}

/// About a call. Grows at its end; the class sets `size` before it asks.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Size of the struct the class has room for.
    pub size: usize,
    /// Pool.
    pub pool: Bytes,
    /// Namespace.
    pub name_space: Bytes,
    /// Object name.
    pub oid: Bytes,
    /// Who asked.
    pub origin: Bytes,
    /// Version of the object before the transaction.
    pub version: u64,
    /// Position in the compound operation.
    pub subop: u32,
    /// [`RD`] and [`WR`] as this call has them.
    pub access: u32,
}

/// A method being registered. Grows at its end; the class sets `size`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Size of the struct the class passes.
    pub size: usize,
    /// Terminated name.
    pub name: *const c_char,
    /// [`RD`] and [`WR`].
    pub flags: u32,
    /// 0.
    pub unused: u32,
    /// The function.
    pub run: Option<Run>,
    /// Since 1.1: one terminated line, or null.
    pub doc: *const c_char,
}

/// Size of [`Method`] in ABI 1.0.
pub const METHOD_SIZE_1_0: usize = core::mem::offset_of!(Method, doc);

/// Size of [`Host`] in ABI 1.0.
pub const HOST_SIZE_1_0: usize = core::mem::offset_of!(Host, interrupted);

macro_rules! host_table {
    ($($(#[$doc:meta])* $name:ident($($type:ty),*);)*) => {
        /// The host's functions. Grows at its end; a class looks at `size` before it uses a field.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Host {
            /// Size of the table the host has.
            pub size: usize,
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($type),*) -> i32,)*
        }

        impl Host {
            /// Name and offset of every function, for the test that compares this with the header.
            pub const FIELDS: &'static [(&'static str, usize)] =
                &[$((stringify!($name), core::mem::offset_of!(Host, $name))),*];
        }
    };
}

host_table! {
    /// Registers a method.
    register_method(*mut Registry, *const Method);
    /// Says why init fails.
    refuse(*mut Registry, Bytes);
    /// Size and mtime.
    stat(*mut Call, *mut Stat);
    /// Data from an offset.
    read(*mut Call, u64, u64, *mut Bytes);
    /// One xattr.
    getxattr(*mut Call, Bytes, *mut Bytes);
    /// All xattrs.
    getxattrs(*mut Call, *mut Pairs);
    /// Omap keys after one.
    omap_get_keys(*mut Call, Bytes, u64, *mut Keys);
    /// Omap entries after one, with a prefix.
    omap_get_vals(*mut Call, Bytes, Bytes, u64, *mut Pairs);
    /// One omap value.
    omap_get_val(*mut Call, Bytes, *mut Bytes);
    /// Omap entries by key.
    omap_get_vals_by_keys(*mut Call, *const Bytes, usize, *mut Pairs);
    /// The omap header.
    omap_get_header(*mut Call, *mut Bytes);
    /// Creates the object.
    create(*mut Call, i32);
    /// Removes the object.
    remove(*mut Call);
    /// Writes at an offset.
    write(*mut Call, u64, Bytes);
    /// Replaces the content.
    write_full(*mut Call, Bytes);
    /// Replaces the content by bytes at an offset.
    replace(*mut Call, u64, Bytes);
    /// Cuts or extends.
    truncate(*mut Call, u64);
    /// Zeroes a range.
    zero(*mut Call, u64, u64);
    /// Sets an xattr.
    setxattr(*mut Call, Bytes, Bytes);
    /// Sets omap entries.
    omap_set_vals(*mut Call, *const Pair, usize);
    /// Removes omap keys.
    omap_remove_keys(*mut Call, *const Bytes, usize);
    /// Removes a range of omap keys.
    omap_remove_range(*mut Call, Bytes, Bytes);
    /// Empties the omap.
    omap_clear(*mut Call);
    /// Sets the omap header.
    omap_set_header(*mut Call, Bytes);
    /// About the call.
    info(*mut Call, *mut Info);
    /// Nested call.
    call(*mut Call, Bytes, Bytes, Bytes, *mut Bytes);
    /// Appends to the output.
    output(*mut Call, Bytes);
    /// Logs a line.
    log(*mut Call, i32, Bytes);
    /// Unpredictable bytes.
    random(*mut Call, *mut c_void, usize);
    /// Message beside the error number.
    fail(*mut Call, Bytes);
    /// Ends the call as a trap.
    panic(*mut Call, Bytes, Bytes, u32);
    /// Gives received memory back.
    release(*mut Call, *const c_void);
    /// Since 1.1: whether the call is over.
    interrupted(*mut Call);
}
