//! A pass over the rows that sees how far an estimate is from the optimum.

use std::ops::Range;

use linnea_kernels::{Element, Level};
use pulp::{Simd, WithSimd};

use crate::exact::panel::{Panel, System};
use crate::pass::groups_for;

/// The state of an estimate, as its rows say; for each target, in the frame's coordinates.
#[derive(Debug, Clone)]
pub(crate) struct Residuals {
    /// Sums of squared residuals.
    pub(crate) squares: Vec<f64>,
    /// Minus the gradient of half of them and of half the penalty, in `[w₁ … w_p, b]`.
    pub(crate) descent: Vec<Vec<f64>>,
}

impl Residuals {
    /// There may be more parameters than targets: those predict 0.
    pub(crate) fn of<T: Element>(
        system: &System<'_, T>,
        framed: &[&[f64]],
        penalty: &[f64],
    ) -> Self {
        let (k, q) = (system.unknowns(), framed.len());
        let targets = k..k + system.targets.len();
        let zero = || Sums { squares: vec![0.0; q], products: vec![vec![0.0; k]; q] };
        let groups = groups_for(k * q * size_of::<f64>());
        let add = |sums: &mut Sums, (): &mut (), _: usize, panel: &Panel| {
            sums.add(system.level, panel, targets.clone(), framed);
        };
        let mut all = zero();
        system.fold(groups, 2 * k * q, zero, || (), add).iter().for_each(|group| all.merge(group));
        let Sums { squares, mut products } = all;
        for (descent, framed) in products.iter_mut().zip(framed) {
            descent.resize(system.features() + 1, 0.0);
            for ((x, w), length) in descent.iter_mut().zip(*framed).zip(penalty) {
                *x -= length * length * w;
            }
        }
        Self { squares, descent: products }
    }
}

struct Sums {
    squares: Vec<f64>,
    products: Vec<Vec<f64>>,
}

impl Sums {
    fn add(&mut self, level: Level, panel: &Panel, targets: Range<usize>, framed: &[&[f64]]) {
        let targets = targets.map(Some).chain(std::iter::repeat(None));
        let sums = self.products.iter_mut().zip(&mut self.squares);
        for ((target, framed), (products, squares)) in targets.zip(framed).zip(sums) {
            level.run(AddPanel { panel, target, framed, products, squares });
        }
    }

    fn merge(&mut self, other: &Self) {
        let add = |into: &mut [f64], from: &[f64]| {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        };
        add(&mut self.squares, &other.squares);
        let products = self.products.iter_mut().zip(&other.products);
        products.for_each(|(into, from)| add(into, from));
    }
}

struct AddPanel<'a> {
    panel: &'a Panel,
    /// Its column; none for a target that is 0.
    target: Option<usize>,
    framed: &'a [f64],
    products: &'a mut [f64],
    squares: &'a mut f64,
}

impl WithSimd for AddPanel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { panel, target, framed, products, squares } = self;
        let k = products.len();
        for row in panel.rows() {
            let target = target.map_or(0.0, |column| row[column]);
            let residual = target - dot(&row[..k], &framed[..k]);
            *squares += residual * residual;
            products.iter_mut().zip(&row[..k]).for_each(|(sum, x)| *sum += residual * x);
        }
    }
}

/// In eight sums side by side, as a vector does it.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_eights.iter().zip(b_eights) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}
