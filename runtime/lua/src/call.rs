//! One call as the host functions see it: the object it is on, and what they leave with it.

use objclass::{Budget, Context};

use crate::{clock::Tick, parked::Parked};

/// What a host function reaches in this call.
pub(crate) enum View<'c, 'a> {
    /// A call on an object.
    Object(&'c mut Context<'a>),
    /// A class chunk that is being loaded: there is no object.
    Loading(&'c mut Budget),
}

/// The call a state is in. Owned by the frame that entered Lua, so that host functions can leave Rust values here
/// which an error jumping over their own frames must not lose.
pub(crate) struct Call<'c, 'a> {
    pub(crate) view: View<'c, 'a>,
    /// Whether the chunk is running and may register handlers.
    pub(crate) loading: bool,
    /// Whether anything happened that a copy of the state would not repeat: a host call other than `register`.
    pub(crate) touched: bool,
    /// When a host function last looked at the clock, in this call or an earlier one of the state. Without it none looks.
    pub(crate) tick: Option<Tick>,
    /// Results of the last host function, for it to push.
    pub(crate) parked: Parked,
}

impl<'c, 'a> Call<'c, 'a> {
    pub(crate) fn new(view: View<'c, 'a>, loading: bool) -> Self {
        Self {
            view,
            loading,
            touched: false,
            tick: None,
            parked: Parked::default(),
        }
    }

    pub(crate) fn budget(&mut self) -> &mut Budget {
        match &mut self.view {
            View::Object(context) => context.budget(),
            View::Loading(budget) => budget,
        }
    }

    /// Looks at the clock after work that fuel cannot measure. Returns whether the call may go on.
    pub(crate) fn may_go_on(&mut self) -> bool {
        let budget = match &mut self.view {
            View::Object(context) => context.budget(),
            View::Loading(budget) => budget,
        };
        match &mut self.tick {
            Some(tick) => tick.passed(budget),
            None => true,
        }
    }
}
