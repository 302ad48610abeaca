//! Digits of least squares that NIST certifies: coefficients, their standard errors, the residuals'
//! standard deviation, R² and F.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::data::{Dataset, Targets, Values};
use linnea::{LeastSquares, LinearFit};

/// A reference data set: y, the columns, and what is certified of their regression.
#[derive(Debug, Clone)]
struct Reference {
    name: &'static str,
    intercept: bool,
    y: Vec<f64>,
    columns: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
    errors: Vec<f64>,
    residual_sd: f64,
    r2: f64,
    /// Where it is certified, and finite.
    f: Option<f64>,
}

/// The lines that `heading (lines a to b)` speaks of.
fn lines<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let line = text.lines().find(|line| line.contains(heading) && line.contains("(lines"));
    let range = line.and_then(|line| line.split_once("(lines ")).unwrap().1;
    let (first, last) = range.trim_end().trim_end_matches(')').split_once(" to ").unwrap();
    let (first, last): (usize, usize) =
        (first.trim().parse().unwrap(), last.trim().parse().unwrap());
    text.lines().skip(first - 1).take(last - first + 1).collect()
}

fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Reads a file; if its model is a polynomial, its columns are the powers up to `degree`.
fn read(name: &'static str, text: &str, degree: usize) -> Reference {
    let rows: Vec<Vec<f64>> = lines(text, "  Data").into_iter().map(numbers).collect();
    let column = |j: usize| rows.iter().map(|row| row[j]).collect::<Vec<f64>>();
    let power = |k: usize| rows.iter().map(|row| row[1].powi(k as i32)).collect::<Vec<f64>>();
    let columns = match degree {
        1 => (1..rows[0].len()).map(column).collect(),
        _ => (1..=degree).map(power).collect(),
    };
    let certified = lines(text, "Certified Values");
    let is_parameter = |line: &&&str| {
        let word = line.split_whitespace().next().unwrap_or("");
        word.strip_prefix('B').is_some_and(|digits| digits.parse::<usize>().is_ok())
    };
    let parameters: Vec<&str> = certified.iter().filter(is_parameter).copied().collect();
    let after = |word: &str| {
        let line = certified.iter().rfind(|line| line.contains(word)).unwrap();
        numbers(line)[0]
    };
    Reference {
        name,
        intercept: parameters[0].contains("B0"),
        y: column(0),
        columns,
        coefficients: parameters.iter().map(|line| numbers(line)[0]).collect(),
        errors: parameters.iter().map(|line| numbers(line)[1]).collect(),
        residual_sd: after("Standard Deviation"),
        r2: after("R-Squared"),
        f: f_statistic(&certified),
    }
}

/// The last number of the line on the regression in the table of variances.
fn f_statistic(certified: &[&str]) -> Option<f64> {
    let line = certified.iter().find(|line| line.starts_with("Regression "))?;
    numbers(line).get(3).copied().filter(|f| f.is_finite())
}

/// Wampler's third problem with its noise made larger, which is his fourth and fifth.
fn wampler(name: &'static str, factor: f64, r2: f64) -> Reference {
    let third = read(name, include_str!("nist/Wampler3.dat"), 5);
    let polynomial = |row: usize| 1.0 + third.columns.iter().map(|column| column[row]).sum::<f64>();
    let y = |(row, y): (usize, &f64)| polynomial(row) + factor * (y - polynomial(row));
    let y: Vec<f64> = third.y.iter().enumerate().map(y).collect();
    Reference {
        name,
        r2,
        f: None,
        y,
        errors: third.errors.iter().map(|error| factor * error).collect(),
        residual_sd: factor * third.residual_sd,
        ..third
    }
}

fn all() -> Vec<Reference> {
    let no_intercept_2 = Reference {
        name: "NoInt2",
        intercept: false,
        y: vec![3.0, 4.0, 4.0],
        columns: vec![vec![4.0, 5.0, 6.0]],
        coefficients: vec![8.0 / 11.0],
        errors: vec![0.0420827318078432],
        residual_sd: 0.369274472937998,
        r2: 0.993348115299335,
        f: Some(298.6666666666667),
    };
    vec![
        read("Norris", include_str!("nist/Norris.dat"), 1),
        read("Pontius", include_str!("nist/Pontius.dat"), 2),
        read("NoInt1", include_str!("nist/NoInt1.dat"), 1),
        no_intercept_2,
        read("Longley", include_str!("nist/Longley.dat"), 1),
        read("Wampler1", include_str!("nist/Wampler1.dat"), 5),
        read("Wampler2", include_str!("nist/Wampler2.dat"), 5),
        read("Wampler3", include_str!("nist/Wampler3.dat"), 5),
        wampler("Wampler4", 100.0, 0.957478440825662),
        wampler("Wampler5", 10_000.0, 0.224668921574940e-2),
        read("Filip", include_str!("nist/Filip.dat"), 10),
    ]
}

/// The digits that agree: −log₁₀ of the relative error, of the absolute error if 0 is right. What is
/// certified has 15.
fn digits(got: f64, want: f64) -> f64 {
    let error = if want == 0.0 { got.abs() } else { ((got - want) / want).abs() };
    (-error.log10()).min(15.0)
}

fn fit(reference: &Reference) -> LinearFit {
    let (n, p) = (reference.y.len(), reference.columns.len());
    let x = (0..n * p).map(|i| reference.columns[i % p][i / p]).collect();
    let data = Dataset::dense(p, Values::F64(x), Targets::Values(reference.y.clone())).unwrap();
    LeastSquares::new().intercept(reference.intercept).fit(&data).unwrap()
}

#[test]
fn certified_digits_come_out() {
    println!("{:9} {:>6} {:>6} {:>6} {:>6} {:>6}  condition", "", "coef", "error", "sd", "r2", "F");
    for reference in all() {
        let fit = fit(&reference);
        let statistics = fit.statistics.as_ref().unwrap();
        let lines = statistics.coefficients.iter();
        let least = |got: Vec<f64>, want: &[f64]| {
            got.iter().zip(want).map(|(&got, &want)| digits(got, want)).fold(15.0, f64::min)
        };
        let found = [
            least(lines.clone().map(|line| line.estimate).collect(), &reference.coefficients),
            least(lines.map(|line| line.standard_error).collect(), &reference.errors),
            digits(statistics.residual_sd, reference.residual_sd),
            digits(statistics.r2, reference.r2),
            reference.f.map_or(15.0, |f| digits(statistics.f, f)),
        ];
        let [a, b, c, d, e] = found;
        println!(
            "{:9} {a:6.1} {b:6.1} {c:6.1} {d:6.1} {e:6.1}  {:.1e}",
            reference.name, fit.condition
        );
        let enough = if reference.name == "Filip" { 7.0 } else { 12.0 };
        assert!(found.iter().all(|digits| *digits >= enough), "{}: {found:?}", reference.name);
        assert_eq!(statistics.coefficients.len(), reference.coefficients.len());
        assert!(fit.aliased.is_empty() && fit.converged());
    }
}
