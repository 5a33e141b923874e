//! WASM cases: hostile modules and components, given the world of WASM classes.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// A WASM class and how its text becomes one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What the source is.
    pub form: Form,
    /// The text, or the bytes of [`Form::Binary`].
    pub source: Recipe,
}

/// What the source of a WASM case is, and with it what the harness puts around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Text of a component of any world. One that exports `attack` is nested in a class that calls it; anything else is
    /// the class file as it is.
    #[default]
    Component,
    /// Text of a module without imports that exports `attack`.
    Core,
    /// Text of a module that exports `attack` and may import the adapter's `memory` and `host`.
    Guest,
    /// Text of a module that is the whole class: it exports `methods`, `call` and `realloc`, on the adapter's memory.
    Class,
    /// The class file, byte for byte.
    Binary,
}

/// A word that names no form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no form {0:?}: use component, core, guest, class or binary")]
pub struct UnknownForm(String);

impl std::str::FromStr for Form {
    type Err = UnknownForm;

    fn from_str(word: &str) -> Result<Self, UnknownForm> {
        match word {
            "component" => Ok(Form::Component),
            "core" => Ok(Form::Core),
            "guest" => Ok(Form::Guest),
            "class" => Ok(Form::Class),
            "binary" => Ok(Form::Binary),
            other => Err(UnknownForm(other.to_owned())),
        }
    }
}

/// The world around a hostile module, and what stands around a hostile component of another world. Lines of marks say
/// where a part begins; it ends at the next.
const WORLD: &str = include_str!("world.wat");
const NESTED: &str = include_str!("nested.wat");

/// Imports of hostile components that the adapter has, by name.
const TAKES: &[&str] = &["take", "take-lists", "take-strings"];

/// The parts of [`WORLD`].
struct World {
    imports: &'static str,
    memory: &'static str,
    host: &'static str,
    class: &'static str,
    realloc: &'static str,
    exports: &'static str,
}

impl World {
    /// # Panics
    /// When the adapter lost its marks, which a test excludes.
    fn read() -> Self {
        let cut = |text: &'static str, mark: &str| {
            let (before, after) = text.split_once(mark).expect("the adapter is marked");
            (before, after)
        };
        let (imports, rest) = cut(WORLD, ";;MEMORY");
        let (memory, rest) = cut(rest, ";;HOST\n");
        let (host, rest) = cut(rest, ";;HOSTILE");
        let (_, rest) = cut(rest, ";;CLASS");
        let (class, rest) = cut(rest, ";;REALLOC");
        let (realloc, exports) = cut(rest, ";;EXPORTS");
        Self {
            imports,
            memory,
            host,
            class,
            realloc,
            exports,
        }
    }

    /// The world with `middle` between the host functions and the exports.
    fn around(&self, middle: &str) -> String {
        [self.imports, self.memory, self.host, middle, self.exports].concat()
    }
}

impl Form {
    /// The text of the class around `source`.
    #[must_use]
    pub fn class_text(self, source: &str) -> String {
        let world = World::read();
        let module = |name: &str| source.replacen("(module", &format!("(core module {name}"), 1);
        let host = "(with \"memory\" (instance $memory)) (with \"host\" (instance $host))";
        match self {
            Form::Core | Form::Guest => {
                let with = if self == Form::Guest { host } else { "" };
                let hostile = module("$hostile-module");
                let instance =
                    format!("(core instance $hostile (instantiate $hostile-module {with}))");
                world.around(&[&hostile, "\n", &instance, world.class, world.realloc].concat())
            }
            Form::Class => {
                let class = module("$class-module");
                world.around(&format!(
                    "{class}\n(core instance $class (instantiate $class-module {host}))\n\
                     (alias core export $class \"realloc\" (core func $input-realloc))"
                ))
            }
            Form::Component if source.contains("(export \"attack\"") => beside(&world, source),
            Form::Component | Form::Binary => source.to_owned(),
        }
    }
}

/// A component that exports `attack`, beside a class that calls it.
fn beside(world: &World, source: &str) -> String {
    let component = source.replacen("(component", "(component $hostile-component", 1);
    let takes: String = TAKES
        .iter()
        .filter(|name| source.contains(&format!("(import \"{name}\"")))
        .map(|name| format!(" (with \"{name}\" (func $takes-instance \"{name}\"))"))
        .collect();
    let hostile = format!(
        "{component}\n(instance $hostile-instance (instantiate $hostile-component{takes}))"
    );
    let nested = NESTED
        .replace(";;MEMORY", world.memory)
        .replace(";;CLASS", world.class)
        .replace(";;HOSTILE-COMPONENT", &hostile);
    world.imports.to_owned() + &nested
}

#[cfg(test)]
#[cfg(feature = "wasm")]
mod tests {
    use super::*;

    fn is_wasm(form: Form, source: &str) -> Result<(), wat::Error> {
        let bytes = wat::parse_str(form.class_text(source))?;
        assert!(bytes.starts_with(b"\0asm"));
        Ok(())
    }

    #[test]
    fn every_form_of_text_becomes_a_class_file() {
        is_wasm(Form::Core, "(module (func (export \"attack\")))").unwrap();
        is_wasm(
            Form::Guest,
            "(module (import \"host\" \"remove\" (func $r (param i32))) (func (export \"attack\") (call $r (i32.const 8))))",
        )
        .unwrap();
        is_wasm(
            Form::Class,
            "(module (func (export \"methods\") (result i32) (i32.const 0)) \
             (func (export \"call\") (param i32 i32 i32) (result i32) (i32.const 0)) \
             (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0)))",
        )
        .unwrap();
        is_wasm(
            Form::Component,
            "(component (import \"take\" (func (param \"v\" (list u8)))) (core module $m (func (export \"attack\"))) \
             (core instance $i (instantiate $m)) (func (export \"attack\") (canon lift (core func $i \"attack\"))))",
        )
        .unwrap();
    }

    #[test]
    fn a_component_without_the_export_is_the_class_file_itself() {
        assert_eq!(Form::Component.class_text("(component)"), "(component)");
    }
}
