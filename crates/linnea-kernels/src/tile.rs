//! The shapes of register tiles, and how rows, features and classes are cut into them.

use pulp::Simd;

/// Calls `$function::<…, M, C>` with M = `$height` and C = `$classes`. Each shape that is listed is
/// compiled for every storage and every instruction set whose registers hold it, so no more are listed
/// than are made: full height or 1; for one class, where the vectors of a few features are to be one
/// tile, every height; and 2, which a panel has (`backward.rs`). With `forward`, the shapes of
/// [`ForwardShape`]; with `tail`, those of a single vector.
macro_rules! with_tile {
    (forward $height:expr, $classes:expr, $function:ident::<$($generic:ty),*> $arguments:tt) => {
        with_tile!(@ forward_fits ($height, $classes) $function [$($generic),*] $arguments
            (1, 1) (2, 1) (3, 1) (4, 1) (5, 1) (6, 1) (7, 1) (8, 1)
            (1, 2) (4, 2) (6, 2) (1, 3) (3, 3) (4, 3) (1, 4) (3, 4) (5, 4) (1, 5) (2, 5) (4, 5) (1, 6) (2, 6))
    };
    (tail $classes:expr, $function:ident::<$($generic:ty),*> $arguments:tt) => {
        with_tile!(@ fits (1, $classes) $function [$($generic),*] $arguments
            (1, 1) (1, 2) (1, 3) (1, 4) (1, 5) (1, 6) (1, 7) (1, 8) (1, 9) (1, 10))
    };
    ($height:expr, $classes:expr, $function:ident::<$($generic:ty),*> $arguments:tt) => {
        with_tile!(@ fits ($height, $classes) $function [$($generic),*] $arguments
            (1, 1) (2, 1) (3, 1) (4, 1) (5, 1) (6, 1) (7, 1) (8, 1)
            (1, 2) (2, 2) (4, 2) (6, 2) (1, 3) (2, 3) (3, 3) (4, 3) (1, 4) (2, 4) (3, 4)
            (1, 5) (2, 5) (1, 6) (2, 6)
            (1, 7) (2, 7) (1, 8) (2, 8) (1, 9) (2, 9) (1, 10) (2, 10))
    };
    (@ $fits:ident $shape:tt $function:ident $generics:tt $arguments:tt
        $(($height:literal, $classes:literal))*) => {
        match $shape {
            $(($height, $classes) => {
                with_tile!(@call $fits $function $generics $arguments $height $classes)
            })*
            _ => unreachable!("no tile has this shape"),
        }
    };
    (@call $fits:ident $function:ident [$($generic:ty),*] ($($argument:expr),*) $height:literal $classes:literal) => {
        // Tiles that are not made with such registers are not compiled.
        if const { $fits::<S>($height, $classes) } {
            $function::<$($generic),*, $height, $classes>($($argument),*)
        } else {
            unreachable!("no tile has this shape with such registers")
        }
    };
}
pub(crate) use with_tile;

/// The height of the next tile where `left` rows, or vectors of features, are left.
pub(crate) fn next_height<S: Simd>(classes: usize, left: usize) -> usize {
    let full = height::<S>(classes);
    if left >= full && holds::<S>(full, classes) {
        full
    } else if classes == 1 {
        left
    } else {
        1
    }
}

/// How many rows, or vectors of features, a tile of `classes` holds where they fit. About 16
/// accumulators hide the latency of a multiply-add; where there are 16 registers, 8 must do.
const fn height<S: Simd>(classes: usize) -> usize {
    let many = S::REGISTER_COUNT >= 32;
    match classes {
        1 => 8,
        2 if many => 6,
        2 => 4,
        3 if many => 4,
        3 => 3,
        4 if many => 3,
        _ => 2,
    }
}

/// Whether the registers hold a tile's sums, and what is multiplied: of 32, 20 sums; of 16, 12. And whether
/// it is one of those that are made.
pub(crate) const fn fits<S: Simd>(height: usize, classes: usize) -> bool {
    holds::<S>(height, classes)
        && (height <= 2 || is_full(height, classes, self::height::<S>(classes)))
}

/// [`fits`] of the forward product.
pub(crate) const fn forward_fits<S: Simd>(height: usize, classes: usize) -> bool {
    let full = ForwardShape::new::<S>().full::<S>(classes);
    holds::<S>(height, classes) && (height == 1 || is_full(height, classes, full))
}

/// A single class has all heights.
const fn is_full(height: usize, classes: usize, full: usize) -> bool {
    classes == 1 || height == full
}

const fn holds<S: Simd>(height: usize, classes: usize) -> bool {
    height * classes <= if S::REGISTER_COUNT >= 32 { 20 } else { 12 }
}

/// The widest tile of two vectors of features, or rows.
pub(crate) const fn most_classes<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 10 } else { 6 }
}

/// Up to so many classes, tiles load rows where they are.
pub(crate) const MOST_DIRECT: usize = 10;

/// How the forward product is cut.
///
/// Tiles are nearly square, which loads least: 4 rows × 5 classes take 9 vectors for 20 multiply-adds
/// where 2 × 10 would take 12. And their weights, 16 kB for 784 features in `f32`, stay in L1 while a
/// block of rows goes by; those of 10 classes would not, and every load from L2 competes with the
/// requests for the rows ahead.
#[derive(Clone, Copy)]
pub(crate) struct ForwardShape {
    /// The widest tile: 5 where there are registers for 4 rows × 5 classes, else 6, of two rows.
    most: usize,
}

impl ForwardShape {
    pub(crate) const fn new<S: Simd>() -> Self {
        Self { most: if holds::<S>(4, 5) { 5 } else { 6 } }
    }

    /// The rows that meet every tile of classes before the next rows do. With 32 registers so few that they
    /// are still in L1 for the next tile; with 16 a tile holds two rows, and its weights in L1 count for more.
    /// Full heights divide it.
    pub(crate) fn block_rows(self, classes: usize) -> usize {
        if self.most == 5 && classes > 5 { 20 } else { 240 }
    }

    /// `(first class, width)` of every tile.
    pub(crate) fn class_tiles(self, classes: usize) -> impl Iterator<Item = (usize, usize)> {
        tiles(classes, self.most)
    }

    /// The height of the next tile where `left` rows are left.
    pub(crate) fn height<S: Simd>(self, classes: usize, left: usize) -> usize {
        match self.full::<S>(classes) {
            full if left >= full => full,
            _ if classes == 1 => left.max(1),
            _ => 1,
        }
    }

    /// The height of a tile of so many classes where there are rows enough.
    const fn full<S: Simd>(self, classes: usize) -> usize {
        match classes {
            4 if self.most == 5 => 5,
            4 => 3,
            5 if self.most == 5 => 4,
            _ => height::<S>(classes),
        }
    }
}

/// Cuts `classes` into tiles of equal width, give or take one: `(first class, width)`.
pub(crate) fn class_tiles<S: Simd>(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    tiles(classes, most_classes::<S>())
}

fn tiles(classes: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let tiles = classes.div_ceil(most).max(1);
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
            for most in [4, 5, 6, 10] {
                let mut next = 0;
                for (first, width) in tiles(classes, most) {
                    assert_eq!(first, next);
                    assert!((1..=most).contains(&width));
                    next += width;
                }
                assert_eq!(next, classes);
            }
        }
    }
}
