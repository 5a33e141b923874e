//! The monitor: maps, pools, commands.

pub(crate) mod commands;
mod messages;
mod pool_op;
mod session;
mod statistics;

pub(crate) use messages::osd_map_message;
pub(crate) use session::MonSession;
