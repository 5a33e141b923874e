//! The world, as this tool was built with it.

use anyhow::Result;
use wit_parser::{Resolve, WorldId};

const WIT: &str = include_str!("../../../wit/objclass.wit");

/// World `object-class` and what it refers to.
pub(crate) fn object_class() -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("objclass.wit", WIT)?;
    let world = resolve.select_world(&[package], Some("object-class"))?;
    Ok((resolve, world))
}
