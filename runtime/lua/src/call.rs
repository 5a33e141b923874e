//! One call as the host functions see it: the object it is on, and what they leave with it.

use objclass::{Budget, Context};

use crate::parked::Parked;

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
    /// Results of the last host function, for it to push.
    pub(crate) parked: Parked,
}

impl<'c, 'a> Call<'c, 'a> {
    pub(crate) fn new(view: View<'c, 'a>, loading: bool) -> Self {
        Self {
            view,
            loading,
            touched: false,
            parked: Parked::default(),
        }
    }

    pub(crate) fn budget(&mut self) -> &mut Budget {
        match &mut self.view {
            View::Object(context) => context.budget(),
            View::Loading(budget) => budget,
        }
    }
}
