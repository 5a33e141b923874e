//! Peers in this process: mlua, with a state for every call as Ceph's class `lua` does it, and with one warm state for
//! all calls. They stand on the Lua this repository builds, whose meter is never set there.

use std::{cell::RefCell, rc::Rc};

use mlua::{Function, Lua, LuaOptions, LuaString, StdLib};
use objclass::ObjectRead as _;
use transaction::Transaction;

use crate::model::Failure;

/// A state with the libraries a class gets and one host function, `getxattr`.
#[derive(Debug)]
pub struct Peer {
    lua: Lua,
    function: Function,
}

impl Peer {
    /// Makes the state and loads `script`, which returns a function of a string.
    ///
    /// # Errors
    /// The script fails.
    pub fn new(script: &str, object: &Rc<RefCell<Transaction>>) -> Result<Self, Failure> {
        // mlua's errors do not cross threads, ours may.
        Self::load(script, object).map_err(|error| error.to_string().into())
    }

    fn load(script: &str, object: &Rc<RefCell<Transaction>>) -> mlua::Result<Self> {
        let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH | StdLib::UTF8;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        let object = Rc::clone(object);
        let getxattr = lua.create_function(move |lua, ()| {
            let value = object.borrow_mut().xattr(b"a");
            lua.create_string(value.unwrap_or_default())
        })?;
        lua.globals().set("getxattr", getxattr)?;
        let function = lua.load(script).eval()?;
        Ok(Self { lua, function })
    }

    /// Calls the function with `input`; answers its string, or nothing.
    ///
    /// # Errors
    /// The function fails.
    pub fn call(&self, input: &[u8]) -> Result<Vec<u8>, Failure> {
        self.answer(input).map_err(|error| error.to_string().into())
    }

    fn answer(&self, input: &[u8]) -> mlua::Result<Vec<u8>> {
        let input = self.lua.create_string(input)?;
        let answer: Option<LuaString> = self.function.call(input)?;
        Ok(answer.map_or_else(Vec::new, |text| text.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::class::object;

    #[test]
    fn a_warm_state_remembers_which_is_why_it_is_a_peer_and_no_backend() {
        let script =
            "local n = 0 return function(input) n = n + 1 return input .. getxattr() .. n end";
        let object = Rc::new(RefCell::new(object().unwrap()));
        let peer = Peer::new(script, &object).unwrap();
        assert_eq!(peer.call(b"a ").unwrap(), b"a value1");
        assert_eq!(peer.call(b"a ").unwrap(), b"a value2");
    }
}
