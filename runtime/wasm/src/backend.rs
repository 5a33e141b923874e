//! The WASM backend as the loader sees it.

use std::{sync::Arc, time::Instant};

use objclass::{Class, ClassBackend, Limits, Module, OpenError};

use crate::{open, options::WasmOptions, shared::SharedClass};

/// Classes in `cls_NAME.wasm`.
///
/// Confined: a class reaches its object, the log and other methods, nothing else; nothing of a call is left for the next
/// one; and it ends when its limits say so.
#[derive(Debug, Default)]
pub struct WasmBackend {
    options: WasmOptions,
}

impl WasmBackend {
    /// The backend with [`WasmOptions::default`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The backend with these options. Nothing is started before the first class is opened.
    #[must_use]
    pub fn with_options(options: WasmOptions) -> Self {
        Self { options }
    }
}

impl ClassBackend for WasmBackend {
    fn max_module_size(&self) -> u64 {
        self.options.scan.size
    }

    fn open(&self, module: &Module, limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        open(module, limits, &self.options)
    }

    fn open_until(
        &self,
        module: &Module,
        limits: &Limits,
        until: Instant,
    ) -> Result<Arc<dyn Class>, OpenError> {
        let left = until.saturating_duration_since(Instant::now());
        let options = WasmOptions {
            compile_time: self.options.compile_time.min(left),
            ..self.options.clone()
        };
        open(module, limits, &options)
    }
}

/// Opens a class as the loader keeps it.
fn open(
    module: &Module,
    limits: &Limits,
    options: &WasmOptions,
) -> Result<Arc<dyn Class>, OpenError> {
    let class = open::open(module, limits, options)?;
    Ok(if options.guards.fresh_instance {
        Arc::new(class)
    } else {
        Arc::new(SharedClass::new(class))
    })
}
