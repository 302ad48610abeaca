//! A pass over the rows that sees how far an estimate is from the optimum, and the step that remains.
//!
//! The residuals are computed anew from the data, and the normal equations are solved for what is left
//! of the gradient with the factor that there is: the corrected seminormal equations (Björck,
//! *Numerical Methods for Least Squares Problems*, 1996, §6.6.5).

use linnea_kernels::{Element, Level};
use pulp::{Simd, WithSimd};

use crate::exact::estimate::Estimate;
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
    pub(crate) fn of<T: Element>(
        system: &System<'_, T>,
        framed: &[Vec<f64>],
        penalty: &[f64],
    ) -> Self {
        let (k, q) = (system.unknowns(), system.targets.len());
        let zero = || Sums { squares: vec![0.0; q], products: vec![vec![0.0; k]; q] };
        let groups = groups_for(k * q * size_of::<f64>());
        let add = |sums: &mut Sums, (): &mut (), _: usize, panel: &Panel| {
            sums.add(system.level, panel, framed);
        };
        let mut all = zero();
        system.fold(groups, zero, || (), add).iter().for_each(|group| all.merge(group));
        let Sums { squares, mut products } = all;
        for (descent, framed) in products.iter_mut().zip(framed) {
            descent.resize(system.features() + 1, 0.0);
            for ((x, w), length) in descent.iter_mut().zip(framed).zip(penalty) {
                *x -= length * length * w;
            }
        }
        Self { squares, descent: products }
    }

    /// The step to the optimum, (AᵀA)⁻¹ of the descent.
    pub(crate) fn steps(&self, estimate: &Estimate) -> Vec<Vec<f64>> {
        let spread = &estimate.spread;
        let product = |i: usize, x: &[f64]| (0..x.len()).map(|j| spread[(j, i)] * x[j]).sum();
        let step = |descent: &Vec<f64>| {
            let inner: Vec<f64> = (0..spread.ncols()).map(|i| product(i, descent)).collect();
            let outer = |j: usize| (0..inner.len()).map(|i| spread[(j, i)] * inner[i]).sum();
            (0..spread.nrows()).map(outer).collect()
        };
        self.descent.iter().map(step).collect()
    }
}

struct Sums {
    squares: Vec<f64>,
    products: Vec<Vec<f64>>,
}

impl Sums {
    fn add(&mut self, level: Level, panel: &Panel, framed: &[Vec<f64>]) {
        let targets = framed.iter().zip(&mut self.products).zip(&mut self.squares).enumerate();
        for (target, ((framed, products), squares)) in targets {
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
    target: usize,
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
            let residual = row[k + target] - dot(&row[..k], &framed[..k]);
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
