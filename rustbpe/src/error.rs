//! What can go wrong.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why something could not be done.
#[derive(Debug)]
pub enum Error {
    /// A vocabulary, a pattern or a text makes no sense; the text says why.
    Invalid(String),
    /// A file can't be read.
    File(PathBuf, io::Error),
    /// A file isn't UTF-8.
    NotText(PathBuf),
    /// The caller asked to stop.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(what) => formatter.write_str(what),
            Error::File(path, error) => write!(formatter, "{}: {error}", path.display()),
            Error::NotText(path) => write!(formatter, "{} is no UTF-8 text", path.display()),
            Error::Stopped => formatter.write_str("stopped"),
        }
    }
}

impl std::error::Error for Error {}
