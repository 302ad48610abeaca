//! The solvers' speed, to be put beside scikit-learn's (`benchmarks/solvers.py` has the peers' part and
//! says what is measured): one line of JSON for each measurement.
//!
//! `bench_solvers softmax FOLDER`: softmax regression on the IDX files in FOLDER with scikit-learn's
//! C = 1 on pixels in 0 … 1. `bench_solvers path`: 100 L1 penalties on 10,000 × 1,000.

use std::time::Instant;

use linnea::prelude::*;
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["softmax", folder] => softmax(folder),
        ["path"] => path(),
        _ => Err("give softmax FOLDER, or path".into()),
    }
}

/// Pixels are weighed as they are stored, x = 255·z: weights are 255 times smaller, and so l2 is 255²
/// times larger. The objective's value is the same.
fn softmax(folder: &str) -> Result<(), Failure> {
    let data = Source::find(folder)?.read(&ReadOptions::default())?.train;
    let l2 = 255.0_f64.powi(2) / data.rows() as f64;
    let trainer = Trainer::new().solver(Solver::Lbfgs).standardize(Standardize::Off).l2(l2);
    let value = |fit: &Fit| -> Result<f64, Failure> {
        let squares: f64 = fit.model.weight().iter().map(|w| w * w).sum();
        Ok(fit.model.evaluate(&data, None)?.loss() + l2 / 2.0 * squares)
    };
    let exact = trainer.clone().tol(1e-7).fit(&data)?;
    let best = value(&exact)?;
    println!("{}", json!({"best": best, "seconds": exact.seconds, "end": exact.convergence}));
    for iterations in [20, 40, 60, 70, 80, 90, 100] {
        let start = Instant::now();
        let fit = trainer.clone().max_iterations(iterations).fit(&data)?;
        let seconds = start.elapsed().as_secs_f64();
        let gap = value(&fit)? / best - 1.0;
        println!("{}", json!({"iterations": iterations, "seconds": seconds, "relative_gap": gap}));
    }
    Ok(())
}

/// A number that looks random, between −1 and 1: `benchmarks/solvers.py` makes the same.
fn number(i: u64) -> f64 {
    let bits = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn path() -> Result<(), Failure> {
    let (n, d) = (10_000_u64, 1_000_u64);
    let x: Vec<f64> = (0..n * d).map(number).collect();
    let target = |r: u64| {
        let row = &x[(r * d) as usize..][..d as usize];
        let signal: f64 =
            row.iter().step_by(20).enumerate().map(|(k, x)| x * number(k as u64 + 99)).sum();
        signal + number(r + (1 << 40))
    };
    let y: Vec<f64> = (0..n).map(target).collect();
    let mean = y.iter().sum::<f64>() / n as f64;
    let largest = (0..d as usize)
        .map(|j| {
            let products = y.iter().enumerate().map(|(r, y)| x[r * d as usize + j] * (y - mean));
            (products.sum::<f64>() / n as f64).abs()
        })
        .fold(0.0, f64::max);
    let l1: Vec<f64> = (0..100).map(|k| largest * 1e-3_f64.powf(f64::from(k) / 99.0)).collect();
    let data = Dataset::dense(d as usize, Values::F64(x), Targets::Values(y))?;
    let trainer = Trainer::new().standardize(Standardize::Off);
    for tol in [1e-4, 1e-8] {
        let start = Instant::now();
        let fits = trainer.clone().tol(tol).fit_path(&data, &l1)?;
        let seconds = start.elapsed().as_secs_f64();
        let fits: Vec<Fit> = fits.into_iter().collect::<Result<_, _>>()?;
        let ends = fits.iter().filter_map(|fit| fit.convergence.as_ref());
        let converged = ends.clone().filter(|end| end.converged).count();
        let gap = ends.filter_map(|end| end.gap).fold(0.0, f64::max);
        let last =
            fits.last().map_or(0, |fit| fit.model.weight().iter().filter(|w| **w != 0.0).count());
        println!(
            "{}",
            json!({"tol": tol, "seconds": seconds, "converged": converged, "largest_gap": gap, "chosen_last": last})
        );
    }
    Ok(())
}
