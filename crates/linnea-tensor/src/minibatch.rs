//! Minibatches: the rows of several tensors, a few at a time, in order or shuffled.
//!
//! In order, a batch is a view. Shuffled, an epoch draws a permutation of the row numbers (eight
//! bytes a row), and a batch gathers its own rows when it is asked for, so that no more than one
//! batch is copied at a time.

use crate::array::{Array, Data, contiguous, from_vec, map_array};
use crate::make::with_default;
use crate::{Error, Generator, Result, Tensor};
use std::sync::{Mutex, PoisonError};

/// Batches of rows of `N` tensors that have as many rows: what PyTorch's `DataLoader` over a
/// `TensorDataset` is.
///
/// ```
/// use linnea_tensor::{Generator, minibatch::Minibatches, tensor};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
/// let y = tensor![1, 2, 3];
/// let batches = Minibatches::new(&[&x, &y], 2)?.shuffle_with(Generator::new(1));
/// assert_eq!(batches.len(), 2);
/// for _epoch in 0..3 {
///     for [x, y] in &batches {
///         assert_eq!(x.shape(), [y.numel(), 2]);   // 2 rows, then the 1 that is left
///     }
/// }
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// Each pass over the batches is an epoch, with an order of its own if they are shuffled. It shows
/// the numbers as they were when the pass began.
#[derive(Debug)]
pub struct Minibatches<const N: usize> {
    tensors: [Tensor; N],
    rows: usize,
    size: usize,
    order: Order,
    drop_last: bool,
}

#[derive(Debug)]
enum Order {
    Kept,
    /// Drawn from the process's default generator.
    Shuffled,
    ShuffledWith(Box<Mutex<Generator>>),
}

impl<const N: usize> Minibatches<N> {
    /// Batches of `size` rows, in order; the last may be shorter.
    ///
    /// # Errors
    /// If there is no tensor, one has no axis, they have not as many rows, or `size` is 0.
    pub fn new(tensors: &[&Tensor; N], size: usize) -> Result<Self> {
        let Some(first) = tensors.first() else {
            return Err(Error::value("Minibatches", "there is no tensor to take rows from"));
        };
        if size == 0 {
            return Err(Error::value("Minibatches", "a batch must have at least one row, not 0"));
        }
        let rows = rows_of(0, first)?;
        for (at, tensor) in tensors.iter().enumerate() {
            if rows_of(at, tensor)? != rows {
                let (shape, first) = (tensor.shape(), first.shape());
                let problem = format!(
                    "the tensors must have as many rows, but tensor 0 has shape {first:?} \
                     and tensor {at} {shape:?}"
                );
                return Err(Error::shape("Minibatches", problem));
            }
        }
        let tensors = tensors.map(Tensor::clone);
        Ok(Self { tensors, rows, size, order: Order::Kept, drop_last: false })
    }

    /// Draws a new order for each epoch from the default generator; see
    /// [`manual_seed`](crate::manual_seed).
    #[must_use]
    pub fn shuffle(self) -> Self {
        Self { order: Order::Shuffled, ..self }
    }

    /// Draws a new order for each epoch from `generator`.
    #[must_use]
    pub fn shuffle_with(self, generator: Generator) -> Self {
        Self { order: Order::ShuffledWith(Box::new(Mutex::new(generator))), ..self }
    }

    /// Leaves out a last batch that is shorter.
    #[must_use]
    pub fn drop_last(self) -> Self {
        Self { drop_last: true, ..self }
    }

    /// The number of batches in an epoch.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.drop_last {
            true => self.rows / self.size,
            false => self.rows.div_ceil(self.size),
        }
    }

    /// Whether an epoch has no batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An epoch.
    #[must_use]
    pub fn iter(&self) -> Epoch<N> {
        let order = match &self.order {
            Order::Kept => None,
            Order::Shuffled => Some(with_default(|generator| generator.randperm(self.rows))),
            Order::ShuffledWith(generator) => {
                let mut generator = generator.lock().unwrap_or_else(PoisonError::into_inner);
                Some(generator.randperm(self.rows))
            }
        };
        let tensors = match &order {
            None => self.tensors.clone(),
            Some(_) => self.tensors.clone().map(|tensor| in_rows(&tensor)),
        };
        Epoch { tensors, order, size: self.size, rows: self.rows, next: 0, batches: self.len() }
    }
}

impl<const N: usize> IntoIterator for &Minibatches<N> {
    type Item = [Tensor; N];
    type IntoIter = Epoch<N>;

    fn into_iter(self) -> Epoch<N> {
        self.iter()
    }
}

/// The batches of one epoch.
#[derive(Debug)]
pub struct Epoch<const N: usize> {
    tensors: [Tensor; N],
    order: Option<Tensor>,
    rows: usize,
    size: usize,
    next: usize,
    batches: usize,
}

impl<const N: usize> Iterator for Epoch<N> {
    type Item = [Tensor; N];

    fn next(&mut self) -> Option<[Tensor; N]> {
        if self.batches == 0 {
            return None;
        }
        let start = self.next;
        let length = self.size.min(self.rows - start);
        self.next += length;
        self.batches -= 1;
        let part = |tensor: &Tensor| {
            tensor.narrow(0, start as isize, length).expect("the batch lies within the rows")
        };
        let Some(order) = &self.order else { return Some(self.tensors.each_ref().map(part)) };
        let chosen = part(order);
        Some(self.tensors.each_ref().map(|tensor| gather(tensor, &chosen)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.batches, Some(self.batches))
    }
}

impl<const N: usize> ExactSizeIterator for Epoch<N> {}

fn rows_of(at: usize, tensor: &Tensor) -> Result<usize> {
    tensor.shape().first().copied().ok_or_else(|| {
        Error::shape("Minibatches", format!("tensor {at} has no axis, and so no rows"))
    })
}

/// The tensor with its rows one after the other, so that they can be copied whole. One that gathers
/// a gradient stays in its graph.
fn in_rows(tensor: &Tensor) -> Tensor {
    if tensor.requires_grad() {
        return tensor.clone();
    }
    let array = tensor.array();
    Tensor::new(map_array!(&array, data => from_vec(tensor.shape(), contiguous(data).into_owned())))
}

/// Some rows of a tensor that [`in_rows`] gave.
fn gather(tensor: &Tensor, chosen: &Tensor) -> Tensor {
    if tensor.requires_grad() {
        return tensor.index_select(0, chosen).expect("a permutation's numbers are rows");
    }
    let Array::I64(order) = chosen.compact() else { unreachable!("a permutation is i64") };
    let order = order.as_slice().expect("a part of a vector is contiguous");
    Tensor::new(map_array!(&tensor.compact(), data => gather_rows(data, order)))
}

fn gather_rows<T: Copy>(data: &Data<T>, order: &[i64]) -> Data<T> {
    let mut shape = crate::shape::Shape::from_slice(data.shape());
    shape[0] = order.len();
    let width = crate::shape::count(&shape[1..]);
    let from = data.as_slice().expect("the rows lie one after the other");
    let mut rows = Vec::with_capacity(order.len() * width);
    match width {
        1 => rows.extend(order.iter().map(|&at| from[at as usize])),
        _ => order.iter().for_each(|&at| {
            rows.extend_from_slice(&from[at as usize * width..][..width]);
        }),
    }
    from_vec(&shape, rows)
}

#[cfg(test)]
mod tests {
    use super::Minibatches;
    use crate::{DType, Generator, Result, Tensor, manual_seed, tensor};

    /// Five rows whose numbers tell which row they are.
    fn five() -> Result<[Tensor; 2]> {
        let x = Tensor::arange(0.0, 10.0, 1.0)?.reshape([5, 2])?;
        Ok([x, tensor![0, 1, 2, 3, 4]])
    }

    fn labels(batches: &Minibatches<2>) -> Vec<Vec<f64>> {
        batches.iter().map(|[_, y]| y.to_f64_vec()).collect()
    }

    #[test]
    fn in_order_batches_are_views_and_the_last_is_short() -> Result<()> {
        let [x, y] = five()?;
        let batches = Minibatches::new(&[&x, &y], 2)?;
        assert_eq!((batches.len(), batches.iter().len()), (3, 3));
        assert_eq!(labels(&batches), [vec![0.0, 1.0], vec![2.0, 3.0], vec![4.0]]);
        let shapes: Vec<_> = batches.iter().map(|[x, _]| x.shape().to_vec()).collect();
        assert_eq!(shapes, [[2, 2], [2, 2], [1, 2]]);
        let whole = x.clone();
        let start = |x: &Tensor| match x.compact() {
            crate::array::Array::F32(data) => data.as_ptr() as usize,
            _ => 0,
        };
        let starts: Vec<_> = batches.iter().map(|[x, _]| start(&x) - start(&whole)).collect();
        assert_eq!(starts, [0, 16, 32]);
        Ok(())
    }

    #[test]
    fn shuffled_batches_hold_every_row_once_in_a_new_order() -> Result<()> {
        let x = Tensor::arange(0.0, 3000.0, 1.0)?.reshape([1000, 3])?;
        let y = Tensor::arange(0, 1000, 1)?;
        let wide = Tensor::cat(&[&x, &x], 1)?.slice(1, ..3)?;
        let turned = x.t()?.to(DType::F64).t()?;
        for x in [x.clone(), x.to(DType::F64), x.to(DType::I64), wide, turned] {
            let batches = Minibatches::new(&[&x, &y], 64)?.shuffle_with(Generator::new(5));
            let epoch = || -> Result<Vec<f64>> {
                let mut seen = Vec::new();
                for [x, y] in &batches {
                    let first = x.narrow(1, 0, 1)?.reshape([-1])?.to_f64_vec();
                    seen.extend(y.to_f64_vec());
                    assert!(first.iter().zip(y.to_f64_vec()).all(|(x, y)| *x == 3.0 * y));
                }
                Ok(seen)
            };
            let (first, second) = (epoch()?, epoch()?);
            assert_ne!(first, second);
            let mut sorted = first.clone();
            sorted.sort_by(f64::total_cmp);
            assert_eq!(sorted, y.to_f64_vec());
        }
        Ok(())
    }

    #[test]
    fn a_seed_gives_the_same_batches() -> Result<()> {
        let [x, y] = five()?;
        let with =
            |seed| Minibatches::new(&[&x, &y], 2).map(|b| b.shuffle_with(Generator::new(seed)));
        assert_eq!(labels(&with(1)?), labels(&with(1)?));
        let batches = Minibatches::new(&[&x, &y], 2)?.shuffle().drop_last();
        manual_seed(3);
        let first = labels(&batches);
        manual_seed(3);
        assert_eq!(labels(&batches), first);
        assert_eq!((batches.len(), first.len()), (2, 2));
        Ok(())
    }

    #[test]
    fn types_without_fractions_and_rows_of_any_shape_pass() -> Result<()> {
        let images = Tensor::arange(0, 24, 1)?.reshape([4, 3, 2])?.to(DType::U8);
        let (none, flags) = (Tensor::zeros([4, 0]), tensor![true, false, true, false]);
        let batches = Minibatches::new(&[&images, &none, &flags], 3)?.shuffle();
        for [images, none, flags] in &batches {
            let n = images.shape()[0];
            assert_eq!(images.shape(), [n, 3, 2]);
            assert_eq!((none.shape(), flags.shape()), (&[n, 0][..], &[n][..]));
            for (i, flag) in flags.to_vec::<bool>()?.into_iter().enumerate() {
                let number = images.to_vec::<u8>()?[i * 6];
                assert_eq!((number / 6) % 2 == 0, flag);
            }
        }
        Ok(())
    }

    #[test]
    fn a_gradient_flows_through_batches() -> Result<()> {
        let x = Tensor::ones([5, 2]).requires_grad_()?;
        for batches in [Minibatches::new(&[&x], 2)?, Minibatches::new(&[&x], 2)?.shuffle()] {
            x.zero_grad();
            for [batch] in &batches {
                batch.mul(3.0)?.sum().backward()?;
            }
            assert_eq!(x.grad().unwrap().to_f64_vec(), [3.0; 10]);
        }
        Ok(())
    }

    #[test]
    fn what_has_no_rows_or_not_as_many_is_refused() -> Result<()> {
        let [x, y] = five()?;
        let message = |result: Result<Minibatches<2>>| result.unwrap_err().to_string();
        assert!(message(Minibatches::new(&[&x, &y], 0)).contains("at least one row"));
        assert_eq!(
            message(Minibatches::new(&[&x, &y.narrow(0, 0, 4)?], 2)),
            "Minibatches: the tensors must have as many rows, but tensor 0 has shape [5, 2] and \
             tensor 1 [4]"
        );
        assert!(message(Minibatches::new(&[&x, &Tensor::scalar(1.0)], 2)).contains("tensor 1"));
        assert!(Minibatches::new(&[], 2).is_err());
        assert!(Minibatches::new(&[&Tensor::zeros([0, 3])], 2)?.is_empty());
        Ok(())
    }
}
