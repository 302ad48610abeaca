//! The IDX format of the MNIST files: a magic number, the shape, then big-endian numbers.
//!
//! Byte 2 of the magic number is the number type, byte 3 the number of dimensions; each dimension
//! is four bytes. Source: <http://yann.lecun.com/exdb/mnist/>, *The IDX file format*.

use std::io::Read;
use std::path::Path;

use crate::block::{Block, Values};
use crate::dataset::BLOCK_ROWS;
use crate::error::{DataError, Result};
use crate::io;
use crate::memory::room;

/// An IDX file whose header has been read and found plausible.
pub(crate) struct Idx {
    origin: String,
    number: Number,
    shape: Vec<usize>,
    body: Box<dyn Read>,
}

#[derive(Debug, Clone, Copy)]
enum Number {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Number {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x08 => Self::U8,
            0x09 => Self::I8,
            0x0B => Self::I16,
            0x0C => Self::I32,
            0x0D => Self::F32,
            0x0E => Self::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The numbers in the type that holds them exactly.
    fn decode(self, bytes: Vec<u8>) -> Values {
        match self {
            Self::U8 => Values::U8(bytes),
            Self::I8 => Values::F32(bytes.iter().map(|&b| f32::from(b.cast_signed())).collect()),
            Self::I16 => {
                Values::F32(words(&bytes).map(|w| f32::from(i16::from_be_bytes(w))).collect())
            }
            Self::I32 => {
                Values::F64(words(&bytes).map(|w| f64::from(i32::from_be_bytes(w))).collect())
            }
            Self::F32 => Values::F32(words(&bytes).map(f32::from_be_bytes).collect()),
            Self::F64 => Values::F64(words(&bytes).map(f64::from_be_bytes).collect()),
        }
    }
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

/// Whether a file's first bytes are an IDX magic number.
pub(crate) fn is_idx(head: &[u8]) -> bool {
    matches!(head, [0, 0, code, dimensions, ..]
        if Number::from_code(*code).is_some() && (1..=8).contains(dimensions))
}

impl Idx {
    /// Reads the header, and checks it against the file's length where that is known.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let io::Input { mut body, length } = io::open(path)?;
        let mut magic = [0; 4];
        let cut = |_| bad(&origin, "the file ends inside its header; fetch it again");
        body.read_exact(&mut magic).map_err(cut)?;
        if !is_idx(&magic) {
            return Err(bad(
                &origin,
                format!(
                    "the magic number {:02x}{:02x}{:02x}{:02x} is not that of an IDX file; \
                     fetch the file again, or give it the name of what it is",
                    magic[0], magic[1], magic[2], magic[3]
                ),
            ));
        }
        let mut shape = Vec::new();
        for _ in 0..magic[3] {
            let mut word = [0; 4];
            body.read_exact(&mut word).map_err(cut)?;
            shape.push(u32::from_be_bytes(word) as usize);
        }
        let Some(number) = Number::from_code(magic[2]) else {
            return Err(bad(&origin, "the number type is unknown"));
        };
        let idx = Self { origin, number, shape, body };
        idx.check_length(length)?;
        Ok(idx)
    }

    fn check_length(&self, length: Option<u64>) -> Result<()> {
        let bytes = self.shape.iter().try_fold(self.number.size(), |n, &s| n.checked_mul(s));
        let Some(bytes) = bytes else {
            return Err(self.bad(format!("the shape {:?} is larger than any file", self.shape)));
        };
        let header = 4 + 4 * self.shape.len() as u64;
        match length {
            Some(length) if length != header + bytes as u64 => Err(self.bad(format!(
                "the header claims {:?}, which is {bytes} bytes, but {} follow it; fetch it again",
                self.shape,
                length.saturating_sub(header)
            ))),
            _ => Ok(()),
        }
    }

    /// The shape of one item: an image's height and width.
    pub(crate) fn item_shape(&self) -> &[usize] {
        &self.shape[1..]
    }

    /// Reads the items as rows, a block at a time, so that a header that lies costs no memory.
    pub(crate) fn read_blocks(mut self) -> Result<Vec<Block>> {
        // An empty dimension hides an overflow of the others, so it is looked for first.
        if self.shape.contains(&0) {
            return Err(
                self.bad(format!("the shape {:?} holds nothing; fetch it again", self.shape))
            );
        }
        let (rows, features) = (self.shape[0], self.item_shape().iter().product::<usize>());
        let mut blocks = Vec::new();
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let count = BLOCK_ROWS.min(rows - first);
            let values = self.read_numbers(count * features)?;
            blocks.push(Block::new(features, values));
        }
        self.expect_end()?;
        Ok(blocks)
    }

    /// Reads a one-dimensional file of whole numbers.
    pub(crate) fn read_labels(mut self) -> Result<Vec<i64>> {
        if self.shape.len() != 1 || matches!(self.number, Number::F32 | Number::F64) {
            return Err(self.bad(format!(
                "labels are one whole number each, but these are {:?} of shape {:?}; \
                 are images and labels exchanged?",
                self.number, self.shape
            )));
        }
        let values = self.read_numbers(self.shape[0])?;
        self.expect_end()?;
        Ok((0..values.len()).map(|i| values.get(i) as i64).collect())
    }

    fn read_numbers(&mut self, count: usize) -> Result<Values> {
        let wanted = count * self.number.size();
        let mut bytes = room(wanted.min(1 << 24));
        let read = self.body.by_ref().take(wanted as u64).read_to_end(&mut bytes);
        read.map_err(|source| io::io_error(&self.origin, source))?;
        if bytes.len() < wanted {
            return Err(self.bad(format!(
                "the file is cut short: the header claims {:?}, and it ends before; fetch it again",
                self.shape
            )));
        }
        Ok(self.number.decode(bytes))
    }

    fn expect_end(&mut self) -> Result<()> {
        let mut byte = [0];
        match self.body.read(&mut byte) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.bad(format!(
                "the file goes on after the {:?} that its header claims; fetch it again",
                self.shape
            ))),
            Err(source) => Err(io::io_error(&self.origin, source)),
        }
    }

    fn bad(&self, reason: impl Into<String>) -> DataError {
        bad(&self.origin, reason)
    }
}

fn bad(origin: &str, reason: impl Into<String>) -> DataError {
    DataError::Format { origin: origin.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<Idx> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Idx::open(file.path())
    }

    fn header(code: u8, shape: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0, 0, code, shape.len() as u8];
        shape.iter().for_each(|n| bytes.extend(n.to_be_bytes()));
        bytes
    }

    #[test]
    fn every_number_type_is_read_exactly() {
        let cases: [(u8, &[u8], f64); 6] = [
            (0x08, &[200], 200.0),
            (0x09, &[0xff], -1.0),
            (0x0B, &[0xff, 0xfe], -2.0),
            (0x0C, &[0, 1, 0, 1], 65537.0),
            (0x0D, &1.5f32.to_be_bytes(), 1.5),
            (0x0E, &0.1f64.to_be_bytes(), 0.1),
        ];
        for (code, bytes, value) in cases {
            let idx = open(&[header(code, &[1, 1]), bytes.to_vec()].concat()).unwrap();
            assert_eq!(idx.read_blocks().unwrap()[0].values().get(0), value, "type {code:#x}");
        }
    }

    #[test]
    fn lies_in_the_header_are_found() {
        let message = |bytes: &[u8]| match open(bytes).and_then(Idx::read_blocks) {
            Ok(_) => "read".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(message(b"PK\x03\x04").contains("magic number 504b0304"));
        assert!(message(&[0, 0]).contains("ends inside its header"));
        assert!(message(&header(8, &[2, 3])).contains("but 0 follow it"));
        assert!(message(&header(8, &[u32::MAX, u32::MAX, u32::MAX])).contains("larger than any"));
        assert!(message(&[header(8, &[1, 2]), vec![1, 2, 3]].concat()).contains("3 follow it"));
        assert!(message(&header(8, &[0, 2])).contains("holds nothing"));
    }
}
