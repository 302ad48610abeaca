//! Which rows a linear regression rests on.

use linnea_data::{Dataset, Targets};
use linnea_kernels::{Element, Level, check_level};
use serde::Serialize;

use crate::check::check_features;
use crate::error::{Error, Result};
use crate::exact::{LinearFit, System};
use crate::pass::groups_for;
use crate::rows::{OverRows, Rows, over_rows};
use crate::statistics::linear::{Basis, LinearStatistics};
use crate::statistics::scores::{Scores, fold_scores};

/// How much each row of a fit weighs in it, one entry a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Influence {
    /// The leverage h, from 0 to 1: how much of the row's prediction is its own target. They add up
    /// to the number of parameters.
    pub leverage: Vec<f64>,
    /// The residual over its standard deviation σ̂√(1 − h): internally studentized.
    pub studentized: Vec<f64>,
    /// Cook's distance (1977): by how much all predictions move, in units of k·σ̂², if the row is left
    /// out.
    pub cooks_distance: Vec<f64>,
}

impl LinearFit {
    /// The influence of every row of `data`, which must be the rows that were fitted, with the same
    /// `weights`, if there were any; without, those of the data are taken. With a leverage of 1 the other two are NaN.
    ///
    /// # Errors
    /// As [`LinearFit::predict_intervals`], and [`Error::Mismatch`] if the rows have no numbers as
    /// targets or the weights are not one a row.
    pub fn influence(
        &self,
        data: &Dataset,
        weights: Option<&[f64]>,
        threads: Option<usize>,
    ) -> Result<Influence> {
        check_level()?;
        let statistics = self.statistics_for(data)?;
        let Targets::Values(targets) = data.targets() else {
            return Err(Error::Mismatch("the rows have no numbers as targets".into()));
        };
        let weights = weights.or(data.weights());
        if weights.is_some_and(|weights| weights.len() != data.rows()) {
            return Err(Error::Mismatch("there must be one weight for each row".into()));
        }
        check_features(data)?;
        over_rows(data, Weigh { statistics, targets, weights, threads })
    }
}

struct Weigh<'a> {
    statistics: &'a LinearStatistics,
    targets: &'a [f64],
    weights: Option<&'a [f64]>,
    threads: Option<usize>,
}

impl OverRows for Weigh<'_> {
    type Output = Result<Influence>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        let Self { statistics, targets, weights, threads } = self;
        let Basis { frame, intercept, framed, spread, rank, .. } = &statistics.basis;
        let (targets, level) = ([targets], Level::detect());
        let system = System {
            rows,
            targets: &targets,
            weights,
            intercept: *intercept,
            frame,
            level,
            threads,
        };
        let unit = frame.targets[0].unit;
        let add = |influence: &mut Influence, _: usize, scores: &mut Scores| {
            for (z, residual) in scores.rows() {
                let leverage = z.iter().map(|z| z * z).sum::<f64>().min(1.0);
                let deviation = statistics.residual_sd * (1.0 - leverage).sqrt();
                let studentized = residual * unit / deviation;
                influence.leverage.push(leverage);
                influence.studentized.push(studentized);
                let ratio = leverage / (1.0 - leverage);
                influence.cooks_distance.push(studentized.powi(2) * ratio / *rank as f64);
            }
            Ok(())
        };
        let start = Influence::default;
        let states = fold_scores(&system, 0, framed, spread, groups_for(1), start, add)?;
        let mut all = start();
        for Influence { leverage, studentized, cooks_distance } in states {
            all.leverage.extend(leverage);
            all.studentized.extend(studentized);
            all.cooks_distance.extend(cooks_distance);
        }
        Ok(all)
    }
}
