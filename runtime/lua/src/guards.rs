//! What holds a script, piece by piece, so that a review can take a piece away and see what it held.

use lua_sys::Guards as Core;

/// What holds a script. Everything is in force unless a review or a test takes it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// What is built into Lua's core.
    pub core: Core,
    /// Every call starts from the image.
    pub image: bool,
}

impl Guards {
    /// Everything in force.
    pub const ALL: Guards = Guards {
        core: Core::all(),
        image: true,
    };

    /// Nothing in force but the budget itself. Never for scripts of others: some of them will not come back.
    pub const NONE: Guards = Guards {
        core: Core::empty(),
        image: false,
    };
}

impl Default for Guards {
    fn default() -> Self {
        Self::ALL
    }
}
