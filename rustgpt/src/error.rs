//! Errors made for people: what is wrong, and what to do about it.

use std::fmt;
use std::path::Path;

/// Whose mistake it is, as far as the caller needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file of the model is missing or damaged.
    Missing,
    /// The call asks for something that can't be done.
    Usage,
}

/// Something that failed, in words for the person who can act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    pub what: String,
    pub hint: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The file at `path` can't be used.
    pub fn damaged(path: &Path, what: impl fmt::Display) -> Self {
        let hint = "copy or make the model again".to_string();
        Self {
            kind: Kind::Missing,
            what: format!("{} is damaged: {what}", path.display()),
            hint,
        }
    }

    /// The file at `path` can't be read.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => format!("{} is missing", path.display()),
            _ => format!("{} can't be read: {error}", path.display()),
        };
        Self {
            kind: Kind::Missing,
            what,
            hint: "check the model's name, or train or copy it again".to_string(),
        }
    }

    /// The model is of a sort that this engine doesn't know.
    pub fn unsupported(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: Kind::Missing,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// The caller asked for something that can't be done.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: Kind::Usage,
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.what, self.hint)
    }
}

impl std::error::Error for Error {}
