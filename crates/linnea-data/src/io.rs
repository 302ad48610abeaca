//! Opening files: gzip is recognised by its first bytes, whatever the file is called.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{DataError, Result};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file being read, unpacked on the way.
pub(crate) struct Input {
    /// The content.
    pub(crate) body: Box<dyn Read>,
    /// How many bytes the content has, where that is known before reading: not for gzip.
    pub(crate) length: Option<u64>,
}

pub(crate) fn open(path: &Path) -> Result<Input> {
    let fail = |source| io_error(&path.display().to_string(), source);
    let file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    let (head, packed) = read_head(file, GZIP_MAGIC.len()).map_err(fail)?;
    if packed.starts_with(&GZIP_MAGIC) {
        let body = Box::new(BufReader::new(MultiGzDecoder::new(head)));
        return Ok(Input { body, length: None });
    }
    let length = metadata.is_file().then_some(metadata.len());
    Ok(Input { body: Box::new(head), length })
}

/// Reads up to `n` bytes and gives them back beside a reader that still begins with them.
fn read_head<R: Read + 'static>(mut from: R, n: usize) -> io::Result<(impl Read, Vec<u8>)> {
    let mut head = Vec::new();
    from.by_ref().take(n as u64).read_to_end(&mut head)?;
    Ok((BufReader::with_capacity(1 << 16, Cursor::new(head.clone()).chain(from)), head))
}

/// The first `n` bytes of a file's content, fewer if it is shorter.
pub(crate) fn peek(path: &Path, n: u64) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let result = open(path)?.body.take(n).read_to_end(&mut head);
    result.map_err(|source| io_error(&path.display().to_string(), source))?;
    Ok(head)
}

/// The whole content of a file.
pub(crate) fn read_all(path: &Path) -> Result<Vec<u8>> {
    read_to_end(open(path)?.body, &path.display().to_string())
}

/// Everything that comes on standard input, unpacked if it is gzip.
pub(crate) fn read_stdin() -> Result<Vec<u8>> {
    let origin = "standard input";
    let raw = read_to_end(Box::new(io::stdin()), origin)?;
    if raw.starts_with(&GZIP_MAGIC) {
        return read_to_end(Box::new(MultiGzDecoder::new(Cursor::new(raw))), origin);
    }
    Ok(raw)
}

fn read_to_end(mut body: Box<dyn Read>, origin: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes).map_err(|source| io_error(origin, source))?;
    Ok(bytes)
}

pub(crate) fn io_error(origin: &str, source: io::Error) -> DataError {
    DataError::Io { origin: origin.to_owned(), source }
}
