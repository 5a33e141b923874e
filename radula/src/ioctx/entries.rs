//! Listings from their first entry to their last, page by page.

use bytes::Bytes;
use objclass::{Page, Pair};

use crate::{IoCtx, OmapRange, error::Error};

/// Objects of one page.
const OBJECTS: usize = 1000;
/// Omap entries of one page.
const ENTRIES: u64 = 1000;

impl IoCtx {
    /// Goes through the names of all objects that begin with `prefix`, in byte order, a page at a time. Objects that
    /// come or go meanwhile may or may not appear.
    ///
    /// An item is an error where [`list`](IoCtx::list) would fail, and is then the last.
    ///
    /// ```
    /// # let config = radula::Config::default().in_memory();
    /// # let pool = radula::Radula::open(config)?.ioctx("music");
    /// pool.write_full("song.2", "la")?;
    /// pool.write_full("song.1", "la la")?;
    /// let songs: Vec<String> = pool.objects("song.").collect::<Result<_, _>>()?;
    /// assert_eq!(songs, ["song.1", "song.2"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn objects<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = Result<String, Error>> + use<'a> {
        Entries::new(move |last: Option<&String>| {
            self.list(last.map(String::as_str), prefix, OBJECTS)
        })
    }

    /// Goes through the omap entries of a range, in byte order of their keys, a page at a time. Each page shows the
    /// object as it is then.
    ///
    /// An item is an error where [`omap_get_vals`](IoCtx::omap_get_vals) would fail, and is then the last.
    pub fn omap<'a>(
        &'a self,
        oid: &'a str,
        range: OmapRange,
    ) -> impl Iterator<Item = Result<Pair, Error>> + use<'a> {
        let wanted = usize::try_from(range.max).unwrap_or(usize::MAX);
        Entries::new(move |last: Option<&Pair>| {
            let page = range.clone().at_most(ENTRIES);
            self.omap_get_vals(
                oid,
                match last {
                    Some((key, _)) => page.after(key),
                    None => page,
                },
            )
        })
        .take(wanted)
    }

    /// Goes through the omap keys of a range, as [`omap`](IoCtx::omap) does through its entries.
    pub fn omap_keys<'a>(
        &'a self,
        oid: &'a str,
        range: OmapRange,
    ) -> impl Iterator<Item = Result<Bytes, Error>> + use<'a> {
        let wanted = usize::try_from(range.max).unwrap_or(usize::MAX);
        Entries::new(move |last: Option<&Bytes>| {
            let page = range.clone().at_most(ENTRIES);
            self.omap_get_keys(
                oid,
                match last {
                    Some(key) => page.after(key),
                    None => page,
                },
            )
        })
        .take(wanted)
    }
}

/// The entries of a listing. `next_page` is asked for the page after an entry.
struct Entries<T, F> {
    next_page: F,
    page: std::vec::IntoIter<T>,
    last: Option<T>,
    more: bool,
}

impl<T, F> Entries<T, F> {
    fn new(next_page: F) -> Self {
        Self {
            next_page,
            page: Vec::new().into_iter(),
            last: None,
            more: true,
        }
    }
}

impl<T: Clone, F: FnMut(Option<&T>) -> Result<Page<T>, Error>> Iterator for Entries<T, F> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.as_slice().is_empty() && self.more {
            match (self.next_page)(self.last.as_ref()) {
                Ok(page) => {
                    // A page of nothing is the last: asking for it again would not end.
                    self.more = page.more && !page.entries.is_empty();
                    self.last = page.entries.last().cloned();
                    self.page = page.entries.into_iter();
                }
                Err(error) => {
                    self.more = false;
                    return Some(Err(error));
                }
            }
        }
        self.page.next().map(Ok)
    }
}
