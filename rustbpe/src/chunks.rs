//! Text files of any size as chunks that fit the second-level cache and can be split each for itself.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use memchr::memmem;

use crate::error::Error;

/// Bytes of a chunk, or more where no cut is found.
const CHUNK: usize = 1 << 18;

/// Reads files one after the other.
pub struct Chunks {
    paths: std::vec::IntoIter<PathBuf>,
    open: Option<(PathBuf, File)>,
    /// What was read beyond the last cut.
    rest: Vec<u8>,
    separator: String,
    whole_documents: bool,
}

/// Part of a file that begins and ends at a boundary.
pub struct Chunk {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Chunks {
    /// Read `paths` in order. Their documents are what stands between occurrences of `separator`; with none, each file
    /// is one document. `whole_documents` keeps chunks from ending within a document.
    pub fn new(paths: Vec<PathBuf>, separator: Option<&str>, whole_documents: bool) -> Self {
        let separator = separator.unwrap_or_default().to_owned();
        Self {
            paths: paths.into_iter(),
            open: None,
            rest: Vec::new(),
            separator,
            whole_documents,
        }
    }

    /// The next chunk, in the memory of an old one.
    ///
    /// # Errors
    ///
    /// A file can't be read.
    pub fn next(&mut self, mut bytes: Vec<u8>) -> Result<Option<Chunk>, Error> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.paths.next() else { return Ok(None) };
                let file = File::open(&path).map_err(|error| Error::File(path.clone(), error))?;
                self.open = Some((path, file));
            }
            let Some((path, file)) = &mut self.open else {
                return Ok(None);
            };
            let path = path.clone();
            bytes.clear();
            bytes.reserve(self.rest.len() + CHUNK + 1);
            bytes.append(&mut self.rest);
            loop {
                let wanted = CHUNK.max(bytes.len());
                let got = file.take(wanted as u64).read_to_end(&mut bytes);
                if got.map_err(|error| Error::File(path.clone(), error))? < wanted {
                    self.open = None;
                    break;
                }
                if let Some(cut) = cut(&bytes, self.separator.as_bytes(), self.whole_documents) {
                    self.rest.extend_from_slice(&bytes[cut..]);
                    bytes.truncate(cut);
                    break;
                }
            }
            if !bytes.is_empty() {
                return Ok(Some(Chunk { path, bytes }));
            }
        }
    }

    /// What stands between two documents; empty if nothing does.
    pub fn separator(&self) -> &str {
        &self.separator
    }
}

impl Chunk {
    /// The documents, or parts of documents, between which `separator` stands. An empty one at the end is none.
    ///
    /// # Errors
    ///
    /// It isn't UTF-8.
    pub fn documents(&self, separator: &str) -> Result<Vec<&str>, Error> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| Error::NotText(self.path.clone()))?;
        let (mut documents, mut start) = (Vec::new(), 0);
        if !separator.is_empty() {
            for found in memmem::find_iter(&self.bytes, separator) {
                documents.push(&text[start..found]);
                start = found + separator.len();
            }
        }
        if start < text.len() {
            documents.push(&text[start..]);
        }
        Ok(documents)
    }

    /// Its memory, for the next one.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Where `bytes`, after which more follow, can be cut: after the last separator, else between two pieces of the Qwen2
/// pattern, unless documents must stay whole.
fn cut(bytes: &[u8], separator: &[u8], whole_documents: bool) -> Option<usize> {
    if !separator.is_empty()
        && let Some(found) = memmem::rfind(bytes, separator)
    {
        return Some(found + separator.len());
    }
    if whole_documents {
        return None;
    }
    // A space after a letter begins a piece. The end may be within a separator: that much stays together.
    let last = bytes.len().saturating_sub(separator.len());
    (1..last)
        .rev()
        .find(|&position| bytes[position] == b' ' && bytes[position - 1].is_ascii_alphabetic())
}
