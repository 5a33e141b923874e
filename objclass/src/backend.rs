//! What a language runtime offers the loader.

use std::{fmt, sync::Arc, time::Instant};

use bytes::Bytes;

use crate::{Class, ClassName, Limits, OpenError};

/// The BLAKE3 digest of a module's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The bytes of a class file, read once after every file check passed. These bytes are what runs.
#[derive(Clone, Debug)]
pub struct Module {
    /// The class it defines.
    pub class: ClassName,
    /// File name for messages, such as `cls_hello.lua`; never opened again.
    pub file: String,
    /// The content.
    pub bytes: Bytes,
    /// Digest of `bytes`.
    pub digest: Digest,
}

/// A class that is part of a backend rather than a file, such as class `lua`.
#[derive(Clone, Debug)]
pub struct BuiltinClass {
    /// The name it is called by; files of this name are never looked for.
    pub name: ClassName,
    /// The class itself.
    pub class: Arc<dyn Class>,
}

/// Implements classes in one language.
pub trait ClassBackend: fmt::Debug + Send + Sync {
    /// The largest module accepted, in bytes. The loader refuses a larger file before it reads it.
    fn max_module_size(&self) -> u64;

    /// Classes every class of this backend depends on; checked before [`open`](ClassBackend::open).
    fn implied_dependencies(&self) -> &[ClassName] {
        &[]
    }

    /// Classes that come with the backend.
    fn builtin_classes(&self) -> Vec<BuiltinClass> {
        Vec::new()
    }

    /// Turns a verified module into a class. Guest code that runs while opening (a Lua chunk) runs under
    /// `limits` and sees no object.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the module; the class stays closed and the loader may try again
    /// when the file has changed.
    fn open(&self, module: &Module, limits: &Limits) -> Result<Arc<dyn Class>, OpenError>;

    /// As [`open`](ClassBackend::open), for somebody who has until then only: a call that calls the class. `limits` end no later. A
    /// backend that works before any guest code runs, as one that compiles, bounds that work too.
    ///
    /// # Errors
    /// As [`open`](ClassBackend::open). What took too long for one may open for the next.
    fn open_until(
        &self,
        module: &Module,
        limits: &Limits,
        _until: Instant,
    ) -> Result<Arc<dyn Class>, OpenError> {
        self.open(module, limits)
    }
}
