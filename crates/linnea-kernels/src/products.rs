//! Where the products are compiled: here, once for each storage, and not in the crates that use them.

use half::{bf16, f16};

use crate::backward::Backward;
use crate::element::Element;
use crate::forward::Forward;
use crate::level::Level;

/// The products of rows in one storage. Nobody outside can implement it.
pub trait Products: Sized {
    /// See [`Level::forward`].
    fn forward(level: Level, product: Forward<'_, Self>)
    where
        Self: Element;

    /// See [`Level::backward`].
    fn backward(level: Level, product: Backward<'_, Self>)
    where
        Self: Element;
}

macro_rules! products {
    ($($storage:ty),*) => {$(
        impl Products for $storage {
            #[inline(never)]
            fn forward(level: Level, product: Forward<'_, Self>) {
                level.run(product);
            }

            #[inline(never)]
            fn backward(level: Level, product: Backward<'_, Self>) {
                level.run(product);
            }
        }
    )*};
}

products!(f32, f64, f16, bf16, u8);
