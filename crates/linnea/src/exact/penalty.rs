//! The ridge penalty λ/2·Σ(mⱼwⱼ)² as rows below the data, one a feature: √(Wλ)·mⱼ on its diagonal,
//! for rows that weigh W in all.

use linnea_data::Schema;

use crate::exact::frame::Frame;
use crate::settings::Standardize;

/// A penalty, and the norm by which the least of several solutions is chosen: that of its limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Penalty<'a> {
    pub(crate) l2: f64,
    pub(crate) measure: Measure<'a>,
}

/// What a feature's weight is multiplied by before it is squared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Measure<'a> {
    /// Its standard deviation.
    Own,
    /// The root of the mean variance of all features: images.
    Common,
    /// 1.
    One,
    /// What a scaling says, one number a feature.
    Given(&'a [f64]),
}

impl Measure<'_> {
    pub(crate) fn of(standardize: Standardize, schema: &Schema) -> Self {
        match standardize {
            Standardize::Off => Self::One,
            Standardize::Auto if schema.is_grid() => Self::Common,
            Standardize::Auto | Standardize::On => Self::Own,
        }
    }
}

impl Penalty<'_> {
    /// The mⱼ for weights in the frame's coordinates, from the features' squared lengths there.
    pub(crate) fn norm(self, squares: &[f64], frame: &Frame, weight: f64) -> Vec<f64> {
        let axes = squares.iter().zip(&frame.features);
        let variance = |square: f64, unit: f64| square.max(0.0) * unit * unit / weight;
        let sum: f64 = axes.clone().map(|(square, axis)| variance(*square, axis.unit)).sum();
        let common = (sum / squares.len() as f64).sqrt();
        axes.enumerate()
            .map(|(j, (&square, axis))| match self.measure {
                // A feature that does not vary has an infinite scale and no say.
                Measure::Given(scale) if scale[j].is_infinite() => 0.0,
                Measure::Given(scale) => scale[j] / axis.unit,
                Measure::Own => (square.max(0.0) / weight).sqrt(),
                Measure::Common => common / axis.unit,
                Measure::One => 1.0 / axis.unit,
            })
            .collect()
    }

    /// The diagonal of the rows below the data; none without a penalty.
    pub(crate) fn rows(self, norm: &[f64], weight: f64) -> Vec<f64> {
        if self.l2 == 0.0 {
            return Vec::new();
        }
        let root = (weight * self.l2).sqrt();
        norm.iter().map(|m| root * m).collect()
    }
}
