//! From JSON text to Lua values.

use std::ffi::c_int;

use super::{SLOTS, push_null};
use crate::{
    boundary::{State, push_str},
    buffer, ffi,
    json::{JsonError, Lexer, MAX_DEPTH, Number, STEP, Token, Value, Watch, unescape_until},
};

/// Fuel of a token beside that of its bytes.
const TOKEN_COST: usize = 2;

/// Digits of a number that are converted fast. Longer ones may take a hundred times as long, and pay for it.
const FAST_DIGITS: usize = 17;

/// What a number beyond them costs, and each of its bytes.
const SLOW_NUMBER_COST: usize = 100;
const SLOW_BYTE_COST: usize = 2;

/// A lexer whose bytes the script pays as they are read, so that the clock is looked at meanwhile.
type Paid<'t> = Lexer<'t, Payer>;

/// See [`Paid`].
#[derive(Clone, Copy)]
struct Payer(State);

impl Watch for Payer {
    fn read(&mut self, bytes: usize) -> bool {
        // SAFETY: made in `decode`; no frame from there to here holds anything that must be dropped.
        unsafe { lua_sys::charge(self.0, bytes + TOKEN_COST) };
        true
    }
}

/// `decode(bytes)`
///
/// # Safety
/// Called by Lua.
pub(in crate::host) unsafe extern "C-unwind" fn decode(l: State) -> c_int {
    // SAFETY: a C function in the shape of `boundary`; the text is an argument and stays, tokens are `Copy`.
    unsafe {
        let text = buffer::check_bytes(l, 1);
        let mut lexer = Lexer::new(text.bytes(), Payer(l));
        let first = next(l, &mut lexer);
        push_value(l, &mut lexer, first, 0);
        if next(l, &mut lexer) != Token::End {
            refuse(l, lexer.error("something follows the value"));
        }
        1
    }
}

/// The next token, or an error in the script.
unsafe fn next<'t>(l: State, lexer: &mut Paid<'t>) -> Token<'t> {
    match lexer.token() {
        Ok(token) => token,
        // SAFETY: only `Copy` values are alive.
        Err(error) => unsafe { refuse(l, error) },
    }
}

unsafe fn refuse(l: State, error: JsonError) -> ! {
    // SAFETY: only `Copy` values are alive.
    unsafe {
        ffi::luaL_where(l, 1);
        push_str(l, "json.decode: ");
        push_str(l, error.what);
        push_str(l, " at byte ");
        crate::boundary::push_unsigned(l, error.at as u64);
        ffi::lua_concat(l, 5);
        ffi::lua_error(l)
    }
}

unsafe fn push_value(l: State, lexer: &mut Paid<'_>, token: Token<'_>, depth: usize) {
    // SAFETY: as `decode`; recursion is bounded by MAX_DEPTH and the stack is checked at every level.
    unsafe {
        match token {
            Token::String(raw) => push_string(l, lexer, raw),
            Token::Number(number) => match converted(l, number) {
                Some(Value::Integer(integer)) => ffi::lua_pushinteger(l, integer),
                Some(Value::Float(number)) => ffi::lua_pushnumber(l, number),
                None => refuse(l, lexer.error("the number is out of range")),
            },
            Token::Bool(value) => ffi::lua_pushboolean(l, value.into()),
            Token::Null => push_null(l),
            Token::OpenArray | Token::OpenObject if depth == MAX_DEPTH => {
                refuse(l, lexer.error("nested more than 64 deep"));
            }
            Token::OpenArray => push_array(l, lexer, depth + 1),
            Token::OpenObject => push_object(l, lexer, depth + 1),
            Token::End => refuse(l, lexer.error("the text ends early")),
            Token::CloseArray | Token::CloseObject | Token::Comma | Token::Colon => {
                refuse(l, lexer.error("a value is expected"));
            }
        }
    }
}

/// What a number stands for.
unsafe fn converted(l: State, number: Number<'_>) -> Option<Value> {
    let length = number.len();
    if length > FAST_DIGITS {
        // SAFETY: as `push_value`.
        unsafe { lua_sys::charge(l, SLOW_NUMBER_COST + SLOW_BYTE_COST * length) };
    }
    number.value()
}

unsafe fn push_array(l: State, lexer: &mut Paid<'_>, depth: usize) {
    // SAFETY: as `push_value`.
    unsafe {
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        ffi::lua_createtable(l, 0, 0);
        // It stays an array when a script takes out what is in it.
        lua_sys::mark_array(l, -1);
        let mut token = next(l, lexer);
        if token == Token::CloseArray {
            return;
        }
        let mut index = 0;
        loop {
            index += 1;
            push_value(l, lexer, token, depth);
            ffi::lua_rawseti(l, -2, index);
            match next(l, lexer) {
                Token::CloseArray => return,
                Token::Comma => token = next(l, lexer),
                _ => refuse(l, lexer.error("',' or ']' is expected")),
            }
        }
    }
}

unsafe fn push_object(l: State, lexer: &mut Paid<'_>, depth: usize) {
    // SAFETY: as `push_value`.
    unsafe {
        ffi::luaL_checkstack(l, SLOTS, std::ptr::null());
        ffi::lua_createtable(l, 0, 0);
        let mut token = next(l, lexer);
        if token == Token::CloseObject {
            return;
        }
        loop {
            let Token::String(raw) = token else {
                refuse(l, lexer.error("a name in quotes is expected"));
            };
            push_string(l, lexer, raw);
            ffi::lua_pushvalue(l, -1);
            if ffi::lua_rawget(l, -3) != ffi::LUA_TNIL {
                refuse(l, lexer.error("the name occurs twice"));
            }
            ffi::lua_pop(l, 1);
            if next(l, lexer) != Token::Colon {
                refuse(l, lexer.error("':' is expected"));
            }
            let value = next(l, lexer);
            push_value(l, lexer, value, depth);
            ffi::lua_rawset(l, -3);
            match next(l, lexer) {
                Token::CloseObject => return,
                Token::Comma => token = next(l, lexer),
                _ => refuse(l, lexer.error("',' or '}' is expected")),
            }
        }
    }
}

unsafe fn push_string(l: State, lexer: &mut Paid<'_>, raw: &[u8]) {
    // SAFETY: Lua's buffer holds no Rust value; it is large enough for what the raw text can become.
    unsafe {
        if !raw.contains(&b'\\') {
            ffi::lua_pushlstring(l, raw.as_ptr().cast(), raw.len());
            return;
        }
        let mut place = std::mem::MaybeUninit::<ffi::luaL_Buffer>::uninit();
        let at = ffi::luaL_buffinitsize(l, place.as_mut_ptr(), raw.len());
        // The room is not initialised; zero it before it becomes a slice.
        at.write_bytes(0, raw.len());
        let out = std::slice::from_raw_parts_mut(at.cast::<u8>(), raw.len());
        let (mut from, mut to) = (0, 0);
        while from < raw.len() {
            let begin = from;
            (from, to) = unescape_until(raw, out, (from, to), from + STEP);
            if let Err(error) = lexer.again(from - begin) {
                refuse(l, error);
            }
        }
        ffi::luaL_pushresultsize(place.as_mut_ptr(), to);
    }
}
