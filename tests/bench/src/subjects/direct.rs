//! Floor: the functions of the native class, called through a pointer.

use std::{ffi::c_void, path::Path};

use libloading::os::unix::{Library, Symbol};
use objclass::ObjectRead as _;
use transaction::Transaction;

use crate::model::Failure;

type Noop = unsafe extern "C" fn() -> i32;
type Copy = unsafe extern "C" fn(*const u8, usize, *mut u8) -> usize;
type Host = unsafe extern "C" fn(*mut c_void) -> i32;
type Ten = unsafe extern "C" fn(Host, *mut c_void) -> i32;
type Number = unsafe extern "C" fn() -> u64;
type NumberOf = unsafe extern "C" fn(*const u8, usize) -> u64;

/// The library, loaded as any shared library is.
#[derive(Debug)]
pub struct Direct {
    noop: Symbol<Noop>,
    hello: Symbol<Copy>,
    ten: Symbol<Ten>,
    echo: Symbol<Copy>,
    run: Symbol<Number>,
    strings: Symbol<Number>,
    json: Symbol<NumberOf>,
    _library: Library,
}

impl Direct {
    /// Loads `file`, which is compiled from `classes/bench_class.c`.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        // SAFETY: the file was compiled by this program from `bench_class.c`, which has no constructors; the types are
        // those of its declarations.
        unsafe {
            let library = Library::new(file)?;
            Ok(Self {
                noop: library.get("direct_noop")?,
                hello: library.get("direct_hello")?,
                ten: library.get("direct_ten")?,
                echo: library.get("direct_echo")?,
                run: library.get("direct_loop")?,
                strings: library.get("direct_strings")?,
                json: library.get("direct_json")?,
                _library: library,
            })
        }
    }

    /// Nothing.
    #[must_use]
    pub fn noop(&self) -> i32 {
        // SAFETY: it takes nothing and touches nothing.
        unsafe { (self.noop)() }
    }

    /// The greeting of `name`.
    #[must_use]
    pub fn hello(&self, name: &[u8]) -> Vec<u8> {
        self.copied(&self.hello, name)
    }

    /// `input`.
    #[must_use]
    pub fn echo(&self, input: &[u8]) -> Vec<u8> {
        self.copied(&self.echo, input)
    }

    fn copied(&self, function: &Symbol<Copy>, input: &[u8]) -> Vec<u8> {
        let mut room = Vec::with_capacity(input.len() + 8);
        // SAFETY: both functions write at most 8 bytes more than they read, and answer how many.
        unsafe {
            let written = function(input.as_ptr(), input.len(), room.as_mut_ptr());
            room.set_len(written);
        }
        room
    }

    /// Ten reads of an xattr, straight from the transaction.
    #[must_use]
    pub fn ten(&self, object: &mut Transaction) -> i32 {
        unsafe extern "C" fn host(object: *mut c_void) -> i32 {
            // SAFETY: `ten` passes on what it was given below, and calls from nowhere else.
            let object = unsafe { &mut *object.cast::<Transaction>() };
            object
                .xattr(b"a")
                .map_or(-1, |value| i32::from(value.is_empty()))
        }
        // SAFETY: the transaction is ours alone for the time of the call.
        unsafe { (self.ten)(host, std::ptr::from_mut(object).cast()) }
    }

    /// 10 million steps.
    #[must_use]
    pub fn run(&self) -> u64 {
        // SAFETY: takes nothing, touches nothing.
        unsafe { (self.run)() }
    }

    /// The length of the joined pieces.
    #[must_use]
    pub fn strings(&self) -> u64 {
        // SAFETY: takes nothing, frees what it allocates.
        unsafe { (self.strings)() }
    }

    /// The sum of the ids in a document.
    #[must_use]
    pub fn json(&self, text: &[u8]) -> u64 {
        // SAFETY: reads the bytes it is given, frees what it allocates.
        unsafe { (self.json)(text.as_ptr(), text.len()) }
    }
}
