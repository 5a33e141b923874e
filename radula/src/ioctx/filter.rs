//! Listings by a class: a method that says yes or no for each object, after Ceph's PGLS filters.

use std::time::{Duration, Instant};

use objclass::{Errno, MethodFlags};

use crate::{
    ExecOptions, IoCtx,
    call::Resolved,
    engine::Objects,
    error::{Cause, Error},
};

/// Most objects one page looks at.
const LOOKED: usize = 1000;
/// After this long a page ends, whatever it found: slow methods must not hold whoever asked.
const PAGE_TIME: Duration = Duration::from_secs(1);

/// The question a filtered listing asks of each object: a method of a class, in whatever language, that does not write.
///
/// A return value above 0 is a yes, 0 a no. Its output is not looked at. It runs under the limits of any call, anew for
/// each object.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The class.
    pub class: String,
    /// The method, flagged `r`.
    pub method: String,
    /// What it is given each time.
    pub input: Vec<u8>,
    /// Limits for each object.
    pub options: ExecOptions,
}

/// A page of a filtered listing.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FilteredPage {
    /// The objects the answer was yes for, in byte order.
    pub entries: Vec<String>,
    /// Why others could not answer; each error names its object.
    pub failed: Vec<Error>,
    /// How many objects were asked.
    pub looked: usize,
    /// Behind which object the next page begins; `None` when there is none. A page may be empty and not the last.
    pub next: Option<String>,
}

impl IoCtx {
    /// Lists the objects behind `after` whose names begin with `prefix` and of which `filter` says yes, at most `max`. A
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
        self.reads_only(filter)
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

    /// Whether the filter's method is there and keeps its hands off the objects.
    fn reads_only(&self, filter: &Filter) -> Result<(), Error> {
        let Objects::Here(_) = self.engine.objects() else {
            // Its OSDs know the methods' flags and do not tell: a method that writes must not run on every object.
            return Err(Cause::Refused(Errno::EOPNOTSUPP).into());
        };
        let host = self.engine.host();
        let method = Resolved::find(host.loader(), &filter.class, &filter.method)?;
        match method.flags.contains(MethodFlags::WR) {
            true => Err(Cause::Refused(Errno::EPERM).into()),
            false => Ok(()),
        }
    }
}
