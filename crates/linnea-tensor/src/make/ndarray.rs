//! From and into `ndarray`, slices and vectors.

use crate::{Element, Error, Result, Tensor};
use ndarray::{Array, ArrayD, Dimension};

impl<T: Element, D: Dimension> From<Array<T, D>> for Tensor {
    /// Without a copy, whatever the strides.
    fn from(array: Array<T, D>) -> Self {
        Self::new(T::wrap(array.into_dyn().into_shared()))
    }
}

impl<T: Element> TryFrom<&Tensor> for ArrayD<T> {
    type Error = Error;

    /// A copy of the numbers.
    ///
    /// # Errors
    /// If the tensor holds another type.
    fn try_from(tensor: &Tensor) -> Result<Self> {
        let array = tensor.array();
        let data = T::unwrap(&array).ok_or_else(|| {
            let (holds, wanted) = (tensor.dtype(), T::DTYPE);
            let problem =
                format!("the tensor holds {holds}, not {wanted}; convert with .to(DType::…)");
            Error::dtype("try_from", problem)
        })?;
        Ok(data.to_owned())
    }
}

impl<T: Element> From<Vec<T>> for Tensor {
    /// A tensor of one axis, without a copy.
    fn from(numbers: Vec<T>) -> Self {
        Array::from_vec(numbers).into()
    }
}

impl<T: Element> From<&[T]> for Tensor {
    /// A tensor of one axis.
    fn from(numbers: &[T]) -> Self {
        numbers.to_vec().into()
    }
}

#[cfg(test)]
mod tests {
    use crate::{DType, Error, Tensor, tensor};
    use ndarray::{ArrayD, arr2};

    #[test]
    fn numbers_go_over_and_come_back() -> Result<(), Error> {
        let array = arr2(&[[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let turned = Tensor::from(array.clone().reversed_axes());
        assert_eq!((turned.shape(), turned.dtype()), (&[3, 2][..], DType::F32));
        assert_eq!(turned.to_vec::<f32>()?, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(ArrayD::<f32>::try_from(&turned)?, array.reversed_axes().into_dyn());
        assert!(ArrayD::<f64>::try_from(&turned).unwrap_err().to_string().contains("f32, not f64"));
        assert_eq!(ArrayD::<bool>::try_from(&Tensor::full([2, 2], true))?.shape(), [2, 2]);
        Ok(())
    }

    #[test]
    fn slices_have_one_axis() -> Result<(), Error> {
        assert_eq!(Tensor::from(vec![1_i64, 2]).to_vec::<i64>()?, [1, 2]);
        assert_eq!(Tensor::from(&[1.0_f64, 2.0][..]).dtype(), DType::F64);
        assert_eq!(Tensor::from_slice(&[1_u8, 2, 3, 4], [2, 2])?.shape(), [2, 2]);
        assert!(Tensor::from_slice(&[1.0_f32], [2]).is_err());
        assert_eq!(tensor![1.0].shape(), [1]);
        Ok(())
    }
}
