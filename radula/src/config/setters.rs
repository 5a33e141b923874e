//! Settings of the embedding program, as typed values.

use std::path::PathBuf;

use objclass::{LimitKind, Limits};
use runtime::{
    Kind,
    settings::{Origin, Unit, Value},
};
use store::Durability;

use super::{Config, keys};

impl Default for Config {
    /// The built-in values, as they are for a program without file, variables and flags.
    fn default() -> Self {
        Self::builtin(&super::Sources::default())
    }
}

impl Config {
    /// Objects in memory, gone when the process ends.
    #[must_use]
    pub fn in_memory(self) -> Self {
        self.having("store", Value::Text(keys::MEMORY.to_owned()))
    }

    /// Objects on disk, in `directory`, which is made if it is missing.
    ///
    /// # Panics
    /// When the path is relative: the directory a process is in may change under it.
    #[must_use]
    pub fn on_disk(self, directory: impl Into<PathBuf>) -> Self {
        self.having("store", Value::Path(absolute(directory.into())))
    }

    /// Whether a reply waits for the disk, unless an [`IoCtx`](crate::IoCtx) says otherwise.
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        let word = match durability {
            Durability::Sync => "sync",
            Durability::Buffered => "buffered",
        };
        self.having("durability", Value::Text(word.to_owned()))
    }

    /// The directories searched for classes of `kind`, in this order.
    ///
    /// # Panics
    /// When a path is relative; when `kind` is a runtime of the program's own that is not among
    /// [`Sources::runtimes`](super::Sources::runtimes).
    #[must_use]
    pub fn with_classes(
        self,
        kind: &Kind,
        directories: impl IntoIterator<Item = impl Into<PathBuf>>,
    ) -> Self {
        let directories = directories.into_iter().map(Into::into).map(absolute);
        self.having(kind.dir_key, Value::Directories(directories.collect()))
    }

    /// The limits of methods of installed classes. A request may lower them for its call.
    #[must_use]
    pub fn with_limits(self, limits: &Limits) -> Self {
        self.limits_of("installed", limits)
    }

    /// The limits of scripts that come with a request.
    #[must_use]
    pub fn with_script_limits(self, limits: &Limits) -> Self {
        self.limits_of("eval", limits)
    }

    fn limits_of(self, profile: &str, limits: &Limits) -> Self {
        LimitKind::ALL.iter().fold(self, |config, &kind| {
            let value = Value::Number(limits.get(kind), Unit::of(kind));
            config.having(&format!("limits.{profile}.{}", kind.name()), value)
        })
    }

    fn having(mut self, key: &str, value: Value) -> Self {
        self.settings.put_value(key, value, Origin::Program);
        self.settle_pool();
        self
    }
}

fn absolute(path: PathBuf) -> PathBuf {
    assert!(path.is_absolute(), "{} is relative", path.display());
    path
}

#[cfg(test)]
mod tests {
    use runtime::LUA;

    use super::{super::StorePlace, *};

    #[test]
    fn typed_values_are_what_their_words_are() {
        let typed = Config::default()
            .on_disk("/srv/music")
            .with_durability(Durability::Buffered)
            .with_classes(&LUA, ["/srv/classes"])
            .with_limits(&Limits {
                fuel: 7,
                ..Limits::INSTALLED
            })
            .with_script_limits(&Limits {
                memory: 1 << 20,
                ..Limits::EVAL
            });
        assert_eq!(typed.store(), StorePlace::Disk("/srv/music".into()));
        let value = |config: &Config, key: &str| config.get(key).map(|s| s.value.to_string());
        for (key, word) in [
            ("store", "/srv/music"),
            ("durability", "buffered"),
            ("lua_class_dir", "/srv/classes"),
            ("limits.installed.fuel", "7"),
            ("limits.eval.memory", "1MiB"),
        ] {
            let words = Config::default().with(key, word).unwrap();
            assert_eq!(value(&typed, key), value(&words, key), "{key}");
        }
        assert_eq!(typed.in_memory().store(), StorePlace::Memory);
    }
}
