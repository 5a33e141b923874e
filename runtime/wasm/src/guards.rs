//! What holds a guest, piece by piece, so that a review can take a piece away and see what it held.

/// What holds a guest. Everything is in force unless a review or a test takes it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Instructions are counted and end.
    pub fuel: bool,
    /// The clock ends a call.
    pub deadline: bool,
    /// Memory and tables are bounded by the limit rather than by the pool.
    pub memory: bool,
    /// Every call has an instance of its own. Without, one instance of a class serves all calls, one after another.
    pub fresh_instance: bool,
    /// A module is looked over before it reaches the compiler.
    pub scan: bool,
    /// The compiler is stopped at its ceilings of time and memory.
    pub compile_budget: bool,
}

impl Guards {
    /// Everything in force.
    pub const ALL: Guards = Guards {
        fuel: true,
        deadline: true,
        memory: true,
        fresh_instance: true,
        scan: true,
        compile_budget: true,
    };

    /// Nothing in force but the sandbox of WebAssembly itself. Never for classes of others: some of them will not come
    /// back.
    pub const NONE: Guards = Guards {
        fuel: false,
        deadline: false,
        memory: false,
        fresh_instance: false,
        scan: false,
        compile_budget: false,
    };
}

impl Default for Guards {
    fn default() -> Self {
        Self::ALL
    }
}
