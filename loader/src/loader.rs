//! The loader itself: what is open, and under which configuration.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use objclass::{BuiltinClass, ClassName};
use tracing::{debug, warn};

use crate::{
    ClassUnavailable, LoaderConfig, OpenClass, Runtime,
    layout::Layout,
    lock::{lock, read, write},
    open_class::{FastMap, Loaded, method_index},
    resolve::Walk,
    search::Search,
    slot::Slot,
};

/// Turns class names into open classes. Shared by all threads.
///
/// Opening a class holds no lock that calls or other openings need: a slow file or a slow compiler delays those who
/// want the same class, and nobody else.
#[derive(Debug)]
pub struct Loader {
    /// In order of precedence.
    pub(crate) runtimes: Vec<Runtime>,
    pub(crate) builtins: HashMap<ClassName, Arc<Loaded>>,
    /// What `open` answers at once. Locked before `layout` where both are locked.
    published: RwLock<Published>,
    layout: RwLock<Arc<Layout>>,
    slots: Mutex<HashMap<ClassName, Arc<Slot>>>,
    next_version: AtomicU64,
    next_search: AtomicU64,
    /// Held by `reload` and `reconfigure`: one change at a time.
    pub(crate) changing: Mutex<()>,
}

/// The open classes clients may have, under one configuration.
#[derive(Debug)]
struct Published {
    generation: u64,
    classes: FastMap<ClassName, Arc<OpenClass>>,
}

impl Loader {
    /// A loader for these runtimes, in order of precedence. Opens nothing, except when `config.open_classes_on_start`
    /// says so; then what does not open is logged, and [`preload`](Loader::preload) reports it again.
    #[must_use]
    pub fn new(runtimes: Vec<Runtime>, config: LoaderConfig) -> Self {
        let next_version = AtomicU64::new(1);
        let builtins = builtin_classes(&runtimes, &next_version);
        let open_classes_on_start = config.open_classes_on_start;
        let search = Arc::new(Search::new(0, &runtimes, &config));
        let loader = Self {
            runtimes,
            builtins,
            published: RwLock::new(Published {
                generation: 0,
                classes: FastMap::default(),
            }),
            layout: RwLock::new(Arc::new(Layout {
                generation: 0,
                config: Arc::new(config),
                search,
            })),
            slots: Mutex::new(HashMap::new()),
            next_version,
            next_search: AtomicU64::new(1),
            changing: Mutex::new(()),
        };
        if open_classes_on_start {
            loader.preload();
        }
        loader
    }

    /// Returns the class called `name`, opening it and what it depends on if that was not done yet.
    ///
    /// `name` is client-controlled. A class that is open is found with one read lock and one look into a map.
    ///
    /// # Errors
    /// [`ClassUnavailable`] says why not. What is missing or lacks a dependency is tried again by the next call;
    /// what is broken when its file has changed, or after a while.
    pub fn open(&self, name: &str) -> Result<Arc<OpenClass>, ClassUnavailable> {
        self.open_until(name, None)
    }

    /// As [`open`](Loader::open), for a call that has until `deadline`: code that runs while a class is loaded is stopped then,
    /// even if its own limits allow more, and a load somebody else began is waited for until then. What fails only because
    /// the call had no more time is no failure of the class: the next one tries again.
    ///
    /// # Errors
    /// As [`open`](Loader::open).
    pub fn open_until(
        &self,
        name: &str,
        deadline: Option<Instant>,
    ) -> Result<Arc<OpenClass>, ClassUnavailable> {
        if let Some(open) = read(&self.published).classes.get(name) {
            return Ok(Arc::clone(open));
        }
        let class = ClassName::new(name)?;
        loop {
            let layout = self.layout();
            let loaded = self
                .resolve_for_client(&layout, &class, deadline)
                .inspect_err(|error| self.refused(&class, error))?;
            let open = Arc::new(OpenClass::new(&loaded, &layout.config));
            if let Some(open) = self.publish(&layout, open) {
                return Ok(open);
            }
        }
    }

    /// Applies another configuration in this process. Classes that are open stay what they are where the new
    /// configuration still finds them at the same place; all others are looked for anew when they are next wanted.
    /// Edited files are not read again: that is [`reload`](Loader::reload).
    pub fn reconfigure(&self, config: LoaderConfig) {
        let _one = lock(&self.changing);
        let before = self.layout();
        let same_places = before.config.dirs == config.dirs && before.config.trust == config.trust;
        let search = if same_places {
            Arc::clone(&before.search)
        } else {
            self.new_search(&config)
        };
        let generation = before.generation + 1;
        for slot in self.all_slots() {
            slot.forget_failure();
        }
        let mut published = write(&self.published);
        *write(&self.layout) = Arc::new(Layout {
            generation,
            config: Arc::new(config),
            search,
        });
        published.generation = generation;
        published.classes.clear();
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<LoaderConfig> {
        Arc::clone(&self.layout().config)
    }

    pub(crate) fn layout(&self) -> Arc<Layout> {
        Arc::clone(&read(&self.layout))
    }

    /// Opens all directories anew, under the same configuration.
    pub(crate) fn renew_search(&self) -> Arc<Layout> {
        let mut layout = write(&self.layout);
        let renewed = Arc::new(Layout {
            search: self.new_search(&layout.config),
            ..Layout::clone(&layout)
        });
        *layout = Arc::clone(&renewed);
        renewed
    }

    fn new_search(&self, config: &LoaderConfig) -> Arc<Search> {
        let id = self.next_search.fetch_add(1, Ordering::Relaxed);
        Arc::new(Search::new(id, &self.runtimes, config))
    }

    pub(crate) fn new_version(&self) -> u64 {
        self.next_version.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets clients have `open`. `None` when the configuration changed since it was made, or a reload put another
    /// version in its place: then it must be made again.
    fn publish(&self, layout: &Layout, open: Arc<OpenClass>) -> Option<Arc<OpenClass>> {
        let mut published = write(&self.published);
        if published.generation != layout.generation || !self.is_current(&open) {
            return None;
        }
        let entry = published.classes.entry(open.name.clone()).or_insert(open);
        Some(Arc::clone(entry))
    }

    fn is_current(&self, open: &OpenClass) -> bool {
        if open.file.is_none() {
            return true;
        }
        let loaded = self.slot(&open.name).and_then(|slot| slot.view().loaded);
        loaded.is_some_and(|loaded| loaded.version == open.version)
    }

    /// Gives clients that had another version of these the right one, and takes away what is gone; all in one step.
    pub(crate) fn republish(&self, layout: &Layout, current: &[Arc<Loaded>], gone: &[ClassName]) {
        let mut published = write(&self.published);
        for loaded in current {
            if let Some(entry) = published.classes.get_mut(&loaded.name) {
                *entry = Arc::new(OpenClass::new(loaded, &layout.config));
            }
        }
        for name in gone {
            published.classes.remove(name);
        }
    }

    /// Whether clients can have the class without further ado.
    pub(crate) fn published(&self, class: &ClassName) -> Option<Arc<OpenClass>> {
        read(&self.published).classes.get(class).cloned()
    }

    fn resolve_for_client(
        &self,
        layout: &Layout,
        class: &ClassName,
        deadline: Option<Instant>,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        if !layout.config.load_list.contains(class) {
            return Err(ClassUnavailable::NotPermitted {
                class: class.clone(),
            });
        }
        self.resolve(layout, class, &mut Walk::until(deadline))
    }

    /// One line for the log. Names that have no file are a client's doing and may come by the million.
    fn refused(&self, class: &ClassName, error: &ClassUnavailable) {
        let news = self.slot(class).map(|slot| slot.is_news(error));
        if news == Some(true) {
            warn!(
                class = class.as_str(),
                "class {class} did not open: {}",
                error.reason()
            );
        } else {
            debug!(
                class = class.as_str(),
                "class {class} did not open: {}",
                error.reason()
            );
        }
    }

    pub(crate) fn slot(&self, class: &ClassName) -> Option<Arc<Slot>> {
        lock(&self.slots).get(class).cloned()
    }

    pub(crate) fn slot_for_file_of(&self, class: &ClassName) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        let slot = slots
            .entry(class.clone())
            .or_insert_with(|| Arc::new(Slot::new(class.clone())));
        Arc::clone(slot)
    }

    pub(crate) fn forget_slot(&self, class: &ClassName) {
        lock(&self.slots).remove(class);
    }

    /// Every slot, in order of names.
    pub(crate) fn all_slots(&self) -> Vec<Arc<Slot>> {
        let mut slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        slots.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        slots
    }
}

fn builtin_classes(
    runtimes: &[Runtime],
    next_version: &AtomicU64,
) -> HashMap<ClassName, Arc<Loaded>> {
    let mut builtins = HashMap::new();
    for Runtime { kind, backend } in runtimes {
        let classes = backend.iter().flat_map(|backend| backend.builtin_classes());
        for BuiltinClass { name, class } in classes {
            let index = method_index(class.as_ref()).unwrap_or_else(|method| {
                unreachable!("class {name} of runtime {} has {method} twice", kind.name)
            });
            let loaded = Loaded {
                name: name.clone(),
                runtime: kind.name,
                origin: None,
                version: next_version.fetch_add(1, Ordering::Relaxed),
                class,
                index: Arc::new(index),
            };
            builtins.entry(name).or_insert_with(|| Arc::new(loaded));
        }
    }
    builtins
}
