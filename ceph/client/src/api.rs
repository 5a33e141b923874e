//! The functions of librados that are used, found by name when the library is loaded.
//!
//! Types and prototypes are those of `rados/librados.h`, whose C interface has symbol versions and has not changed
//! since Ceph 14.2 but by addition.

use std::{
    ffi::{c_char, c_int, c_uchar, c_void},
    sync::OnceLock,
};

use libloading::Library;

use crate::error::ConnectError;

/// The library, by the name its ABI has had since Ceph 0.1.
const LIBRARY: &str = "librados.so.2";

/// `LIBRADOS_OPERATION_RETURNVEC`: answers of calls that wrote, as far as the cluster keeps them.
pub(crate) const RETURNVEC: c_int = 1024;

/// What librados hands out as `rados_t`, `rados_ioctx_t` and so on.
pub(crate) type Handle = *mut c_void;

/// `time_t` of the platforms Ceph runs on.
pub(crate) type Seconds = i64;

macro_rules! functions {
    ($( fn $name:ident($($argument:ty),* $(,)?) $(-> $answer:ty)?; )*) => {
        /// The functions, each of the type its declaration in `librados.h` has.
        pub(crate) struct Api {
            $( pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $answer)?, )*
        }

        impl Api {
            fn of(library: &'static Library) -> Result<Self, ConnectError> {
                Ok(Self {
                    $( $name: {
                        // SAFETY: the type is that of the function's declaration in librados.h, and the library is
                        // never unloaded, so the pointer stays good.
                        let found = unsafe {
                            library.get::<unsafe extern "C" fn($($argument),*) $(-> $answer)?>(
                                concat!(stringify!($name), "\0").as_bytes(),
                            )
                        };
                        *found.map_err(|_| ConnectError::OldLibrary {
                            function: stringify!($name),
                        })?
                    }, )*
                })
            }
        }
    };
}

functions! {
    // The cluster.
    fn rados_create2(*mut Handle, *const c_char, *const c_char, u64) -> c_int;
    fn rados_conf_read_file(Handle, *const c_char) -> c_int;
    fn rados_conf_set(Handle, *const c_char, *const c_char) -> c_int;
    fn rados_connect(Handle) -> c_int;
    fn rados_shutdown(Handle);
    fn rados_cluster_fsid(Handle, *mut c_char, usize) -> c_int;
    fn rados_pool_list(Handle, *mut c_char, usize) -> c_int;
    fn rados_buffer_free(*mut c_char);
    // A pool and namespace.
    fn rados_ioctx_create(Handle, *const c_char, *mut Handle) -> c_int;
    fn rados_ioctx_destroy(Handle);
    fn rados_ioctx_set_namespace(Handle, *const c_char);
    // The names in a pool.
    fn rados_nobjects_list_open(Handle, *mut Handle) -> c_int;
    fn rados_nobjects_list_next2(
        Handle,
        *mut *const c_char,
        *mut *const c_char,
        *mut *const c_char,
        *mut usize,
        *mut usize,
        *mut usize,
    ) -> c_int;
    fn rados_nobjects_list_close(Handle);
    // Waiting for an operation.
    fn rados_aio_create_completion2(*mut c_void, *mut c_void, *mut Handle) -> c_int;
    fn rados_aio_wait_for_complete(Handle) -> c_int;
    fn rados_aio_get_return_value(Handle) -> c_int;
    fn rados_aio_get_version(Handle) -> u64;
    fn rados_aio_release(Handle);
    // Compound reads.
    fn rados_create_read_op() -> Handle;
    fn rados_release_read_op(Handle);
    fn rados_aio_read_op_operate(Handle, Handle, Handle, *const c_char, c_int) -> c_int;
    fn rados_read_op_assert_exists(Handle);
    fn rados_read_op_assert_version(Handle, u64);
    fn rados_read_op_cmpxattr(Handle, *const c_char, u8, *const c_char, usize);
    fn rados_read_op_getxattrs(Handle, *mut Handle, *mut c_int);
    fn rados_read_op_stat(Handle, *mut u64, *mut Seconds, *mut c_int);
    fn rados_read_op_read(Handle, u64, usize, *mut c_char, *mut usize, *mut c_int);
    fn rados_read_op_exec(
        Handle,
        *const c_char,
        *const c_char,
        *const c_char,
        usize,
        *mut *mut c_char,
        *mut usize,
        *mut c_int,
    );
    fn rados_read_op_omap_get_vals2(
        Handle,
        *const c_char,
        *const c_char,
        u64,
        *mut Handle,
        *mut c_uchar,
        *mut c_int,
    );
    fn rados_read_op_omap_get_keys2(
        Handle,
        *const c_char,
        u64,
        *mut Handle,
        *mut c_uchar,
        *mut c_int,
    );
    fn rados_read_op_omap_get_vals_by_keys2(
        Handle,
        *const *const c_char,
        usize,
        *const usize,
        *mut Handle,
        *mut c_int,
    );
    fn rados_getxattrs_next(Handle, *mut *const c_char, *mut *const c_char, *mut usize) -> c_int;
    fn rados_getxattrs_end(Handle);
    fn rados_omap_get_next2(
        Handle,
        *mut *mut c_char,
        *mut *mut c_char,
        *mut usize,
        *mut usize,
    ) -> c_int;
    fn rados_omap_get_end(Handle);
    // Compound writes.
    fn rados_create_write_op() -> Handle;
    fn rados_release_write_op(Handle);
    fn rados_aio_write_op_operate(
        Handle,
        Handle,
        Handle,
        *const c_char,
        *mut Seconds,
        c_int,
    ) -> c_int;
    fn rados_write_op_assert_exists(Handle);
    fn rados_write_op_assert_version(Handle, u64);
    fn rados_write_op_cmpxattr(Handle, *const c_char, u8, *const c_char, usize);
    fn rados_write_op_setxattr(Handle, *const c_char, *const c_char, usize);
    fn rados_write_op_rmxattr(Handle, *const c_char);
    fn rados_write_op_create(Handle, c_int, *const c_char);
    fn rados_write_op_write(Handle, *const c_char, usize, u64);
    fn rados_write_op_write_full(Handle, *const c_char, usize);
    fn rados_write_op_append(Handle, *const c_char, usize);
    fn rados_write_op_remove(Handle);
    fn rados_write_op_truncate(Handle, u64);
    fn rados_write_op_zero(Handle, u64, u64);
    fn rados_write_op_exec(
        Handle,
        *const c_char,
        *const c_char,
        *const c_char,
        usize,
        *mut c_int,
    );
    fn rados_write_op_omap_set2(
        Handle,
        *const *const c_char,
        *const *const c_char,
        *const usize,
        *const usize,
        usize,
    );
    fn rados_write_op_omap_rm_keys2(Handle, *const *const c_char, *const usize, usize);
    fn rados_write_op_omap_rm_range2(Handle, *const c_char, usize, *const c_char, usize);
    fn rados_write_op_omap_clear(Handle);
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("librados")
    }
}

/// librados, loaded at the first use and kept for as long as the process lives: it starts threads that nothing may
/// pull the code from under.
pub(crate) fn api() -> Result<&'static Api, ConnectError> {
    static API: OnceLock<Result<Api, ConnectError>> = OnceLock::new();
    API.get_or_init(|| {
        // SAFETY: librados is loaded for what it is; its initialisers are those every user of Ceph runs.
        let library =
            unsafe { Library::new(LIBRARY) }.map_err(|error| ConnectError::NoLibrary {
                reason: error.to_string(),
            })?;
        Api::of(Box::leak(Box::new(library)))
    })
    .as_ref()
    .map_err(Clone::clone)
}
