//! Looks for an optimum that is not there, where a full-batch solver has come to a small gradient.
//!
//! Where there is no optimum, the solutions under an L2 penalty λ grow for ever as λ vanishes: along the
//! direction in which some rows gain and none loses they are where the slope of the loss, which falls like
//! exp(−t), is λt, so that a hundredth of λ lets them grow by about log 100, and the next hundredth as much
//! again. To an optimum the distance is in proportion to λ, and becomes a hundredth. So three of them say
//! whether they go on for ever, and the last two in which direction, which `separation.rs` looks at.

use crate::error::Result;
use crate::folds::{Folds, Keys};
use crate::loss::RowLoss;
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::solver::{Convergence, Reason, SMALL, Solver, products};
use crate::training::Session;
use linnea_kernels::Element;

/// The penalties, far below where they weigh.
const VANISHING: [f64; 3] = [1e-5, 1e-7, 1e-9];
/// What may be left of the gradient under them, so that the logits of rows that overlap are known to nine
/// digits.
const TOLERANCE: f64 = 1e-12;
/// The most iterations for each. Of what takes more, nothing is said.
const ITERATIONS: usize = 500;

impl<T: Element> Session<'_, T> {
    /// Of classes and counts without a penalty, a small gradient is no proof of an optimum. Says whether
    /// they are separable, if that is found out.
    pub(crate) fn look_for_separation(
        &self,
        head: usize,
        at: &Parameters,
        double: &dyn RowLoss<f64>,
        convergence: &mut Convergence,
    ) -> Result<Option<bool>> {
        if !self.may_be_separable(head) || convergence.reason == Reason::Interrupted {
            return Ok(None);
        }
        let mut found = self.separation(head, at, None)?;
        let mut all_is_said = found.is_separable || !found.is_steep;
        if !found.is_separable && found.is_steep && self.is_small() {
            let path = self.under_vanishing_penalties(head, double)?;
            all_is_said = path.is_some();
            found = path.map_or(Ok(found), |path| self.separation(head, at, Some(&path)))?;
        }
        convergence.separated = found.classes;
        if found.is_separable {
            (convergence.converged, convergence.reason) = (false, Reason::Separable);
        }
        Ok(all_is_said.then_some(found.is_separable))
    }

    /// Whether more solutions take no more than a second or two.
    fn is_small(&self) -> bool {
        products([self.data.rows(), self.data.features(), self.outputs]) <= SMALL
    }

    fn under_vanishing_penalties(
        &self,
        head: usize,
        double: &dyn RowLoss<f64>,
    ) -> Result<Option<[Parameters; 3]>> {
        let recipe = |l2: f64| Recipe {
            solver: Solver::Lbfgs,
            l2,
            tol: Some(TOLERANCE),
            max_iterations: Some(ITERATIONS),
            ..self.recipes[head].clone()
        };
        let recipes = VANISHING.map(recipe);
        let weights = self.objective.loss.weights();
        let folds = Folds::new(&recipes, &Keys::of(self.data), weights)?;
        let own = Session { recipes: &recipes, folds: &folds, leg: 1, ..*self };
        let ends = own.task(double, &[]).run(self.trainer.interrupt, |_, _| {});
        let reached = ends.into_iter().filter(|end| end.convergence.converged).map(|end| end.at);
        Ok(<[Parameters; 3]>::try_from(reached.collect::<Vec<_>>()).ok())
    }
}
