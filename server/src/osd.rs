//! The OSD: requests on objects, and what is answered.

mod admission;
mod code;
mod list;
mod reply;
mod request;
mod results;
mod run;
mod session;
mod steps;
mod watches;

pub(crate) use results::Results;
pub(crate) use session::OsdSession;
pub(crate) use watches::{Watches, watch_clock};
