//! Another shape of the same row-major order by strides alone.

use crate::array::Data;
use ndarray::{Axis, IxDyn};

/// `data` in another shape of the same length without a copy, or `None` if there is none: if the
/// numbers do not lie in order, axes can come and go with size 1, and neighbours become one where
/// the strides allow.
pub(crate) fn restride<T>(data: &Data<T>, shape: &[usize]) -> Option<Data<T>> {
    if data.is_standard_layout() {
        return data.clone().into_shape_with_order(IxDyn(shape)).ok();
    }
    let sizes: Vec<usize> = shape.iter().copied().filter(|&size| size != 1).collect();
    let mut data = merge(without_ones(data.clone()), &sizes)?;
    for at in (0..shape.len()).filter(|&at| shape[at] == 1) {
        data = data.insert_axis(Axis(at));
    }
    Some(data)
}

fn without_ones<T>(mut data: Data<T>) -> Data<T> {
    for axis in (0..data.ndim()).rev().filter(|&axis| data.shape()[axis] == 1).collect::<Vec<_>>() {
        data = data.index_axis_move(Axis(axis), 0);
    }
    data
}

/// Neighbouring axes made one until the sizes are these.
fn merge<T>(mut data: Data<T>, sizes: &[usize]) -> Option<Data<T>> {
    for (axis, &size) in sizes.iter().enumerate() {
        while *data.shape().get(axis)? < size {
            if axis + 1 == data.ndim() || !data.merge_axes(Axis(axis), Axis(axis + 1)) {
                return None;
            }
            data = data.index_axis_move(Axis(axis), 0);
        }
    }
    (data.shape() == sizes).then_some(data)
}
