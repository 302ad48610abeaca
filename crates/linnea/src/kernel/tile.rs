//! The shapes of register tiles, and how classes are cut into them.

use pulp::Simd;

/// Calls `$function::<…, M, C>` with the tile height M that goes with `$classes` = C.
///
/// About 16 accumulators hide the latency of a multiply-add; with 32 registers 20 fit, with 16
/// registers 12, for which [`most_classes`] keeps C small enough.
macro_rules! with_tile {
    ($classes:expr, $function:ident::<$($generic:ty),*>($($argument:expr),* $(,)?)) => {
        match $classes {
            1 => $function::<$($generic),*, 8, 1>($($argument),*),
            2 => $function::<$($generic),*, 6, 2>($($argument),*),
            3 => $function::<$($generic),*, 4, 3>($($argument),*),
            4 => $function::<$($generic),*, 3, 4>($($argument),*),
            5 => $function::<$($generic),*, 2, 5>($($argument),*),
            6 => $function::<$($generic),*, 2, 6>($($argument),*),
            7 => $function::<$($generic),*, 2, 7>($($argument),*),
            8 => $function::<$($generic),*, 2, 8>($($argument),*),
            9 => $function::<$($generic),*, 2, 9>($($argument),*),
            10 => $function::<$($generic),*, 2, 10>($($argument),*),
            _ => unreachable!("a tile has at most 10 classes"),
        }
    };
}
pub(super) use with_tile;

/// The widest tile for an instruction set.
fn most_classes<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 10 } else { 6 }
}

/// Cuts `classes` into tiles of equal width, give or take one: `(first class, width)`.
pub(super) fn class_tiles<S: Simd>(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    let tiles = classes.div_ceil(most_classes::<S>()).max(1);
    (0..tiles).map(move |tile| {
        let (first, end) = (tile * classes / tiles, (tile + 1) * classes / tiles);
        (first, end - first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_all_classes_evenly() {
        for classes in 1..200 {
            let tiles: Vec<_> = class_tiles::<pulp::Scalar256b>(classes).collect();
            let mut next = 0;
            for (first, width) in tiles {
                assert_eq!(first, next);
                assert!((1..=most_classes::<pulp::Scalar256b>()).contains(&width));
                next += width;
            }
            assert_eq!(next, classes);
        }
    }
}
