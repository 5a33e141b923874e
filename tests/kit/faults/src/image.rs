//! What a power cut leaves.

use std::{collections::HashMap, fs, io, path::Path};

use crate::{
    content::{Content, PAGE, pieces},
    disk::{Change, Disk, File, Names, Node, apply},
};

/// What happens to that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All of it is there: no power cut but a kill.
    KeepsAll,
    /// Nothing of it is there.
    KeepsNothing,
    /// Each file and each directory meets a fate of its own, chosen by this number: all, nothing, what came first, or
    /// any pages or sectors of any writes.
    Random(u64),
}

/// The files and directories that a power cut left.
#[derive(Clone, Debug)]
pub struct Image {
    directories: Vec<String>,
    files: Vec<(String, Content)>,
}

/// What happens to the changes of one file.
#[derive(Clone, Copy)]
enum Fate {
    All,
    Nothing,
    /// The first of them; the next one torn.
    First(usize),
    /// Pieces of this many bytes, each by a toss.
    Any(u64),
}

impl Image {
    pub(crate) fn of(disk: &Disk, cut: Cut) -> Image {
        let mut dice = Dice(match cut {
            Cut::Random(seed) => seed,
            _ => 0,
        });
        let mut image = Image {
            directories: Vec::new(),
            files: Vec::new(),
        };
        let mut contents = HashMap::new();
        let mut open = vec![(disk.root.clone(), String::new())];
        while let Some((path, relative)) = open.pop() {
            let directory = &disk.directories[&path];
            let mut names = directory.synced.clone();
            let kept = match cut {
                Cut::KeepsAll => directory.pending.len(),
                Cut::KeepsNothing => 0,
                Cut::Random(_) => dice.up_to(directory.pending.len()),
            };
            for change in directory.pending[..kept].iter().flatten() {
                apply(&mut names, change);
            }
            image.gather(
                disk,
                cut,
                &mut dice,
                &mut contents,
                &names,
                &relative,
                &mut open,
            );
        }
        image
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the body of one loop, and what it carries"
    )]
    fn gather(
        &mut self,
        disk: &Disk,
        cut: Cut,
        dice: &mut Dice,
        contents: &mut HashMap<usize, Content>,
        names: &Names,
        relative: &str,
        open: &mut Vec<(String, String)>,
    ) {
        for (name, node) in names {
            let below = format!("{relative}{name}");
            match node {
                Node::Directory(path) => {
                    self.directories.push(below.clone());
                    open.push((path.clone(), format!("{below}/")));
                }
                Node::File(number) => {
                    // A file may have two names, and has one content.
                    let content = contents.entry(*number).or_insert_with(|| {
                        let file = &disk.files[*number];
                        left(file, fate(cut, file, dice), dice)
                    });
                    self.files.push((below, content.clone()));
                }
            }
        }
    }

    /// Puts it into the empty directory `to`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, to: &Path) -> io::Result<()> {
        for directory in &self.directories {
            fs::create_dir(to.join(directory))?;
        }
        for (name, content) in &self.files {
            content.save(&to.join(name))?;
        }
        Ok(())
    }

    /// What a file holds; `None` when it is not there.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        let mut files = self.files.iter();
        let (_, content) = files.find(|(path, _)| path == name)?;
        Some(content.bytes())
    }
}

fn fate(cut: Cut, file: &File, dice: &mut Dice) -> Fate {
    match cut {
        Cut::KeepsAll => Fate::All,
        Cut::KeepsNothing => Fate::Nothing,
        Cut::Random(_) if file.pending.is_empty() => Fate::All,
        Cut::Random(_) => match dice.up_to(5) {
            0 => Fate::All,
            1 => Fate::Nothing,
            2 => Fate::First(dice.up_to(file.pending.len())),
            3 => Fate::Any(512),
            _ => Fate::Any(PAGE),
        },
    }
}

/// What is left of a file.
fn left(file: &File, fate: Fate, dice: &mut Dice) -> Content {
    let mut content = file.synced.clone();
    for (number, change) in file.pending.iter().enumerate() {
        match (fate, change) {
            (Fate::All, change) => change.apply(&mut content),
            (Fate::Nothing, _) => {}
            (Fate::First(first), change) if number < first => change.apply(&mut content),
            (Fate::First(first), Change::Write(at, bytes)) if number == first => {
                content.write(*at, &bytes[..dice.up_to(bytes.len())]);
            }
            (Fate::First(_), _) => {}
            (Fate::Any(_), Change::Truncate(length)) => {
                if dice.toss() {
                    content.truncate(*length);
                }
            }
            (Fate::Any(unit), Change::Write(at, bytes)) => {
                let mut done = 0;
                for (start, length) in pieces(*at, bytes.len(), unit) {
                    if dice.toss() {
                        content.write(start, &bytes[done..done + length]);
                    }
                    done += length;
                }
            }
        }
    }
    content
}

/// SplitMix64: the same choices for the same seed, everywhere and for ever.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `most`.
    fn up_to(&mut self, most: usize) -> usize {
        let most = most as u64;
        usize::try_from(self.next() % (most + 1)).unwrap_or_default()
    }

    /// Heads more often than not, so that much of most writes is there.
    fn toss(&mut self) -> bool {
        !self.next().is_multiple_of(4)
    }
}
