//! How long exact least squares takes: `cargo run --release --example bench_least_squares -- [rows]
//! [features]`, in `f32`, with classic and with HC3 standard errors.

use linnea::data::{Dataset, Targets, Values};
use linnea::statistics::Covariance;
use linnea::{LeastSquares, Method};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (n, d) = match arguments[..] {
        [n, d, ..] => (n, d),
        _ => (1_000_000, 100),
    };
    let data = random(n, d)?;
    for (name, covariance) in [("classic", Covariance::Classic), ("hc3", Covariance::Hc3)] {
        time(name, &LeastSquares::new().covariance(covariance), &data)?;
    }
    time("qr", &LeastSquares::new().method(Method::Qr), &data)?;
    Ok(())
}

fn time(
    name: &str,
    settings: &LeastSquares<'_>,
    data: &Dataset,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut seconds = f64::INFINITY;
    for _ in 0..5 {
        let fit = settings.fit(data)?;
        seconds = seconds.min(fit.seconds);
        println!(
            "{name}: {:.3} s, {} in {} passes, condition {:.2}, gradient {:.1e}",
            fit.seconds, fit.method, fit.passes, fit.condition, fit.gradient_norm
        );
    }
    println!("{name}: best of 5 {seconds:.3} s");
    Ok(())
}

/// Uniform features and a target that half of them explain.
fn random(n: usize, d: usize) -> Result<Dataset, Box<dyn std::error::Error>> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let x: Vec<f32> = (0..n * d).map(|_| next()).collect();
    let y = x.chunks(d).map(|row| f64::from(row[..d / 2].iter().sum::<f32>() + 3.0 * next()));
    let y = Targets::Values(y.collect());
    Ok(Dataset::dense(d, Values::F32(x), y)?)
}
