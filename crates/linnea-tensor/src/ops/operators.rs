//! `+ - * / -` on tensors, references to tensors, and numbers. Operators panic where the method of
//! the same name gives an error, with its message.

use super::arithmetic::{add, div, mul, sub};
use crate::tensor::Operand;
use crate::{Result, Tensor};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

#[track_caller]
fn must(result: Result<Tensor>) -> Tensor {
    match result {
        Ok(tensor) => tensor,
        // Not in a closure, which would hide the caller's line.
        Err(error) => panic!("{error}"),
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident $in_place:ident;)+) => {$(
        impl<T: Into<Operand>> $trait<T> for &Tensor {
            type Output = Tensor;
            /// # Panics
            /// If the method of the same name gives an error.
            #[track_caller]
            fn $method(self, other: T) -> Tensor {
                must($method(&self.into(), &other.into()))
            }
        }
        impl<T: Into<Operand>> $trait<T> for Tensor {
            type Output = Tensor;
            /// # Panics
            /// If the method of the same name gives an error.
            #[track_caller]
            fn $method(self, other: T) -> Tensor {
                must($method(&(&self).into(), &other.into()))
            }
        }
        impl<T: Into<Operand>> $assign<T> for Tensor {
            /// Changes the numbers in place, as every clone sees.
            ///
            /// # Panics
            /// If the method of the same name, with an underscore, gives an error.
            #[track_caller]
            fn $assign_method(&mut self, other: T) {
                if let Err(error) = self.$in_place(other) {
                    panic!("{error}");
                }
            }
        }
        operators!(scalar $trait $method: f64 i64);
    )+};
    (scalar $trait:ident $method:ident: $($type:ty)+) => {$(
        impl $trait<&Tensor> for $type {
            type Output = Tensor;
            /// # Panics
            /// If the method of the same name gives an error.
            #[track_caller]
            fn $method(self, other: &Tensor) -> Tensor {
                must($method(&self.into(), &other.into()))
            }
        }
        impl $trait<Tensor> for $type {
            type Output = Tensor;
            /// # Panics
            /// If the method of the same name gives an error.
            #[track_caller]
            fn $method(self, other: Tensor) -> Tensor {
                must($method(&self.into(), &other.into()))
            }
        }
    )+};
}
operators! {
    Add add AddAssign add_assign add_;
    Sub sub SubAssign sub_assign sub_;
    Mul mul MulAssign mul_assign mul_;
    Div div DivAssign div_assign div_;
}

impl Neg for &Tensor {
    type Output = Tensor;
    /// # Panics
    /// If the tensor is boolean.
    #[track_caller]
    fn neg(self) -> Tensor {
        must(Tensor::neg(self))
    }
}

impl Neg for Tensor {
    type Output = Tensor;
    /// # Panics
    /// If the tensor is boolean.
    #[track_caller]
    fn neg(self) -> Tensor {
        must(Tensor::neg(&self))
    }
}

#[cfg(test)]
mod tests {
    use crate::tensor;

    #[test]
    fn operators_take_tensors_and_numbers() {
        let (a, b) = (tensor![1.0, 2.0], tensor![3.0, 5.0]);
        let mut c = 2.0 * (&a + &b) / 4 - 1;
        c += &a;
        assert_eq!((-&c).to_f64_vec(), [-2.0, -4.5]);
    }

    #[test]
    #[should_panic(expected = "add: shapes [2] and [3] do not broadcast")]
    fn an_operator_says_what_is_wrong() {
        let _ = &tensor![1.0, 2.0] + &tensor![1.0, 2.0, 3.0];
    }
}
