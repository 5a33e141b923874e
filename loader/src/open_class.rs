//! Classes that can be called.

use std::{path::PathBuf, sync::Arc};

use foldhash::fast::RandomState;
use objclass::{Class, ClassName, Digest, Limits, Method, MethodName};
use sandbox::FileIdentity;

use crate::LoaderConfig;

/// A map every call looks into. Its hash is fast, and no defence against keys chosen to collide: only for names that operators
/// install, those of open classes and of their methods. Clients ask for names and put none in.
pub(crate) type FastMap<K, V> = foldhash::HashMap<K, V>;

/// A class that was loaded, apart from what the configuration says about it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) name: ClassName,
    pub(crate) runtime: &'static str,
    pub(crate) origin: Option<OpenedFrom>,
    pub(crate) version: u64,
    pub(crate) class: Arc<dyn Class>,
    pub(crate) index: Arc<FastMap<MethodName, usize>>,
}

/// The file a class was loaded from.
#[derive(Clone, Debug)]
pub(crate) struct OpenedFrom {
    pub(crate) path: PathBuf,
    pub(crate) identity: FileIdentity,
    pub(crate) digest: Digest,
}

/// A class as it was when it was opened. Its holder can go on calling it, whatever is reloaded or switched
/// off meanwhile.
#[derive(Debug)]
pub struct OpenClass {
    /// The name it was opened by.
    pub name: ClassName,
    /// The name of the runtime that runs it.
    pub backend: &'static str,
    /// The file it was loaded from; none for a class that is part of its runtime.
    pub file: Option<PathBuf>,
    /// Digest of the bytes that run; none for a class that is part of its runtime.
    pub digest: Option<Digest>,
    /// Tells the versions of one process apart: every load of any class gets a higher number, from 1.
    pub version: u64,
    /// The class.
    pub class: Arc<dyn Class>,
    /// Whether it is on `class_default_list`: may be called without an explicit grant.
    pub by_default: bool,
    /// Ceilings of a call: those of scripts from a request when that is what the class runs, else those of installed
    /// classes.
    pub limits: Limits,
    index: Arc<FastMap<MethodName, usize>>,
}

impl OpenClass {
    pub(crate) fn new(loaded: &Loaded, config: &LoaderConfig) -> Self {
        Self {
            name: loaded.name.clone(),
            backend: loaded.runtime,
            file: loaded.origin.as_ref().map(|origin| origin.path.clone()),
            digest: loaded.origin.as_ref().map(|origin| origin.digest),
            version: loaded.version,
            class: Arc::clone(&loaded.class),
            by_default: config.default_list.contains(&loaded.name),
            limits: config
                .policy
                .limits_for(&loaded.name, loaded.class.is_eval()),
            index: Arc::clone(&loaded.index),
        }
    }

    /// The method called `name` and its index for [`Class::call`].
    #[must_use]
    pub fn method(&self, name: &str) -> Option<(usize, &Method)> {
        let index = *self.index.get(name)?;
        Some((index, self.class.methods().get(index)?))
    }
}

/// The methods of a class by name, or the name that occurs twice.
pub(crate) fn method_index(class: &dyn Class) -> Result<FastMap<MethodName, usize>, MethodName> {
    let mut index =
        FastMap::with_capacity_and_hasher(class.methods().len(), RandomState::default());
    for (position, method) in class.methods().iter().enumerate() {
        if index.insert(method.name.clone(), position).is_some() {
            return Err(method.name.clone());
        }
    }
    Ok(index)
}
