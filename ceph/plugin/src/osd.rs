//! The OSD behind the method context, through the C++ shim.

use std::{
    ffi::{CString, OsStr, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use objclass::{Errno, Page, Pair, Stat, Timestamp};

use crate::{
    hctx::{Answer, Hctx},
    request_origin::RequestOrigin,
};

/// `cls_method_context_t`.
pub(crate) type Context = *mut c_void;
/// `ceph::bufferlist *`.
pub(crate) type BufferList = *mut c_void;
/// `cls_method_cxx_call_t`.
pub(crate) type MethodCall = unsafe extern "C" fn(Context, BufferList, BufferList) -> c_int;

type Sink = unsafe extern "C" fn(*mut c_void, *const c_char, usize);
type PairSink = unsafe extern "C" fn(*mut c_void, *const c_char, usize, *const c_char, usize);

// SAFETY: the signatures are those of `shim.cc`. Each function returns 0 or more, or a negative errno, and lets no
// exception out.
unsafe extern "C" {
    fn radula_shim_input(list: BufferList, data: *mut *const c_char, length: *mut usize) -> c_int;
    fn radula_shim_output(list: BufferList, data: *const c_char, length: usize) -> c_int;
    fn radula_shim_own_path(sink: Sink, into: *mut c_void) -> c_int;
    fn radula_shim_log(level: c_int, text: *const c_char) -> c_int;
    fn radula_shim_register_class(name: *const c_char, handle: *mut *mut c_void) -> c_int;
    fn radula_shim_register_method(
        handle: *mut c_void,
        name: *const c_char,
        flags: c_int,
        call: MethodCall,
    ) -> c_int;
    fn radula_shim_open_class(name: *const c_char) -> c_int;
    fn radula_shim_version(context: Context) -> u64;
    fn radula_shim_subop(context: Context) -> c_int;
    fn radula_shim_origin(context: Context, origin: *mut RequestOrigin) -> c_int;
    fn radula_shim_stat(context: Context, size: *mut u64, mtime: *mut u64) -> c_int;
    fn radula_shim_read(
        context: Context,
        offset: u64,
        length: u64,
        sink: Sink,
        into: *mut c_void,
    ) -> c_int;
    fn radula_shim_getxattr(
        context: Context,
        name: *const c_char,
        sink: Sink,
        into: *mut c_void,
    ) -> c_int;
    fn radula_shim_getxattrs(context: Context, sink: PairSink, into: *mut c_void) -> c_int;
    fn radula_shim_omap_val(
        context: Context,
        key: *const c_char,
        length: usize,
        sink: Sink,
        into: *mut c_void,
    ) -> c_int;
    fn radula_shim_omap_vals(
        context: Context,
        after: *const c_char,
        after_length: usize,
        prefix: *const c_char,
        prefix_length: usize,
        max: u64,
        more: *mut bool,
        sink: PairSink,
        into: *mut c_void,
    ) -> c_int;
    fn radula_shim_omap_header(context: Context, sink: Sink, into: *mut c_void) -> c_int;
    fn radula_shim_create(context: Context, exclusive: bool) -> c_int;
    fn radula_shim_remove(context: Context) -> c_int;
    fn radula_shim_write(
        context: Context,
        offset: u64,
        data: *const c_char,
        length: usize,
    ) -> c_int;
    fn radula_shim_write_full(context: Context, data: *const c_char, length: usize) -> c_int;
    fn radula_shim_truncate(context: Context, size: u64) -> c_int;
    fn radula_shim_zero(context: Context, offset: u64, length: u64) -> c_int;
    fn radula_shim_setxattr(
        context: Context,
        name: *const c_char,
        data: *const c_char,
        length: usize,
    ) -> c_int;
    fn radula_shim_omap_clear(context: Context) -> c_int;
    fn radula_shim_omap_remove(context: Context, key: *const c_char, length: usize) -> c_int;
    fn radula_shim_omap_remove_range(
        context: Context,
        begin: *const c_char,
        begin_length: usize,
        end: *const c_char,
        end_length: usize,
    ) -> c_int;
    fn radula_shim_omap_set_header(context: Context, data: *const c_char, length: usize) -> c_int;
    fn radula_shim_entries_new() -> *mut c_void;
    fn radula_shim_entries_add(
        entries: *mut c_void,
        key: *const c_char,
        key_length: usize,
        value: *const c_char,
        value_length: usize,
    ) -> c_int;
    fn radula_shim_omap_set(context: Context, entries: *mut c_void) -> c_int;
    fn radula_shim_entries_free(entries: *mut c_void);
}

/// A return value of the shim as an answer.
fn answer(returned: c_int) -> Answer<()> {
    match Errno::from_return(returned) {
        Some(errno) => Err(errno),
        None => Ok(()),
    }
}

fn chars(bytes: &[u8]) -> *const c_char {
    bytes.as_ptr().cast()
}

fn c_string(bytes: &[u8]) -> Answer<CString> {
    CString::new(bytes).map_err(|_| Errno::EINVAL)
}

/// The method context of one call.
#[derive(Debug)]
pub(crate) struct OsdContext(Context);

// SAFETY: the OSD runs a method on one thread, and the context does not outlive the call; the traits are asked for by
// types that could be sent and are not.
unsafe impl Send for OsdContext {}
// SAFETY: as above.
unsafe impl Sync for OsdContext {}

impl OsdContext {
    /// The context of the call that is running.
    ///
    /// # Safety
    /// `context` is what the OSD handed to the running method, and the value is gone when that method returns.
    pub(crate) unsafe fn new(context: Context) -> Self {
        Self(context)
    }
}

/// Gathers what a read pours.
fn gathered(read: impl FnOnce(Sink, *mut c_void) -> c_int) -> Answer<Bytes> {
    unsafe extern "C" fn sink(into: *mut c_void, data: *const c_char, length: usize) {
        // SAFETY: `into` is the vector below, which nothing else uses meanwhile; the shim hands over what it read.
        unsafe {
            let into = &mut *into.cast::<Vec<u8>>();
            into.extend_from_slice(std::slice::from_raw_parts(data.cast(), length));
        }
    }
    let mut bytes = Vec::<u8>::new();
    answer(read(sink, (&raw mut bytes).cast()))?;
    Ok(bytes.into())
}

/// Gathers the entries a listing pours.
fn gathered_pairs(read: impl FnOnce(PairSink, *mut c_void) -> c_int) -> Answer<Vec<Pair>> {
    unsafe extern "C" fn sink(
        into: *mut c_void,
        key: *const c_char,
        key_length: usize,
        value: *const c_char,
        value_length: usize,
    ) {
        let piece = |data: *const c_char, length: usize| {
            if length == 0 {
                // It may have no address.
                return Bytes::new();
            }
            // SAFETY: the shim hands over what it read.
            Bytes::copy_from_slice(unsafe { std::slice::from_raw_parts(data.cast(), length) })
        };
        let pair = (piece(key, key_length), piece(value, value_length));
        // SAFETY: `into` is the vector below, which nothing else uses meanwhile.
        unsafe { (*into.cast::<Vec<Pair>>()).push(pair) };
    }
    let mut pairs = Vec::<Pair>::new();
    answer(read(sink, (&raw mut pairs).cast()))?;
    Ok(pairs)
}

// SAFETY of every call below: the context is that of the running method (`OsdContext::new`), pointers and lengths are
// those of slices that outlive the call, and the shim keeps none of them.
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "one justification, above, covers the calls of this block"
)]
impl Hctx for OsdContext {
    fn subop(&self) -> u32 {
        u32::try_from(unsafe { radula_shim_subop(self.0) }).unwrap_or(u32::MAX)
    }

    fn version(&self) -> u64 {
        unsafe { radula_shim_version(self.0) }
    }

    fn origin(&self) -> String {
        let mut origin = RequestOrigin::default();
        if unsafe { radula_shim_origin(self.0, &mut origin) } < 0 {
            return String::new();
        }
        origin.text()
    }

    fn stat(&self) -> Answer<Stat> {
        let (mut size, mut mtime) = (0, 0);
        answer(unsafe { radula_shim_stat(self.0, &mut size, &mut mtime) })?;
        Ok(Stat {
            size,
            mtime: Timestamp(mtime),
        })
    }

    fn read(&self, offset: u64, length: u64) -> Answer<Bytes> {
        gathered(|sink, into| unsafe { radula_shim_read(self.0, offset, length, sink, into) })
    }

    fn xattr(&self, name: &[u8]) -> Answer<Bytes> {
        let name = c_string(name)?;
        gathered(|sink, into| unsafe { radula_shim_getxattr(self.0, name.as_ptr(), sink, into) })
    }

    fn xattrs(&self) -> Answer<Vec<Pair>> {
        gathered_pairs(|sink, into| unsafe { radula_shim_getxattrs(self.0, sink, into) })
    }

    fn omap_val(&self, key: &[u8]) -> Answer<Bytes> {
        gathered(|sink, into| unsafe {
            radula_shim_omap_val(self.0, chars(key), key.len(), sink, into)
        })
    }

    fn omap_vals(&self, after: &[u8], prefix: &[u8], max: u64) -> Answer<Page<Pair>> {
        let mut more = false;
        let entries = gathered_pairs(|sink, into| unsafe {
            radula_shim_omap_vals(
                self.0,
                chars(after),
                after.len(),
                chars(prefix),
                prefix.len(),
                max,
                &mut more,
                sink,
                into,
            )
        })?;
        Ok(Page { entries, more })
    }

    fn omap_header(&self) -> Answer<Bytes> {
        gathered(|sink, into| unsafe { radula_shim_omap_header(self.0, sink, into) })
    }

    fn create(&self, exclusive: bool) -> Answer<()> {
        answer(unsafe { radula_shim_create(self.0, exclusive) })
    }

    fn remove(&self) -> Answer<()> {
        answer(unsafe { radula_shim_remove(self.0) })
    }

    fn write(&self, offset: u64, data: &[u8]) -> Answer<()> {
        answer(unsafe { radula_shim_write(self.0, offset, chars(data), data.len()) })
    }

    fn write_full(&self, data: &[u8]) -> Answer<()> {
        answer(unsafe { radula_shim_write_full(self.0, chars(data), data.len()) })
    }

    fn truncate(&self, size: u64) -> Answer<()> {
        answer(unsafe { radula_shim_truncate(self.0, size) })
    }

    fn zero(&self, offset: u64, length: u64) -> Answer<()> {
        answer(unsafe { radula_shim_zero(self.0, offset, length) })
    }

    fn set_xattr(&self, name: &[u8], value: &[u8]) -> Answer<()> {
        let name = c_string(name)?;
        answer(unsafe { radula_shim_setxattr(self.0, name.as_ptr(), chars(value), value.len()) })
    }

    fn omap_clear(&self) -> Answer<()> {
        answer(unsafe { radula_shim_omap_clear(self.0) })
    }

    fn omap_remove(&self, key: &[u8]) -> Answer<()> {
        answer(unsafe { radula_shim_omap_remove(self.0, chars(key), key.len()) })
    }

    fn omap_remove_range(&self, begin: &[u8], end: &[u8]) -> Answer<()> {
        answer(unsafe {
            radula_shim_omap_remove_range(self.0, chars(begin), begin.len(), chars(end), end.len())
        })
    }

    fn omap_set(&self, entries: &[(&[u8], &[u8])]) -> Answer<()> {
        let map = Entries::new()?;
        for (key, value) in entries {
            answer(unsafe {
                radula_shim_entries_add(map.0, chars(key), key.len(), chars(value), value.len())
            })?;
        }
        answer(unsafe { radula_shim_omap_set(self.0, map.0) })
    }

    fn omap_set_header(&self, header: &[u8]) -> Answer<()> {
        answer(unsafe { radula_shim_omap_set_header(self.0, chars(header), header.len()) })
    }
}

/// A `std::map` of omap entries.
struct Entries(*mut c_void);

impl Entries {
    fn new() -> Answer<Self> {
        // SAFETY: makes an empty map or says that there is no memory.
        let map = unsafe { radula_shim_entries_new() };
        if map.is_null() {
            Err(Errno::ENOMEM)
        } else {
            Ok(Self(map))
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed here only.
        unsafe { radula_shim_entries_free(self.0) }
    }
}

/// The input of the running call.
///
/// # Safety
/// `list` is the input buffer the OSD handed to the running method; the slice is not used after it returned.
pub(crate) unsafe fn input<'a>(list: BufferList) -> Answer<&'a [u8]> {
    let (mut data, mut length) = (std::ptr::null(), 0);
    // SAFETY: as the caller promises.
    answer(unsafe { radula_shim_input(list, &mut data, &mut length) })?;
    if length == 0 {
        return Ok(&[]);
    }
    // SAFETY: the shim made the list one piece, and nobody changes it during the call.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), length) })
}

/// Appends to the output of the running call.
///
/// # Safety
/// `list` is the output buffer the OSD handed to the running method.
pub(crate) unsafe fn output(list: BufferList, bytes: &[u8]) -> Answer<()> {
    // SAFETY: as the caller promises; the bytes are copied.
    answer(unsafe { radula_shim_output(list, chars(bytes), bytes.len()) })
}

/// The directory this library lies in.
pub(crate) fn own_directory() -> PathBuf {
    // SAFETY: pours the path of a loaded library.
    let path = gathered(|sink, into| unsafe { radula_shim_own_path(sink, into) });
    let path = PathBuf::from(OsStr::from_bytes(&path.unwrap_or_default()));
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// Writes a line to the OSD's log.
pub(crate) fn log(level: i32, text: &str) {
    // What is logged is escaped; a NUL byte would only cut it short.
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    // SAFETY: a C string that outlives the call.
    unsafe { radula_shim_log(level, text.as_ptr()) };
}

/// Has the OSD open a class on this thread, as if a client had called it.
pub(crate) fn open_class(name: &str) -> Answer<()> {
    let name = c_string(name.as_bytes())?;
    // SAFETY: a C string that outlives the call.
    answer(unsafe { radula_shim_open_class(name.as_ptr()) })
}

/// A class the OSD is opening or has opened (`cls_handle_t`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassHandle(*mut c_void);

// SAFETY: it is an entry of the OSD's table, which the OSD keeps until it ends. It is used only while the OSD opens a
// class, under the lock of that table.
unsafe impl Send for ClassHandle {}

impl ClassHandle {
    /// The class `name`, which the OSD is opening on this thread.
    pub(crate) fn of_class_being_opened(name: &str) -> Answer<Self> {
        let name = c_string(name.as_bytes())?;
        let mut handle = std::ptr::null_mut();
        // SAFETY: a C string and a place for the handle. The OSD refuses classes that it is not opening.
        answer(unsafe { radula_shim_register_class(name.as_ptr(), &mut handle) })?;
        Ok(Self(handle))
    }

    /// Makes `call` answer for `method`. Only while the OSD opens a class on this thread: its table has no other lock.
    pub(crate) fn add_method(&self, method: &str, flags: i32, call: MethodCall) -> Answer<()> {
        let method = c_string(method.as_bytes())?;
        // SAFETY: the handle is the OSD's own; it copies the name; the function is never unloaded.
        answer(unsafe { radula_shim_register_method(self.0, method.as_ptr(), flags, call) })
    }
}
