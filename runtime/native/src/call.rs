//! What the host knows about one running call, behind the handle the class has.

use bytes::Bytes;
use class_abi as abi;
use objclass::{CallRefused, Context, Errno, MethodFlags, Pair, Trap};

/// A host function as messages name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    /// Its name in `objclass.h`.
    pub(crate) name: &'static str,
    /// The flag a method needs to call it.
    pub(crate) needs: MethodFlags,
}

/// What a `*mut abi::Call` really points at. Lives on the stack of [`NativeClass::call`](crate::class::NativeClass).
#[repr(C)]
pub(crate) struct CurrentCall<'a, 'c> {
    /// First, so that a pointer to it is a pointer to the whole.
    handle: abi::Call,
    pub(crate) context: &'a mut Context<'c>,
    pub(crate) output: Vec<u8>,
    /// What the class said about the error it will answer.
    pub(crate) message: Option<String>,
    /// The last host function that answered an error, for a class that says nothing.
    pub(crate) failed: Option<(Function, Errno)>,
    /// The first host function it had no flag for.
    pub(crate) denied: Option<Function>,
    /// A panic the class's own runtime caught and reported.
    pub(crate) panic: Option<Trap>,
    /// Everything delivered so far, kept alive for the class.
    held: Vec<Held>,
}

/// Memory the class may look at until the method returns.
enum Held {
    Bytes(Bytes),
    Keys {
        table: Vec<abi::Bytes>,
        _keys: Vec<Bytes>,
    },
    Pairs {
        table: Vec<abi::Pair>,
        _pairs: Vec<Pair>,
    },
}

impl Held {
    /// The address the class was given.
    fn address(&self) -> *const u8 {
        match self {
            Held::Bytes(bytes) => bytes.as_ptr(),
            Held::Keys { table, .. } => table.as_ptr().cast(),
            Held::Pairs { table, .. } => table.as_ptr().cast(),
        }
    }
}

/// What empty bytes point at: never null, as the header promises.
static NOTHING: [u8; 1] = [0];

fn raw(bytes: &[u8]) -> abi::Bytes {
    abi::Bytes {
        data: if bytes.is_empty() {
            NOTHING.as_ptr()
        } else {
            bytes.as_ptr()
        },
        size: bytes.len(),
    }
}

impl<'a, 'c> CurrentCall<'a, 'c> {
    pub(crate) fn new(table: &'static abi::Host, context: &'a mut Context<'c>) -> Self {
        Self {
            handle: abi::Call { host: table },
            context,
            output: Vec::new(),
            message: None,
            failed: None,
            denied: None,
            panic: None,
            held: Vec::new(),
        }
    }

    /// The state behind a handle.
    ///
    /// # Safety
    /// `call` points at a `CurrentCall` that is alive, as a pointer to the whole, and no other reference to it is in use: a
    /// class has the handle only while its method runs, on one thread, and is not inside another host function of it.
    pub(crate) unsafe fn of<'x>(call: *mut abi::Call) -> &'x mut CurrentCall<'x, 'x> {
        // SAFETY: as above; `handle` is the first field of a `repr(C)` struct.
        unsafe { &mut *call.cast::<CurrentCall<'x, 'x>>() }
    }

    /// Keeps `bytes` and says where they are. Empty bytes need no keeping, so a loop of empty reads holds nothing.
    pub(crate) fn hold(&mut self, bytes: Bytes) -> abi::Bytes {
        let place = raw(&bytes);
        if !bytes.is_empty() {
            self.held.push(Held::Bytes(bytes));
        }
        place
    }

    /// Keeps a page of keys.
    pub(crate) fn hold_keys(&mut self, keys: Vec<Bytes>, more: bool) -> abi::Keys {
        let table: Vec<_> = keys.iter().map(|key| raw(key)).collect();
        let page = abi::Keys {
            keys: table.as_ptr(),
            count: table.len(),
            more: more.into(),
        };
        if !table.is_empty() {
            self.held.push(Held::Keys { table, _keys: keys });
        }
        page
    }

    /// Keeps a page of entries.
    pub(crate) fn hold_pairs(&mut self, pairs: Vec<Pair>, more: bool) -> abi::Pairs {
        let table: Vec<_> = pairs
            .iter()
            .map(|(key, value)| abi::Pair {
                key: raw(key),
                value: raw(value),
            })
            .collect();
        let page = abi::Pairs {
            pairs: table.as_ptr(),
            count: table.len(),
            more: more.into(),
        };
        if !table.is_empty() {
            self.held.push(Held::Pairs {
                table,
                _pairs: pairs,
            });
        }
        page
    }

    /// Lets go of what was delivered at `address`. The last delivery first: that is what a loop gives back.
    pub(crate) fn release(&mut self, address: *const u8) -> Result<(), CallRefused> {
        if address == NOTHING.as_ptr() {
            return Ok(());
        }
        let place = self.held.iter().rposition(|held| held.address() == address);
        self.held.swap_remove(place.ok_or(Errno::EINVAL)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_kept_memory_does_not_move_with_the_list() {
        // Moving a `Held` moves a handle, never the bytes: what the class was told stays true.
        let first = Held::Bytes(Bytes::from(vec![1; 100]));
        let address = first.address();
        let mut list = Vec::with_capacity(1);
        list.push(first);
        for _ in 0..100 {
            list.push(Held::Keys {
                table: vec![raw(b"x")],
                _keys: vec![],
            });
        }
        assert_eq!(list[0].address(), address);
    }
}
