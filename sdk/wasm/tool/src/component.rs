//! Core module to component.

use anyhow::{Context as _, Result};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::world::object_class;

/// Custom sections with this prefix say which world a module was made for. Bindings in Rust put one in, others do not.
const TYPE_SECTION: &[u8] = b"component-type";

/// Makes a component of a core module that exports and imports the world's functions under their canonical names.
pub(crate) fn encode(core_module: &[u8]) -> Result<Vec<u8>> {
    let mut module = core_module.to_vec();
    if !names_its_world(core_module) {
        let (resolve, world) = object_class()?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .context("this is not a core module for world object-class")?
        .encode()
        .context("the module does not fit world object-class")
}

fn names_its_world(module: &[u8]) -> bool {
    module
        .windows(TYPE_SECTION.len())
        .any(|window| window == TYPE_SECTION)
}
