//! Core module to component.

use anyhow::{Context as _, Result, bail, ensure};
use wit_component::{
    ComponentEncoder, DecodedWasm, StringEncoding, decode, embed_component_metadata,
};

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
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .context("this is not a core module for world object-class")?
        .encode()
        .context("the module does not fit world object-class")?;
    exports_a_class(&component)?;
    Ok(component)
}

/// A module whose bindings name a smaller world makes a component that no engine opens.
fn exports_a_class(component: &[u8]) -> Result<()> {
    let decoded = decode(component)?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        bail!("this is a WIT package, not a class");
    };
    let exported: Vec<String> = resolve.worlds[world]
        .exports
        .keys()
        .map(|name| resolve.name_world_key(name))
        .collect();
    for function in ["methods", "call"] {
        ensure!(
            exported.iter().any(|name| name == function),
            "the module does not export `{function}`: use the bindings' `export!` or the SDK's `class!`"
        );
    }
    Ok(())
}

fn names_its_world(module: &[u8]) -> bool {
    module
        .windows(TYPE_SECTION.len())
        .any(|window| window == TYPE_SECTION)
}
