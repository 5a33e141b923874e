//! Listings by a class: a method that says yes or no for each object, after Ceph's PGLS filters.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::{
    ExecOptions, IoCtx,
    error::{Cause, Error},
};

/// Most objects one page looks at.
const LOOKED: usize = 1000;
/// After this long a page ends, whatever it found: slow methods must not hold up the caller.
const PAGE_TIME: Duration = Duration::from_secs(1);

/// The question a filtered listing asks of each object: a method of a class, in any language, that does not write.
///
/// A return value above 0 is a yes, 0 a no. Its output is ignored. It runs under the limits of any call, anew for
/// each object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Filter {
    /// The class.
    pub class: String,
    /// The method, flagged `r`.
    pub method: String,
    /// The method's input, the same each time.
    pub input: Bytes,
    /// Limits for each object.
    pub options: ExecOptions,
}

impl Filter {
    /// A filter that calls `method` of `class` without input.
    #[must_use]
    pub fn new(class: impl Into<String>, method: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            method: method.into(),
            input: Bytes::new(),
            options: ExecOptions::default(),
        }
    }

    /// Gives the method this input each time.
    #[must_use]
    pub fn with_input(mut self, input: impl Into<Bytes>) -> Self {
        self.input = input.into();
        self
    }

    /// Calls the method with these options each time.
    #[must_use]
    pub fn with_options(mut self, options: ExecOptions) -> Self {
        self.options = options;
        self
    }
}

/// A page of a filtered listing.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FilteredPage {
    /// The objects the method accepted, in byte order.
    pub entries: Vec<String>,
    /// Why others could not answer; each error names its object.
    pub failed: Vec<Error>,
    /// How many objects were asked.
    pub looked: usize,
    /// The object after which the next page begins; `None` on the last page. A page may be empty without being the last.
    pub next: Option<String>,
}

impl IoCtx {
    /// Lists the objects after `after` whose names begin with `prefix` and that `filter` accepts, at most `max`. A
    /// page looks at no more than a thousand objects and takes about a second at most.
    ///
    /// # Errors
    /// The class does not open, the method is missing or writes (`EPERM`), or the store cannot be read. A method that
    /// fails on one object is in the page.
    pub fn list_filtered(
        &self,
        filter: &Filter,
        after: Option<&str>,
        prefix: &str,
        max: usize,
    ) -> Result<FilteredPage, Error> {
        self.objects
            .reads_only(&filter.class, &filter.method)
            .map_err(|error| error.of_method(&filter.class, &filter.method))?;
        let started = Instant::now();
        let names = self.list(after, prefix, LOOKED)?;
        let mut page = FilteredPage::default();
        let mut last = None;
        for oid in names.entries {
            if page.entries.len() == max || (page.looked > 0 && started.elapsed() > PAGE_TIME) {
                page.next = last.or_else(|| after.map(str::to_owned));
                return Ok(page);
            }
            page.looked += 1;
            let answer = self.exec_with(
                &oid,
                &filter.class,
                &filter.method,
                &filter.input,
                &filter.options,
            );
            match answer {
                Ok(reply) if reply.ret > 0 => page.entries.push(oid.clone()),
                Ok(_) => {}
                // Removed since it was listed.
                Err(error) if matches!(error.cause(), Cause::NoObject) => {}
                Err(error) => page.failed.push(error),
            }
            last = Some(oid);
        }
        page.next = last.filter(|_| names.more);
        Ok(page)
    }
}
