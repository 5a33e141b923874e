//! Bindings of the world.

use anyhow::{Result, bail};
use wit_bindgen_core::{Files, WorldGenerator};

use crate::world::object_class;

/// The files of the bindings for `language`: name and content.
pub(crate) fn generate(language: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let (mut resolve, world) = object_class()?;
    let mut files = Files::default();
    let mut generator: Box<dyn WorldGenerator> = match language {
        "rust" => {
            let options = wit_bindgen_rust::Opts {
                format: true,
                runtime_path: Some("crate::support".into()),
                bitflags_path: Some("crate::support".into()),
                pub_export_macro: true,
                // Runs the constructors of C libraries, which a Rust class has none of.
                disable_run_ctors_once_workaround: true,
                ..Default::default()
            };
            Box::new(options.build())
        }
        "c" => wit_bindgen_c::Opts {
            // Our own tool puts the world into the module.
            no_object_file: true,
            ..Default::default()
        }
        .build(),
        unknown => bail!("there are bindings for rust and c, not for {unknown:?}"),
    };
    generator.generate(&mut resolve, world, &mut files)?;
    Ok(files
        .iter()
        .map(|(name, content)| (name.to_owned(), content.to_vec()))
        .collect())
}
