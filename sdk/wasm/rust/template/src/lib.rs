//! Class `shelf`: a named place for a few books, kept in the omap of its object.
//!
//! ```text
//! cargo build --release
//! radula-wasm component target/wasm32-unknown-unknown/release/cls_shelf.wasm cls_shelf.wasm
//! radula class check cls_shelf.wasm
//! install -m 0644 cls_shelf.wasm CLASS_DIR/
//! ```
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;

use alloc::{format, vec::Vec};

use radula_class::{Context, Errno, Result};

radula_class::class! {
    name: "shelf",
    methods: {
        /// Puts a book, `TITLE=AUTHOR`, on the shelf; EEXIST when its title is there already.
        put: RD | WR,
        /// Answers the author of the title that is the input.
        author: RD,
        /// Answers the titles, one a line.
        titles: RD,
    }
}

/// The most titles `titles` answers.
const MAX_TITLES: u64 = 1000;

fn put(context: &mut Context<'_>, book: &str) -> Result {
    let (title, author) = book
        .split_once('=')
        .filter(|(title, _)| !title.is_empty())
        .ok_or_else(|| Errno::EINVAL.because("a book is TITLE=AUTHOR"))?;
    if context.find_omap_val(title.as_bytes())?.is_some() {
        return Err(Errno::EEXIST.because(format!("{title} is on the shelf")));
    }
    context.omap_set(title.as_bytes(), author.as_bytes())
}

fn author<'call>(context: &mut Context<'call>, title: &str) -> Result<&'call [u8]> {
    let author = context.find_omap_val(title.as_bytes())?;
    author.ok_or_else(|| Errno::ENOENT.because("no such title"))
}

fn titles(context: &mut Context<'_>, (): ()) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for title in context.omap_keys(b"", MAX_TITLES)?.iter() {
        lines.extend_from_slice(title);
        lines.push(b'\n');
    }
    Ok(lines)
}
