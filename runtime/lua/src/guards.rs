//! What holds a script, piece by piece, so that a review can take a piece away and see what it held.

use lua_sys::Guards as Core;

/// What holds a script. Everything is in force unless a review or a test takes it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// What is built into Lua's core.
    pub core: Core,
    /// Every call starts from the image.
    pub image: bool,
    /// Functions that reach the object look at the clock.
    pub clock: bool,
    /// Reading a request pays for its bytes and looks at the clock.
    pub requests: bool,
    /// An image counts as memory, like the state it is a copy of.
    pub memory: bool,
}

impl Guards {
    /// Everything in force.
    pub const ALL: Guards = Guards {
        core: Core::all(),
        image: true,
        clock: true,
        requests: true,
        memory: true,
    };

    /// Nothing in force but the budget itself. Never for scripts of others: some of them will not come back.
    pub const NONE: Guards = Guards {
        core: Core::empty(),
        image: false,
        clock: false,
        requests: false,
        memory: false,
    };
}

impl Default for Guards {
    fn default() -> Self {
        Self::ALL
    }
}
