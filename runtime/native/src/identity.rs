//! What a class says it is, read from the file's bytes before any of its code runs.

use class_abi::symbol;
use objclass::{ClassName, OpenError};

use crate::{Refused, demands::Demands, elf::Image};

/// Longest version text, and the reason a longer one is refused: it is printed in listings.
const MAX_VERSION: usize = 64;

/// What a class file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `objclass_name`.
    pub class: ClassName,
    /// `objclass_version`, the author's.
    pub version: String,
    /// `objclass_deps`.
    pub dependencies: Vec<ClassName>,
}

impl Identity {
    /// Reads the identity of the class file `file_name` and judges the file, without running any of it. `expected` is
    /// the class its file name stands for.
    ///
    /// # Errors
    /// As [`NativeBackend::open`](crate::NativeBackend) before it loads anything.
    pub fn read(bytes: &[u8], file_name: &str, expected: &ClassName) -> Result<Self, OpenError> {
        let image = Image::check(bytes).map_err(refuse)?;
        image
            .check_demands(file_name, Demands::of(&image).map_err(refuse)?)
            .map_err(refuse)?;
        Self::of(&image, expected)
    }

    /// The identity of a file whose demands were judged.
    pub(crate) fn of(image: &Image<'_>, expected: &ClassName) -> Result<Self, OpenError> {
        let exported = |symbol| image.symbol(symbol).map_err(refuse);
        let abi = exported(symbol::ABI)?.ok_or_else(|| refuse(missing(symbol::ABI)))?;
        let abi: [u8; 4] = abi.try_into().map_err(|_| {
            refuse(Refused::BadSymbol {
                symbol: symbol::ABI,
                found: "not a uint32_t",
            })
        })?;
        // The first thing after the file itself: only the ABI number says what the other symbols mean.
        let abi = u32::from_le_bytes(abi);
        if abi != class_abi::ABI {
            return Err(refuse(Refused::WrongAbi {
                found: abi,
                expected: class_abi::ABI,
            }));
        }
        let required = |symbol| exported(symbol)?.ok_or_else(|| refuse(missing(symbol)));
        let class = ClassName::new(text(symbol::NAME, required(symbol::NAME)?)?)?;
        let version = text(symbol::VERSION, required(symbol::VERSION)?)?;
        if version.len() > MAX_VERSION || version.chars().any(char::is_control) {
            return Err(refuse(Refused::BadSymbol {
                symbol: symbol::VERSION,
                found: "longer than 64 bytes, or holds a control character",
            }));
        }
        let dependencies = match exported(symbol::DEPS)? {
            None => Vec::new(),
            Some(names) => text(symbol::DEPS, names)?
                .split_ascii_whitespace()
                .map(ClassName::new)
                .collect::<Result<_, _>>()?,
        };
        required(symbol::INIT)?;
        if class != *expected {
            return Err(OpenError::WrongClass {
                declared: class,
                expected: expected.clone(),
            });
        }
        Ok(Self {
            class,
            version: version.to_owned(),
            dependencies,
        })
    }
}

/// The function an OSD runs to open a class.
pub(crate) const CLS_INIT: &str = "__cls_init";

/// Whether the file is a class for a Ceph OSD.
pub(crate) fn is_for_ceph(image: &Image<'_>) -> Result<bool, Refused> {
    Ok(image.symbol(symbol::ABI)?.is_none() && image.symbol(CLS_INIT)?.is_some())
}

pub(crate) fn refuse(refused: Refused) -> OpenError {
    OpenError::Backend(Box::new(refused))
}

fn missing(symbol: &'static str) -> Refused {
    Refused::MissingSymbol { symbol }
}

/// A terminated text.
fn text<'data>(symbol: &'static str, content: &'data [u8]) -> Result<&'data str, OpenError> {
    let found = match content.split_last() {
        Some((0, text)) if !text.contains(&0) => match str::from_utf8(text) {
            Ok(text) => return Ok(text),
            Err(_) => "not UTF-8",
        },
        _ => "not a terminated text; it must be an array of char, not a pointer",
    };
    Err(refuse(Refused::BadSymbol { symbol, found }))
}
