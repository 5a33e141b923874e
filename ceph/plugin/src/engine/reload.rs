//! Taking what changed on disk.

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use super::{Inner, chain, methods};
use crate::{config::Config, logging, watch::Watched};

/// How often an OSD is made to open a file for new methods. The name gets longer each time, and a path has an end.
const MAX_REOPENED: u32 = 1000;

impl<H: Copy + Send + std::fmt::Debug + 'static> Inner<H> {
    /// The directories and files whose change matters.
    pub(crate) fn watched(&self) -> Watched {
        let config = self.loader.config();
        let dirs = config.dirs.iter().flat_map(|(_, dirs)| dirs.clone());
        Watched {
            directory: self.directory.clone(),
            class_directories: dirs.collect(),
            trust: config.trust.clone(),
        }
    }

    /// Takes what changed on disk: settings, then classes. Returns the interval of the next looks.
    pub(crate) fn reload(&self, interval: Duration) -> Duration {
        let interval = match Config::read(&self.directory) {
            Ok(settings) => {
                logging::set_level(settings.log);
                *self.quotas.write().unwrap_or_else(PoisonError::into_inner) = settings.quotas;
                self.write_reply
                    .store(settings.write_reply, Ordering::Relaxed);
                self.loader.reconfigure(settings.loader);
                settings.reload_interval
            }
            Err(error) => {
                tracing::error!("the settings stay as they are: {}", chain(&error));
                interval
            }
        };
        self.loader.reload();
        self.register_new_methods();
        interval
    }

    /// Makes the OSD open one of our files, since only then new methods can be registered.
    fn register_new_methods(&self) {
        if self.waiting().is_empty() {
            return;
        }
        if let Some(reopen) = self.reopen {
            let mut turn = self.reopened.load(Ordering::Relaxed);
            while turn < MAX_REOPENED {
                match reopen(turn) {
                    Ok(true) => {
                        turn += 1;
                        break;
                    }
                    // A client had it open that name.
                    Ok(false) => turn += 1,
                    Err(_) => break,
                }
            }
            self.reopened.store(turn, Ordering::Relaxed);
        }
        for (class, methods) in self.waiting() {
            tracing::warn!(
                "class {class} has methods the OSD does not know: {}; they answer EOPNOTSUPP until the OSD restarts or opens another class for the first time",
                methods.join(", ")
            );
        }
    }

    /// Classes the OSD opened, with those of their methods it does not know.
    fn waiting(&self) -> Vec<(String, Vec<String>)> {
        let names = self.registry.class_names().into_iter();
        names
            .filter_map(|class| {
                let open = self.loader.open(&class).ok()?;
                let unknown = self.registry.unknown(&class, &methods(&open));
                (!unknown.is_empty()).then_some((class, unknown))
            })
            .collect()
    }
}
