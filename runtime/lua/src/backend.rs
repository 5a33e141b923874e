//! The Lua backend as the loader sees it.

use std::sync::Arc;

use objclass::{BuiltinClass, Class, ClassBackend, ClassName, Limits, Module, OpenError};

use crate::{
    class::{LuaClass, lua_dependency},
    eval::EvalClass,
    guards::Guards,
    keeper::Keeper,
    source::MAX_SIZE,
};

/// Classes in `cls_NAME.lua`.
///
/// Confined: a class reaches its object, the log and other methods, nothing else; nothing of a call is left for the
/// next one; and it ends when its limits say so.
#[derive(Debug)]
pub struct LuaBackend {
    keeper: Arc<Keeper>,
    guards: Guards,
}

impl LuaBackend {
    /// The backend.
    #[must_use]
    pub fn new() -> LuaBackend {
        Self::with_guards(Guards::ALL)
    }

    /// The backend with some of what holds scripts taken off, for reviews that must see attacks succeed.
    #[must_use]
    pub fn with_guards(guards: Guards) -> LuaBackend {
        LuaBackend {
            keeper: Arc::new(Keeper::new()),
            guards,
        }
    }
}

impl Default for LuaBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl ClassBackend for LuaBackend {
    fn max_module_size(&self) -> u64 {
        MAX_SIZE as u64
    }

    fn implied_dependencies(&self) -> &[ClassName] {
        lua_dependency()
    }

    fn builtin_classes(&self) -> Vec<BuiltinClass> {
        let class: Arc<dyn Class> = Arc::new(EvalClass::new(self.guards, &self.keeper));
        lua_dependency()
            .iter()
            .map(|name| BuiltinClass {
                name: name.clone(),
                class: Arc::clone(&class),
            })
            .collect()
    }

    fn open(&self, module: &Module, limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        Ok(Arc::new(LuaClass::open(
            module,
            limits,
            self.guards,
            &self.keeper,
        )?))
    }
}
