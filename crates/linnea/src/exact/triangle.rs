//! What a pass over the rows leaves of a least-squares problem: the triangle R of A = QR.

use crate::exact::matrix::Matrix;
use crate::exact::scalar::{Scalar, squares};

/// The upper triangle R, with RᵀR = AᵀA, of A = [1 ξ υ]: intercept if there is one, features,
/// targets, all in the frame's coordinates and times the roots of the weights.
///
/// ```text
///     ┌ r₀₀  r₀ₓ  r₀ᵧ ┐   intercept
/// R = │      Rₓₓ  Rₓᵧ │   features, centred
///     └           Rᵧᵧ ┘   what no linear function of the features explains
/// ```
///
/// All that the solution, its covariance and the residuals' sum of squares need is in it.
#[derive(Debug, Clone)]
pub(crate) struct Triangle<S> {
    /// `columns × columns`.
    pub(crate) r: Matrix<S>,
    pub(crate) intercept: bool,
    pub(crate) features: usize,
    pub(crate) targets: usize,
}

impl<S: Scalar> Triangle<S> {
    /// The first column of the features.
    pub(crate) fn first(&self) -> usize {
        usize::from(self.intercept)
    }

    /// The rows and columns of the centred features.
    pub(crate) fn features(&self) -> Matrix<S> {
        let (c, p) = (self.first(), self.features);
        self.r.part(c..c + p, c..c + p)
    }

    /// The features' rows of the targets' columns.
    pub(crate) fn explained(&self) -> Matrix<S> {
        let (c, p) = (self.first(), self.features);
        self.r.part(c..c + p, c + p..self.r.ncols())
    }

    /// Each target's sum of squares that no linear function of the features explains.
    pub(crate) fn unexplained(&self) -> Vec<S> {
        let below = self.first() + self.features;
        (below..self.r.ncols()).map(|y| self.squares(below.., y)).collect()
    }

    /// Each target's sum of squares about its mean, or about 0 without an intercept.
    pub(crate) fn variation(&self) -> Vec<S> {
        let below = self.first() + self.features;
        (below..self.r.ncols()).map(|y| self.squares(self.first().., y)).collect()
    }

    /// Each feature's length about its mean, or about 0 without an intercept.
    pub(crate) fn lengths(&self) -> Vec<S> {
        let c = self.first();
        (c..c + self.features).map(|j| self.squares(c.., j).root()).collect()
    }

    /// The mean of a column: of a feature, or after them of a target. It is 0 without an intercept.
    pub(crate) fn mean(&self, column: usize) -> S {
        if self.intercept { self.r[(0, column + 1)] / self.r[(0, 0)] } else { S::ZERO }
    }

    fn squares(&self, rows: std::ops::RangeFrom<usize>, column: usize) -> S {
        squares((rows.start..self.r.nrows()).map(|row| self.r[(row, column)]))
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.r.is_finite()
    }
}
