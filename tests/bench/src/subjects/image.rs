//! Floor of a Lua call: a memory image copied back, and `lua_pcall`. No pool, no budget, no context, no limits; memory
//! is handed out by counting up and never taken back, since the next copy forgets it.

use std::{
    ffi::{CStr, c_int, c_void},
    ptr,
};

use lua_sys::{Meter, ffi, new_state};
use objclass::ObjectRead as _;
use transaction::Transaction;

use crate::model::Failure;

/// Room for a state and what a call allocates.
const ROOM: usize = 512 << 10;

/// The region begins with the number of bytes handed out, so that an image has it too.
const FIRST: usize = 16;

/// A state in a region of memory, and a copy of that region.
pub struct Image {
    region: Box<[u128]>,
    image: Vec<u8>,
    state: *mut ffi::lua_State,
    _meter: Box<Meter>,
    object: Box<Transaction>,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an image of {} bytes", self.image.len())
    }
}

unsafe extern "C" fn allocate(
    region: *mut c_void,
    block: *mut c_void,
    old: usize,
    new: usize,
) -> *mut c_void {
    if new == 0 || (!block.is_null() && new <= old) {
        return if new == 0 { ptr::null_mut() } else { block };
    }
    // SAFETY: the region is `ROOM` bytes, its first word counts those in use, and a block is copied to where none is.
    unsafe {
        let used = region.cast::<usize>();
        let start = *used;
        let size = new.next_multiple_of(16);
        if start + size > ROOM {
            return ptr::null_mut();
        }
        *used = start + size;
        let room = region.cast::<u8>().add(start);
        if !block.is_null() {
            ptr::copy_nonoverlapping(block.cast::<u8>(), room, old);
        }
        room.cast()
    }
}

/// The one host function: the xattr of the transaction in the first upvalue.
unsafe extern "C-unwind" fn getxattr(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the upvalue is the transaction of the image that owns the state; what has a destructor is gone before
    // anything could raise.
    unsafe {
        let object = ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Transaction>();
        let mut room = [0u8; 16];
        let mut size = 0;
        if let Ok(value) = (*object).xattr(b"a") {
            size = value.len().min(room.len());
            room[..size].copy_from_slice(&value[..size]);
        }
        ffi::lua_pushlstring(state, room.as_ptr().cast(), size);
    }
    1
}

impl Image {
    /// Runs `script`, which leaves one function on the stack by returning it, and keeps the image.
    ///
    /// # Errors
    /// The script fails.
    pub fn new(script: &CStr, object: Transaction) -> Result<Self, Failure> {
        let mut image = Self {
            region: vec![0; ROOM / 16].into_boxed_slice(),
            image: Vec::new(),
            state: ptr::null_mut(),
            _meter: Box::new(Meter::new()),
            object: Box::new(object),
        };
        let region = image.region.as_mut_ptr();
        // SAFETY: region, meter and transaction stay where they are as long as the state lives, in boxes of their own.
        unsafe {
            *region.cast::<usize>() = FIRST;
            let meter = &raw mut *image._meter;
            image.state = new_state(allocate, region.cast(), meter);
            let l = image.state;
            if l.is_null() {
                return Err("the region is too small for a state".into());
            }
            ffi::lua_gc(l, ffi::LUA_GCSTOP);
            for (name, open) in [
                (c"_G", ffi::luaopen_base as ffi::lua_CFunction),
                (c"table", ffi::luaopen_table),
                (c"string", ffi::luaopen_string),
                (c"math", ffi::luaopen_math),
                (c"utf8", ffi::luaopen_utf8),
            ] {
                ffi::luaL_requiref(l, name.as_ptr(), open, 1);
                ffi::lua_pop(l, 1);
            }
            ffi::lua_pushlightuserdata(l, (&raw mut *image.object).cast());
            ffi::lua_pushcclosure(l, getxattr, 1);
            ffi::lua_setglobal(l, c"getxattr".as_ptr());
            if ffi::luaL_loadstring(l, script.as_ptr()) != 0 || ffi::lua_pcall(l, 0, 1, 0) != 0 {
                return Err("the script of the floor fails".into());
            }
            ffi::luaL_checkstack(l, 8, ptr::null());
            let used = *region.cast::<usize>();
            image.image = std::slice::from_raw_parts(region.cast::<u8>(), used).to_vec();
        }
        Ok(image)
    }

    /// Copies the image back and calls the function with `input` as a string; answers its string, or nothing.
    ///
    /// # Errors
    /// The function fails.
    pub fn call(&mut self, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let region = self.region.as_mut_ptr().cast::<u8>();
        // SAFETY: the image is that of this region; nothing in Rust points into it but `state`, which the image has at
        // the same place. The answer is copied before the next restore.
        unsafe {
            ptr::copy_nonoverlapping(self.image.as_ptr(), region, self.image.len());
            let l = self.state;
            ffi::lua_pushvalue(l, 1);
            ffi::lua_pushlstring(l, input.as_ptr().cast(), input.len());
            if ffi::lua_pcall(l, 1, 1, 0) != 0 {
                return Err("the function of the floor fails".into());
            }
            let mut size = 0;
            let text = ffi::lua_tolstring(l, -1, &raw mut size);
            if text.is_null() {
                return Ok(Vec::new());
            }
            Ok(std::slice::from_raw_parts(text.cast::<u8>(), size).to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::class::object;

    #[test]
    fn a_restored_image_forgets_the_call_before() {
        let script =
            c"local n = 0 return function(input) n = n + 1 return input .. getxattr() .. n end";
        let mut image = Image::new(script, object().unwrap()).unwrap();
        for _ in 0..3 {
            assert_eq!(image.call(b"a ").unwrap(), b"a value1");
        }
    }
}
