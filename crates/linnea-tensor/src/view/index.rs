//! Places of an axis by their indices, and the way back.
//!
//! `index_select` copies whole runs of numbers, since those of an axis's place and all axes after it
//! lie together: choosing rows of a matrix is as many copies of memory as there are rows. Its
//! gradient is added where each number came from (`index_add`), as often as it was chosen.

use crate::array::{Array, Data, contiguous, from_vec, map_array};
use crate::shape::count;
use crate::{DType, Element, Error, Result, Tensor};
use ndarray::Axis;

impl Tensor {
    /// The places of an axis with these indices, in their order, each as often as it is named.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4], [5, 6]];
    /// let rows = x.index_select(0, &tensor![2, 0])?;
    /// assert_eq!(rows.to_vec::<i64>()?, [5, 6, 1, 2]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis; if the index does not hold integers along one axis, or one of
    /// them is negative or past the end.
    pub fn index_select(&self, axis: isize, index: &Self) -> Result<Self> {
        let axis = self.axis("index_select", axis)?;
        let places = index.places("index_select", self.shape()[axis])?;
        let chosen = self.along(
            axis,
            places.len(),
            |array| map_array!(array, data => choose(data, axis, &places)),
        );
        let edge = self.edge(|| {
            let (shape, index) = (self.shape().to_vec(), index.save());
            move |g: &Self| {
                let zeros = Self::zeros(&shape).to(g.dtype());
                zeros.index_add(axis as isize, index.get()?, g)
            }
        });
        Ok(chosen.record("index_select", [edge]))
    }

    /// This tensor with each place of `source` along an axis added at the place that `index` names;
    /// a place that is named twice is added to twice.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// let counts = Tensor::zeros(3).index_add(0, &tensor![2, 0, 2], &Tensor::ones(3))?;
    /// assert_eq!(counts.to_vec::<f32>()?, [1.0, 0.0, 2.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Tensor::index_select`]; if `source` has another type, not one place for each index,
    /// or another size elsewhere.
    pub fn index_add(&self, axis: isize, index: &Self, source: &Self) -> Result<Self> {
        let axis = self.axis("index_add", axis)?;
        let places = index.places("index_add", self.shape()[axis])?;
        let mut shape = self.shape().to_vec();
        shape[axis] = places.len();
        check_source("index_add", self, source, &shape)?;
        let targets = targets(self.shape(), axis, &places);
        let run = count(&self.shape()[axis + 1..]);
        let sum = Self::new(added(self.array(), &source.array(), run, &targets));
        let to_self = self.edge(|| |g: &Self| Ok(g.clone()));
        let to_source = source.edge(|| {
            let index = index.save();
            move |g: &Self| g.index_select(axis as isize, index.get()?)
        });
        Ok(sum.record("index_add", [to_self, to_source]))
    }

    /// The indices that this tensor holds, of places of an axis of this size.
    fn places(&self, op: &'static str, size: usize) -> Result<Vec<usize>> {
        if self.rank() > 1 {
            let problem = format!("the index must have one axis, not shape {:?}", self.shape());
            return Err(Error::shape(op, problem));
        }
        self.indices(op)?.into_iter().map(|index| place(op, index, size)).collect()
    }

    /// The integers that this tensor holds, in row-major order.
    pub(crate) fn indices(&self, op: &'static str) -> Result<Vec<i64>> {
        match self.dtype() {
            DType::I64 | DType::U8 => self.to(DType::I64).to_vec(),
            other => {
                let problem =
                    format!("indices must be i64 or u8, not {other}; convert with .to(DType::I64)");
                Err(Error::dtype(op, problem))
            }
        }
    }
}

/// An index as a place of an axis of this size.
pub(super) fn place(op: &'static str, index: i64, size: usize) -> Result<usize> {
    usize::try_from(index).ok().filter(|&place| place < size).ok_or(Error::Index {
        op,
        index,
        size,
    })
}

/// What is to be added must have the type of what it is added to, and this shape.
pub(super) fn check_source(
    op: &'static str,
    to: &Tensor,
    source: &Tensor,
    shape: &[usize],
) -> Result<()> {
    if source.dtype() != to.dtype() {
        let (from, to) = (source.dtype(), to.dtype());
        return Err(Error::dtype(
            op,
            format!("a source of {from} is not added to a tensor of {to}"),
        ));
    }
    if source.shape() != shape {
        let problem = format!("the source must have shape {shape:?}, not {:?}", source.shape());
        return Err(Error::shape(op, problem));
    }
    Ok(())
}

fn choose<T: Element>(data: &Data<T>, axis: usize, places: &[usize]) -> Data<T> {
    let Some(numbers) = data.as_slice() else {
        return data.select(Axis(axis), places).into_shared();
    };
    let (size, run) = (data.shape()[axis], count(&data.shape()[axis + 1..]));
    let mut shape = data.shape().to_vec();
    shape[axis] = places.len();
    let mut out = Vec::with_capacity(count(&shape));
    for outer in 0..count(&shape[..axis]) {
        let block = &numbers[outer * size * run..(outer + 1) * size * run];
        for &place in places {
            out.extend_from_slice(&block[place * run..(place + 1) * run]);
        }
    }
    from_vec(&shape, out)
}

/// Where each run of numbers goes that `index_add` adds: the runs of the first place of the axes
/// before, one for each index, then those of the next.
fn targets(shape: &[usize], axis: usize, places: &[usize]) -> Vec<usize> {
    let (size, run) = (shape[axis], count(&shape[axis + 1..]));
    (0..count(&shape[..axis]))
        .flat_map(|outer| places.iter().map(move |place| (outer * size + place) * run))
        .collect()
}

/// `data` with each run of as many numbers of `source`, which has the same type, added at its
/// target. Integers wrap, and of booleans it is enough that one is true.
pub(super) fn added(data: Array, source: &Array, run: usize, targets: &[usize]) -> Array {
    macro_rules! add {
        ($($variant:ident |$x:ident, $y:ident| $sum:expr;)+) => {
            match (data, source) {
                $((Array::$variant(data), Array::$variant(source)) => {
                    Array::$variant(add_runs(data, source, run, targets, |$x, $y| $sum))
                })+
                _ => unreachable!("the caller has checked that the types are equal"),
            }
        };
    }
    add! {
        F32 |x, y| x + y;
        F64 |x, y| x + y;
        I64 |x, y| x.wrapping_add(y);
        U8 |x, y| x.wrapping_add(y);
        Bool |x, y| x | y;
    }
}

fn add_runs<T: Element>(
    data: Data<T>,
    source: &Data<T>,
    run: usize,
    targets: &[usize],
    add: impl Fn(T, T) -> T,
) -> Data<T> {
    let mut sum = if data.is_standard_layout() {
        data
    } else {
        data.as_standard_layout().into_owned().into_shared()
    };
    let numbers = sum.as_slice_mut().expect("the layout is standard");
    for (from, &at) in contiguous(source).chunks(run.max(1)).zip(targets) {
        for (x, &y) in numbers[at..at + run].iter_mut().zip(from) {
            *x = add(*x, y);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn rows_and_columns_are_chosen() -> Result<()> {
        let x = Tensor::arange(0, 6, 1)?.reshape([2, 3])?;
        assert_eq!(
            x.index_select(0, &tensor![1, 1, 0])?.to_vec::<i64>()?,
            [3, 4, 5, 3, 4, 5, 0, 1, 2]
        );
        assert_eq!(x.index_select(-1, &tensor![2_u8, 0])?.to_vec::<i64>()?, [2, 0, 5, 3]);
        assert_eq!(x.t()?.index_select(0, &tensor![2])?.to_vec::<i64>()?, [2, 5]);
        assert_eq!(x.index_select(0, &Tensor::scalar(1))?.shape(), [1, 3]);
        let none = Tensor::from_vec(Vec::<i64>::new(), 0)?;
        assert_eq!(x.index_select(0, &none)?.shape(), [0, 3]);
        assert_eq!(Tensor::zeros([2, 0]).index_select(0, &tensor![1, 1, 0])?.shape(), [3, 0]);
        let wide = tensor![1, 2].expand([3, 2])?.index_select(0, &tensor![2, 2])?;
        assert_eq!(wide.to_vec::<i64>()?, [1, 2, 1, 2]);
        Ok(())
    }

    #[test]
    fn places_are_added_to_as_often_as_they_are_named() -> Result<()> {
        let x = Tensor::zeros([2, 3]);
        let sum = x.index_add(0, &tensor![1, 1], &Tensor::ones([2, 3]))?;
        assert_eq!(sum.to_f64_vec(), [0., 0., 0., 2., 2., 2.]);
        let sum = x.index_add(1, &tensor![2, 0], &tensor![[1.0, 2.0], [3.0, 4.0]])?;
        assert_eq!(sum.to_f64_vec(), [2., 0., 1., 4., 0., 3.]);
        let sum =
            tensor![[250_u8, 1], [2, 3]].t()?.index_add(0, &tensor![0], &tensor![[10_u8, 20]])?;
        assert_eq!(sum.to_vec::<u8>()?, [4, 22, 1, 3]);
        let sum = tensor![false, false].index_add(0, &tensor![1, 1], &tensor![true, true])?;
        assert_eq!(sum.to_vec::<bool>()?, [false, true]);
        assert_eq!(x.to_f64_vec(), [0.0; 6]);
        let none = Tensor::from_vec(Vec::<i64>::new(), 0)?;
        assert_eq!(x.index_add(1, &none, &Tensor::zeros([2, 0]))?.to_f64_vec(), [0.0; 6]);
        Ok(())
    }

    #[test]
    fn what_is_no_index_is_refused() {
        let x = Tensor::zeros([2, 3]);
        let message = |index: &Tensor| x.index_select(0, index).unwrap_err().to_string();
        assert!(message(&tensor![2]).contains("size 2") && message(&tensor![-1]).contains("-1"));
        assert!(message(&tensor![1.0]).contains("f32") && message(&tensor![true]).contains("bool"));
        assert!(message(&tensor![[1]]).contains("one axis"));
        let add = |index: Tensor, source: Tensor| x.index_add(0, &index, &source).is_err();
        assert!(add(tensor![0, 1], Tensor::ones([1, 3])) && add(tensor![0], Tensor::ones([1, 2])));
        assert!(add(tensor![0], Tensor::ones([1, 3]).to(crate::DType::F64)));
        assert!(Tensor::scalar(1.0).index_select(0, &tensor![0]).is_err());
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let y = tensor![[1.5, -0.5], [0.5, 2.5]; f64].requires_grad_()?;
        let index = tensor![2, 2];
        gradcheck(|x| x[0].index_select(0, &tensor![1, 0, 1]), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().index_select(1, &index), from_ref(&x))?;
        gradcheck(|x| x[0].index_add(1, &index, &x[1]), &[x.clone(), y.clone()])?;
        gradgradcheck(|x| x[0].index_add(1, &index, &x[1])?.pow(3.0), &[x, y])
    }
}
