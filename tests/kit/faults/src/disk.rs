//! What is on the disk for certain, and what is only on its way there.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Event,
    content::Content,
    image::{Cut, Image},
};

/// A directory and everything below it, as a record tells. It was empty when the record began.
#[derive(Debug)]
pub struct Disk {
    pub(crate) root: String,
    pub(crate) files: Vec<File>,
    by_inode: HashMap<u64, Node>,
    pub(crate) directories: BTreeMap<String, Directory>,
}

/// A file under whatever name.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) synced: Content,
    pub(crate) pending: Vec<Change>,
}

#[derive(Clone, Debug)]
pub(crate) enum Change {
    Write(u64, Arc<[u8]>),
    Truncate(u64),
}

/// A directory under its full path.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) synced: Names,
    /// Each of them at once or not at all.
    pub(crate) pending: Vec<Vec<(String, Option<Node>)>>,
}

pub(crate) type Names = BTreeMap<String, Node>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    File(usize),
    Directory(String),
}

impl Change {
    pub(crate) fn apply(&self, content: &mut Content) {
        match self {
            Change::Write(at, bytes) => content.write(*at, bytes),
            Change::Truncate(length) => content.truncate(*length),
        }
    }
}

impl Directory {
    pub(crate) fn now(&self) -> Names {
        let mut names = self.synced.clone();
        for change in self.pending.iter().flatten() {
            apply(&mut names, change);
        }
        names
    }
}

pub(crate) fn apply(names: &mut Names, (name, node): &(String, Option<Node>)) {
    match node {
        Some(node) => names.insert(name.clone(), node.clone()),
        None => names.remove(name),
    };
}

impl Disk {
    /// The empty directory `root`, as it is called in the record.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        let root = root.to_string_lossy().into_owned();
        Self {
            directories: BTreeMap::from([(root.clone(), Directory::default())]),
            root,
            files: Vec::new(),
            by_inode: HashMap::new(),
        }
    }

    /// Follows the record one event further.
    ///
    /// # Panics
    /// When the record makes no sense: something was not recorded.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create { inode, path } => {
                let node = Node::File(self.files.len());
                self.files.push(File::default());
                self.by_inode.insert(*inode, node.clone());
                self.change(vec![(path, Some(node))]);
            }
            Event::Open { inode, path } => self.opened(*inode, path),
            Event::Write { inode, at, bytes } => {
                let change = Change::Write(*at, Arc::clone(bytes));
                self.file(*inode).pending.push(change);
            }
            Event::Truncate { inode, length } => {
                let change = Change::Truncate(*length);
                self.file(*inode).pending.push(change);
            }
            Event::Sync { inode } => self.sync(*inode),
            Event::Rename { from, to } => self.rename(from, to),
            Event::Unlink { path } => self.change(vec![(path, None)]),
            Event::MakeDirectory { path } => {
                // A removed directory may have had the name.
                self.directories.insert(path.clone(), Directory::default());
                self.change(vec![(path, Some(Node::Directory(path.clone())))]);
            }
            Event::Read { .. } | Event::Mark { .. } | Event::Failed { .. } => {}
        }
    }

    /// A disk that a power cut could leave now.
    #[must_use]
    pub fn cut(&self, cut: Cut) -> Image {
        Image::of(self, cut)
    }

    /// The first file below the real directory that is not what the record says it is now.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn differs(&self) -> io::Result<Option<PathBuf>> {
        for (path, directory) in &self.directories {
            let mut names = directory.now();
            let Ok(entries) = fs::read_dir(path) else {
                continue;
            };
            for entry in entries {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let same = match names.remove(&*name) {
                    None => false,
                    Some(Node::Directory(_)) => path.is_dir(),
                    Some(Node::File(number)) => {
                        let file = &self.files[number];
                        let mut content = file.synced.clone();
                        file.pending
                            .iter()
                            .for_each(|change| change.apply(&mut content));
                        content.is_that_of(&path)?
                    }
                };
                if !same {
                    return Ok(Some(path));
                }
            }
            if let Some((name, _)) = names.pop_first() {
                return Ok(Some(Path::new(path).join(name)));
            }
        }
        Ok(None)
    }

    /// Whether anything is on its way to the disk.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.files.iter().all(|file| file.pending.is_empty())
            && self
                .directories
                .values()
                .all(|directory| directory.pending.is_empty())
    }

    fn file(&mut self, inode: u64) -> &mut File {
        match self.by_inode.get(&inode) {
            Some(Node::File(number)) => &mut self.files[*number],
            other => panic!("a file of the record is {other:?}: not everything was recorded"),
        }
    }

    fn sync(&mut self, inode: u64) {
        match self.by_inode.get(&inode) {
            Some(Node::File(number)) => {
                let file = &mut self.files[*number];
                for change in file.pending.drain(..) {
                    change.apply(&mut file.synced);
                }
            }
            Some(Node::Directory(path)) => {
                if let Some(directory) = self.directories.get_mut(path) {
                    directory.synced = directory.now();
                    directory.pending.clear();
                }
            }
            None => panic!("something that was never opened was synced"),
        }
    }

    /// Learns the inode of a directory; a file has to be where the record has it.
    fn opened(&mut self, inode: u64, path: &str) {
        let (parent, name) = split(path);
        if self.directories.contains_key(path) {
            self.by_inode
                .insert(inode, Node::Directory(path.to_owned()));
        } else if let Some(node @ Node::File(_)) = self.by_inode.get(&inode) {
            let there = self
                .directories
                .get(parent)
                .and_then(|directory| directory.now().get(name).cloned());
            assert_eq!(there.as_ref(), Some(node), "{path} comes from nowhere");
        } else {
            // Above the root, for the sake of a sync.
            assert!(
                !path.starts_with(&format!("{}/", self.root)),
                "{path} was there before"
            );
            self.directories
                .insert(path.to_owned(), Directory::default());
            self.by_inode
                .insert(inode, Node::Directory(path.to_owned()));
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (parent, name) = split(from);
        let node = self
            .directories
            .get(parent)
            .and_then(|parent| parent.now().get(name).cloned());
        let node = node.unwrap_or_else(|| panic!("{from} was renamed and is not there"));
        self.change(vec![(from, None), (to, Some(node))]);
    }

    /// Changes names, at once if they are in one directory.
    fn change(&mut self, changes: Vec<(&str, Option<Node>)>) {
        let mut parts: BTreeMap<&str, Vec<(String, Option<Node>)>> = BTreeMap::new();
        for (path, node) in changes {
            let (parent, name) = split(path);
            parts
                .entry(parent)
                .or_default()
                .push((name.to_owned(), node));
        }
        for (parent, part) in parts {
            let directory = self.directories.get_mut(parent);
            let directory = directory.unwrap_or_else(|| panic!("{parent} was not recorded"));
            directory.pending.push(part);
        }
    }
}

/// The directory of a path, and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
