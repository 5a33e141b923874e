//! Class `shelf`: a named place for a few books, kept in the omap of its object.
//!
//! ```text
//! cargo build --release
//! install -m 0644 target/release/libcls_shelf.so CLASS_DIR/
//! ```
#![forbid(unsafe_code)]

use radula_class::{Context, Errno, Postcard, Result};
use serde::{Deserialize, Serialize};

radula_class::class! {
    name: "shelf",
    methods: {
        /// Puts a book on the shelf; EEXIST when its title is there already.
        put: RD | WR,
        /// Answers the book with the title that is the input.
        get: RD,
        /// Answers the titles, one a line.
        titles: RD,
    }
}

/// What is stored for each title, and what `get` answers.
#[derive(Debug, Serialize, Deserialize)]
struct Book<'a> {
    title: &'a str,
    author: &'a str,
    year: i16,
}

/// The most titles `titles` answers.
const MAX_TITLES: u64 = 1000;

fn put(context: &mut Context<'_>, Postcard(book): Postcard<Book<'_>>) -> Result {
    if book.title.is_empty() {
        return Err(Errno::EINVAL.because("a book needs a title"));
    }
    if context.find_omap_val(book.title.as_bytes())?.is_some() {
        return Err(Errno::EEXIST.because(format!("{:?} is on the shelf", book.title)));
    }
    context.omap_set_as(book.title.as_bytes(), &book)
}

fn get<'call>(context: &mut Context<'call>, title: &str) -> Result<Postcard<Book<'call>>> {
    let book = context.omap_val_as(title.as_bytes())?;
    Ok(Postcard(book.ok_or_else(|| Errno::ENOENT.because("no such title"))?))
}

fn titles(context: &mut Context<'_>, (): ()) -> Result<String> {
    let keys = context.omap_keys(b"", MAX_TITLES)?;
    let lines = keys.iter().map(|title| String::from_utf8_lossy(title) + "\n");
    Ok(lines.collect())
}
