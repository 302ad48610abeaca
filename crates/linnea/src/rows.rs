//! The rows of a data set, whatever blocks they lie in.

use linnea_data::{Dataset, Values};

use linnea_kernels::Element;

/// A view of rows in one storage type.
#[derive(Debug)]
pub(crate) struct Rows<'a, T> {
    blocks: Vec<&'a [T]>,
    block_rows: usize,
    features: usize,
    len: usize,
}

impl<'a, T: Element> Rows<'a, T> {
    pub(crate) fn new(blocks: Vec<&'a [T]>, block_rows: usize, features: usize) -> Self {
        let len = blocks.iter().map(|block| block.len() / features).sum();
        Self { blocks, block_rows, features, len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// The numbers of one row.
    #[inline]
    pub(crate) fn row(&self, index: usize) -> &'a [T] {
        // A division costs more than a row of few features does.
        if let [block] = self.blocks[..] {
            return &block[index * self.features..][..self.features];
        }
        let start = index % self.block_rows * self.features;
        &self.blocks[index / self.block_rows][start..start + self.features]
    }

    /// Points `into` at some rows.
    pub(crate) fn gather(&self, indices: impl Iterator<Item = usize>, into: &mut Vec<&'a [T]>) {
        into.clear();
        into.extend(indices.map(|index| self.row(index)));
    }
}

/// Work that is generic over the storage of X.
pub(crate) trait OverRows {
    type Output;
    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output;
}

/// Does `work` on the rows of `data` in the type in which they are stored.
pub(crate) fn over_rows<W: OverRows>(data: &Dataset, work: W) -> W::Output {
    fn view<'a, T: Element>(
        data: &'a Dataset,
        slice: impl Fn(&'a Values) -> Option<&'a [T]>,
    ) -> Rows<'a, T> {
        let blocks = data.blocks().iter().filter_map(|block| slice(block.values())).collect();
        Rows::new(blocks, data.block_rows(), data.features())
    }
    /// The rows of the blocks, all of which are of one variant.
    macro_rules! rows {
        ($variant:ident) => {
            &view(data, |values| match values {
                Values::$variant(numbers) => Some(numbers.as_slice()),
                _ => None,
            })
        };
    }
    match data.blocks().first().map(linnea_data::Block::values) {
        Some(Values::U8(_)) => work.run(rows!(U8)),
        Some(Values::F16(_)) => work.run(rows!(F16)),
        Some(Values::Bf16(_)) => work.run(rows!(Bf16)),
        Some(Values::F32(_)) => work.run(rows!(F32)),
        _ => work.run(rows!(F64)),
    }
}
