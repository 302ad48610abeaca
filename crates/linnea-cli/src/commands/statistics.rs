//! `linnea train --statistics`: the exact solution of a regression, and the tables of statistics.

use anyhow::{Result, bail};
use linnea::data::{Parts, Targets};
use linnea::statistics::{
    CoefficientStatistics, Covariance, LinearStatistics, Reference, WaldStatistics,
};
use linnea::{Fit, LeastSquares, LinearFit, Loss, Model, Reason, Solver, thread_count};
use serde_json::{Value, json};

use super::diagnostics;
use crate::args::{CovarianceArg, TrainArgs};
use crate::table::{number, render, share, shorten, things};

/// The confidence of all intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Up to this share of the target's squares, residuals are rounding.
const ROUNDING: f64 = 1e-28;
/// The longest name that a table shows whole, and one that has a column more.
const LONGEST: usize = 32;
const LONGEST_BESIDE_VIF: usize = 26;

/// What is known of a training besides its model.
pub(crate) enum Statistics {
    None,
    Linear(Box<LinearFit>),
    Wald(Box<WaldStatistics>),
}

/// Trains: exactly if statistics of a regression are wanted, else as `train` does. `None` if that was
/// interrupted before there was anything to keep.
pub(crate) fn fit(
    args: &TrainArgs,
    solver: Solver,
    parts: &Parts,
    train: impl FnOnce(Solver) -> Result<Option<Fit>>,
) -> Result<Option<(Fit, Statistics)>> {
    if args.statistics && (args.l2 > 0.0 || args.l1 > 0.0) {
        bail!("a penalty biases the coefficients, so --statistics needs --l2 0 and no --l1");
    }
    let without = |loss: &Loss| args.statistics && matches!(loss, Loss::Huber | Loss::Poisson);
    if let Some(loss) = args.loss.map(Loss::from).filter(without) {
        bail!(
            "--statistics are of --loss squared and softmax, not of {loss}; leave one of them out"
        );
    }
    if args.statistics && matches!(parts.train.targets(), Targets::Values(_)) {
        let is_exact = matches!(solver, Solver::Auto | Solver::Exact);
        if !is_exact || args.tol.is_some() || args.max_iterations.is_some() {
            bail!(
                "the statistics of a regression are those of its exact solution; leave out \
                 --solver and the settings of other solvers"
            );
        }
        let fit = exact(args, parts)?;
        return Ok(Some((Fit::from(&fit), Statistics::Linear(Box::new(fit)))));
    }
    if let Some(flag) = of_regression(args) {
        bail!("{flag} is for a regression; the target is a class, so leave it out");
    }
    // Standard errors are those of the maximum of the likelihood.
    let solver = if args.statistics && solver == Solver::Auto { Solver::Lbfgs } else { solver };
    let Some(fit) = train(solver)? else { return Ok(None) };
    if !args.statistics || fit.interrupted {
        return Ok(Some((fit, Statistics::None)));
    }
    if fit.convergence.as_ref().is_some_and(|end| end.reason == Reason::Separable) {
        bail!(
            "the classes are separable, so that there are no standard errors; leave --statistics out"
        );
    }
    let wald = fit.model.wald_statistics(&parts.train, CONFIDENCE, args.running.threads)?;
    Ok(Some((fit, Statistics::Wald(Box::new(wald)))))
}

/// The first flag that asks for statistics of a regression alone.
fn of_regression(args: &TrainArgs) -> Option<&'static str> {
    let given = [
        (args.no_intercept, "--no-intercept"),
        (args.cluster.is_some(), "--cluster"),
        (args.covariance != CovarianceArg::Classic, "--covariance"),
    ];
    let flag = given.iter().find(|(given, _)| *given).map(|&(_, flag)| flag);
    flag.or(diagnostics::asked_for(&args.of_rows))
}

fn exact(args: &TrainArgs, parts: &Parts) -> Result<LinearFit> {
    let solver = LeastSquares::new()
        .intercept(!args.no_intercept)
        .standardize(args.standardize.into())
        .covariance(covariance(args, parts))
        .confidence(CONFIDENCE)
        .drop_aliased(true)
        .threads(thread_count(args.running.threads))
        .data_name(args.input.name())
        .held_out(args.input.valid, args.seed)
        .missing(args.input.reading.missing.into());
    Ok(solver.fit(&parts.train)?)
}

/// Which covariance is wanted: clustered, if there is a column of clusters.
fn covariance(args: &TrainArgs, parts: &Parts) -> Covariance {
    match parts.train.groups() {
        Some(groups) => Covariance::Clustered(groups.iter().copied().map(u64::from).collect()),
        None => args.covariance.into(),
    }
}

impl Statistics {
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Linear(fit) => json!(fit.statistics),
            Self::Wald(statistics) => json!(statistics),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Linear(fit) => fit.statistics.as_ref().map_or_else(String::new, |statistics| {
                table(&statistics.coefficients, statistics.reference)
                    + &aliased(&fit.aliased, WITHOUT)
                    + weights(&fit.model)
                    + &linear(statistics)
            }),
            Self::Wald(statistics) => {
                table(&statistics.coefficients, Reference::Normal)
                    + &aliased(&statistics.aliased, WITHOUT)
                    + &wald(statistics)
            }
        }
    }
}

fn table(lines: &[CoefficientStatistics], reference: Reference) -> String {
    let symbol = if reference == Reference::Normal { "z" } else { "t" };
    let p = format!("P>|{symbol}|");
    let mut header = vec!["coefficient", "estimate", "std. error", symbol, &p, "[0.025", "0.975]"];
    let classes = lines.iter().any(|line| line.class.is_some());
    let vif = lines.iter().any(|line| line.vif.is_some());
    header.extend(classes.then_some("class").or(vif.then_some("VIF")));
    let longest = if vif { LONGEST_BESIDE_VIF } else { LONGEST };
    let mut rows = vec![header.into_iter().map(String::from).collect::<Vec<_>>()];
    rows.extend(lines.iter().map(|line| {
        let mut row = vec![shorten(&line.name, longest)];
        let numbers = [line.estimate, line.standard_error, line.statistic];
        row.extend(numbers.map(known));
        row.push(probability(line.p_value));
        row.extend([line.low, line.high].map(known));
        row.extend(line.class.as_ref().map(|class| shorten(class, LONGEST)));
        row.extend(line.vif.map(inflation));
        row
    }));
    format!("\n{}", render(&rows, 0))
}

/// A number, or a dash where there is none.
fn known(value: f64) -> String {
    if value.is_nan() { "–".into() } else { number(value) }
}

/// By how much collinearity makes a variance larger; a dash for what is a function of the others.
fn inflation(vif: f64) -> String {
    if vif.is_finite() { share(vif) } else { "–".into() }
}

/// A share that is explained, or a dash where there is nothing to explain.
fn explained(share: f64) -> String {
    if share.is_nan() { "–".into() } else { format!("{share:.6}") }
}

fn probability(p: f64) -> String {
    if p.is_nan() {
        "–".into()
    } else if p < 0.0005 {
        "<0.001".into()
    } else {
        format!("{p:.3}")
    }
}

/// What became of aliased features.
const WITHOUT: &str = "their weights are 0";

/// Names the features that are functions of others, and what became of them.
pub(crate) fn aliased(names: &[String], fate: &str) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|name| shorten(name, LONGEST)).collect();
    format!("linear functions of the others: {} ({fate})\n", names.join(", "))
}

/// A word where rows have weights, which count nothing here.
fn weights(model: &Model) -> &'static str {
    match model.schema().weight {
        Some(_) => {
            "weights are inverse variances, as those of R's lm and statsmodels' WLS, and not counts of rows\n"
        }
        None => "",
    }
}

fn linear(statistics: &LinearStatistics) -> String {
    let LinearStatistics { df_model, df_residual, covariance, .. } = statistics;
    let clusters = covariance.clusters();
    let clusters = clusters.map_or_else(String::new, |n| format!(", {}", things(n, "cluster")));
    format!(
        "\nstandard errors: {}{clusters}\n\
         residual standard deviation {} on {df_residual} degrees of freedom\n\
         r² {}, adjusted {}\n\
         F {} on {df_model} and {} degrees of freedom, P {}\n\
         log-likelihood {}, AIC {}, BIC {}
{}",
        covariance.name(),
        known(statistics.residual_sd),
        explained(statistics.r2),
        explained(statistics.adjusted_r2),
        known(statistics.f),
        statistics.f_df,
        probability(statistics.f_p_value),
        known(statistics.log_likelihood),
        known(statistics.aic),
        known(statistics.bic),
        doubt(statistics),
    )
}

/// A word where there is no noise to judge by. R speaks of an essentially perfect fit.
fn doubt(statistics: &LinearStatistics) -> &'static str {
    if statistics.df_residual == 0 {
        "as many coefficients as rows: no noise is left from which errors could be estimated\n"
    } else if statistics.rss <= ROUNDING * statistics.tss {
        "an essentially perfect fit: errors and tests are of rounding alone\n"
    } else {
        ""
    }
}

fn wald(statistics: &WaldStatistics) -> String {
    format!(
        "\ncompared with class {}; the model is {} standard errors from the maximum likelihood\n\
         log-likelihood {} (classes alone {}), pseudo r² {:.6}, AIC {}, BIC {}\n",
        shorten(&statistics.reference_class, LONGEST),
        number(statistics.distance),
        known(statistics.log_likelihood),
        known(statistics.null_log_likelihood),
        statistics.pseudo_r2,
        known(statistics.aic),
        known(statistics.bic),
    )
}
