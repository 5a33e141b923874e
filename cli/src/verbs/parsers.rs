//! How words of the command line become values.

use clap::builder::{OsStringValueParser, TypedValueParser};

/// What [`text`] calls the names of objects.
pub(super) const OID: &str = "names of objects";

/// A name that must be text: of an object, a class or what holds objects. Keys, names of xattrs and values are bytes.
pub(crate) fn text(names: &'static str) -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().try_map(move |name| {
        name.into_string().map_err(|_| {
            format!(
                "{names} must be UTF-8 text: write other bytes as text of your own, such as %FF"
            )
        })
    })
}

/// A size, in bytes or with a unit.
pub(super) fn size(text: &str) -> Result<u64, String> {
    radula::config::Unit::Bytes
        .parse(text)
        .map_err(|invalid| invalid.to_string())
}

/// `CLASS.METHOD`.
pub(super) fn method(text: &str) -> Result<(String, String), String> {
    text.split_once('.')
        .map(|(class, method)| (class.to_owned(), method.to_owned()))
        .ok_or_else(|| "write CLASS.METHOD".to_owned())
}
