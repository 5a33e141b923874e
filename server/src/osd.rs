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

pub(crate) use results::Results;
pub(crate) use session::OsdSession;
