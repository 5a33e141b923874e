//! Reads an archive, and believes nothing in it.

use std::io::{self, BufReader, Read};

use bytes::Bytes;
use objclass::ObjectId;
use transaction::Quotas;

use super::{
    ArchiveDigest, ArchiveError, ArchiveSummary,
    bounds::{Bounds, TooMuch},
    record::{self, FORMAT, HEADER, PIECE, Record},
};
use crate::check_id;

/// An archive on its way in. Records come out in order and checked; only [`summary`](Reader::summary) says that they
/// were all there were.
pub(crate) struct Reader<'a> {
    from: BufReader<&'a mut dyn Read>,
    digest: blake3::Hasher,
    chain: u32,
    /// Bytes read.
    at: u64,
    last_version: u64,
    place: Place,
    bounds: Bounds,
    objects: u64,
    bytes: u64,
    end: Option<[u8; 32]>,
}

/// Where in an object the reader is: its parts come in a fixed order.
#[derive(Debug, Default)]
struct Place {
    id: Option<ObjectId>,
    size: u64,
    part: Part,
}

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    #[default]
    Nothing,
    /// The next offset there can be data at.
    Data(u64),
    /// The last name.
    Xattr(Bytes),
    /// The last key.
    Omap(Bytes),
    OmapHeader,
}

impl<'a> Reader<'a> {
    pub(crate) fn open(from: &'a mut dyn Read, quotas: &Quotas) -> Result<Self, ArchiveError> {
        let mut archive = Self {
            from: BufReader::with_capacity(256 << 10, from),
            digest: blake3::Hasher::new(),
            chain: 0,
            at: 0,
            last_version: 0,
            place: Place::default(),
            bounds: Bounds::new(quotas),
            objects: 0,
            bytes: 0,
            end: None,
        };
        let mut header = [0; HEADER];
        archive.fill(&mut header).map_err(|error| match error {
            // Too short for a header: not what anybody would call an archive that was cut.
            ArchiveError::CutOff { .. } => ArchiveError::NotAnArchive,
            error => error,
        })?;
        let parsed = record::parse_header(&header).ok_or(ArchiveError::NotAnArchive)?;
        if parsed.format > FORMAT {
            return Err(ArchiveError::NewerFormat {
                found: parsed.format,
                supported: FORMAT,
            });
        }
        if !parsed.is_sound || parsed.format != FORMAT {
            return Err(ArchiveError::Damaged {
                at: 0,
                what: "the header is not what was written",
            });
        }
        if !Bounds::is_version(parsed.last_version) {
            return Err(ArchiveError::Damaged {
                at: 0,
                what: "no store has such a last version",
            });
        }
        archive.digest.update(&header);
        archive.chain = parsed.checksum;
        archive.last_version = parsed.last_version;
        Ok(archive)
    }

    /// The next record; `None` after the last, when everything was there.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, ArchiveError> {
        if self.end.is_some() {
            return Ok(None);
        }
        let at = self.at;
        let damaged = |what| ArchiveError::Damaged { at, what };
        let mut prefix = [0; record::PREFIX];
        self.fill(&mut prefix)?;
        let [kind, length @ ..] = prefix;
        let length = u32::from_le_bytes(length);
        if u64::from(length) > self.bounds.longest_record() {
            return Err(damaged("no record is that long"));
        }
        let payload = self.payload(length)?;
        let mut checksum = [0; record::CHECKSUM];
        self.fill(&mut checksum)?;
        self.chain = record::chained(self.chain, &prefix, &payload);
        if u32::from_le_bytes(checksum) != self.chain {
            return Err(damaged(
                "a record is not what was written, or one is missing before it",
            ));
        }
        let record =
            Record::decode(kind, &payload).ok_or_else(|| damaged("a record makes no sense"))?;
        if let Record::End(objects, bytes, digest) = record {
            if (objects, bytes) != (self.objects, self.bytes) {
                return Err(damaged(
                    "the counts at its end are not those of its records",
                ));
            }
            if *self.digest.finalize().as_bytes() != digest {
                return Err(damaged("the digest at its end is not that of its records"));
            }
            if self.from.read(&mut [0])? != 0 {
                return Err(damaged("something follows the end"));
            }
            self.end = Some(digest);
            return Ok(None);
        }
        self.digest.update(&prefix);
        self.digest.update(&payload);
        self.digest.update(&checksum);
        if !self.follows(&record) {
            return Err(damaged("a record is out of order"));
        }
        match self.bounds.take(&record) {
            Ok(()) => Ok(Some(record)),
            Err(TooMuch { object, what }) => Err(ArchiveError::TooMuch { at, object, what }),
        }
    }

    /// What the archive held.
    pub(crate) fn summary(&self) -> Result<ArchiveSummary, ArchiveError> {
        let Some(digest) = self.end else {
            return Err(ArchiveError::CutOff { at: self.at });
        };
        Ok(ArchiveSummary {
            objects: self.objects,
            bytes: self.bytes,
            last_version: self.last_version,
            length: self.at,
            digest: ArchiveDigest(digest),
        })
    }

    /// Whether a record may be where it is. Checksums find accidents; this keeps what a restore builds on from depending
    /// on whoever wrote the archive.
    fn follows(&mut self, record: &Record) -> bool {
        let place = &mut self.place;
        let part = match record {
            Record::Object(object) => {
                let rises = place.id.as_ref().is_none_or(|last| *last < object.id);
                let is_valid = check_id(&object.id).is_ok()
                    && (1..=self.last_version).contains(&object.version);
                self.objects += 1;
                self.bytes = self.bytes.saturating_add(object.size);
                place.id = Some(object.id.clone());
                place.size = object.size;
                place.part = Part::Data(0);
                return rises && is_valid;
            }
            Record::Data(offset, data) => {
                let length = data.len() as u64;
                let expected = PIECE.min(place.size.saturating_sub(*offset));
                let fits = offset.is_multiple_of(PIECE) && length > 0 && length == expected;
                match &place.part {
                    Part::Data(next) if fits && offset >= next => Part::Data(offset + PIECE),
                    _ => return false,
                }
            }
            Record::Xattr(name, _) if !name.is_empty() => Part::Xattr(name.clone()),
            Record::Omap(key, _) if !key.is_empty() => Part::Omap(key.clone()),
            Record::OmapHeader(header) if !header.is_empty() => Part::OmapHeader,
            _ => return false,
        };
        // Parts sort in their order, and names and keys within one.
        let rises = place.id.is_some() && place.part < part;
        place.part = part;
        rises
    }

    /// Reads as many bytes as there are: a length that lies takes no more memory than the archive has.
    fn payload(&mut self, length: u32) -> Result<Bytes, ArchiveError> {
        let mut payload = Vec::new();
        let read = (&mut self.from)
            .take(length.into())
            .read_to_end(&mut payload)?;
        self.at += read as u64;
        match read as u64 == u64::from(length) {
            true => Ok(payload.into()),
            false => Err(ArchiveError::CutOff { at: self.at }),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), ArchiveError> {
        match self.from.read_exact(buffer) {
            Ok(()) => {
                self.at += buffer.len() as u64;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(ArchiveError::CutOff { at: self.at })
            }
            Err(error) => Err(error.into()),
        }
    }
}
