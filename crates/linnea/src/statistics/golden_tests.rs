//! Linear statistics against those of statsmodels.

use linnea_data::{Dataset, Targets, Values};

use crate::exact::{LeastSquares, Method};
use crate::statistics::Covariance;
use crate::statistics::golden::{Golden, all, close};

fn covariance(golden: &Golden) -> Covariance {
    match golden.covariance.as_str() {
        "classic" => Covariance::Classic,
        "hc0" => Covariance::Hc0,
        "hc1" => Covariance::Hc1,
        "hc2" => Covariance::Hc2,
        "hc3" => Covariance::Hc3,
        _ => Covariance::Clustered(golden.groups.clone()),
    }
}

#[test]
fn linear_statistics_are_those_of_statsmodels() {
    for golden in all().iter().filter(|golden| !golden.covariance.is_empty()) {
        let x = Values::F64(golden.x.clone());
        let data = Dataset::dense(golden.features, x, Targets::Values(golden.y.clone())).unwrap();
        for method in [Method::ExtendedQr, Method::Gram, Method::Qr] {
            check(golden, &data, method);
        }
    }
}

fn check(golden: &Golden, data: &Dataset, method: Method) {
    let weights = (!golden.weights.is_empty()).then_some(golden.weights.as_slice());
    let mut settings = LeastSquares::new()
        .method(method)
        .intercept(golden.intercept)
        .covariance(covariance(golden))
        .threads(2);
    if let Some(weights) = weights {
        settings = settings.weights(weights);
    }
    let fit = settings.fit(data).unwrap();
    assert_eq!(fit.method, method);
    let statistics = fit.statistics.as_ref().unwrap();
    for (i, line) in statistics.coefficients.iter().enumerate() {
        close(line.estimate, golden.params[i], 1e-9);
        close(line.standard_error, golden.bse[i], 1e-9);
        close(line.p_value, golden.pvalues[i], 1e-8);
        close(line.low, golden.low[i], 1e-8);
        close(line.high, golden.high[i], 1e-8);
    }
    let vifs = statistics.coefficients.iter().filter_map(|line| line.vif);
    vifs.zip(&golden.vif).for_each(|(vif, &want)| close(vif, want, 1e-9));
    close(statistics.r2, golden.rsquared, 1e-9);
    close(statistics.adjusted_r2, golden.rsquared_adj, 1e-9);
    close(statistics.f, golden.fvalue, 1e-9);
    close(statistics.f_p_value, golden.f_pvalue, 1e-8);
    close(statistics.log_likelihood, golden.llf, 1e-10);
    close(statistics.aic, golden.aic, 1e-10);
    close(statistics.bic, golden.bic, 1e-10);
    close(statistics.residual_sd, golden.residual_sd, 1e-10);
    let influence = fit.influence(data, weights, Some(2)).unwrap();
    for (i, &leverage) in golden.leverage.iter().enumerate() {
        close(influence.leverage[i], leverage, 1e-9);
        // A residual near 0 has cancelled.
        let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-8 * (want.abs() + 1e-3));
        near(influence.cooks_distance[i], golden.cooks[i]);
        near(influence.studentized[i], golden.studentized[i]);
    }
    let intervals = fit.predict_intervals(data, 0.95, Some(2)).unwrap();
    for (got, [error, mean_low, mean_high, low, high]) in intervals.iter().zip(&golden.intervals) {
        // statsmodels' own rounding is about 1e-9 here: it does not centre.
        close(got.standard_error, *error, 1e-8);
        close(got.mean_low, *mean_low, 1e-8);
        close(got.mean_high, *mean_high, 1e-8);
        close(got.low, *low, 1e-8);
        close(got.high, *high, 1e-8);
    }
}
