//! WASM cases: hostile modules and components, put behind the world of WASM classes.

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

/// The world around an attack; the marked lines are where it goes.
const WORLD: &str = include_str!("world.wat");
const HOSTILE: &str = ";;HOSTILE";
const EXPORTS: &str = ";;EXPORTS";

/// Imports of hostile components that the adapter has, by name.
const TAKES: &[&str] = &["take", "take-lists", "take-strings"];

impl Form {
    /// The text of the class around `source`.
    ///
    /// # Panics
    /// When the adapter lost its marks, which a test excludes.
    #[must_use]
    pub fn class_text(self, source: &str) -> String {
        let (before, rest) = WORLD.split_once(HOSTILE).expect("the adapter is marked");
        let (class, after) = rest.split_once(EXPORTS).expect("the adapter is marked");
        let in_world = |hostile: &str, class: &str| format!("{before}{hostile}\n{class}{after}");
        let module = |name: &str| source.replacen("(module", &format!("(core module {name}"), 1);
        match self {
            Form::Core => in_world(
                &format!(
                    "{}\n(core instance $hostile (instantiate $hostile-module))",
                    module("$hostile-module")
                ),
                class,
            ),
            Form::Guest => in_world(
                &format!(
                    "{}\n(core instance $hostile (instantiate $hostile-module \
                     (with \"memory\" (instance $memory)) (with \"host\" (instance $host))))",
                    module("$hostile-module")
                ),
                class,
            ),
            Form::Class => in_world(
                &format!(
                    "{}\n(core instance $class (instantiate $class-module \
                     (with \"memory\" (instance $memory)) (with \"host\" (instance $host))))\n\
                     (alias core export $class \"realloc\" (core func $input-realloc))",
                    module("$class-module")
                ),
                "",
            ),
            Form::Component if source.contains("(export \"attack\"") => {
                in_world(&nested(source), class)
            }
            Form::Component | Form::Binary => source.to_owned(),
        }
    }
}

/// A component that exports `attack`, as an instance whose `attack` the class calls.
fn nested(source: &str) -> String {
    let component = source.replacen("(component", "(component $hostile-component", 1);
    let takes: String = TAKES
        .iter()
        .filter(|name| source.contains(&format!("(import \"{name}\"")))
        .map(|name| format!(" (with \"{name}\" (func ${name}))"))
        .collect();
    format!(
        "{component}\n(instance $hostile-instance (instantiate $hostile-component{takes}))\n\
         (alias export $hostile-instance \"attack\" (func $attack))\n\
         (core func $attack-lowered (canon lower (func $attack)))\n\
         (core instance $hostile (export \"attack\" (func $attack-lowered)))"
    )
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
