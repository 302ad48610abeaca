//! Why least squares is maximum likelihood. Left: y is normal around the line. Right: whatever σ
//! is, −log P = n/2·log 2πσ² + n·L(w)/σ² is the squared loss n·L, moved and scaled, so it is least
//! at the same ŵ.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::distributions::{Distribution, Normal};
use linnea_tensor::{Result, Tensor};

const X: [f64; 8] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0];
const Y: [f64; 8] = [0.72, 0.35, 1.55, 1.3, 2.6, 2.05, 2.55, 3.6];
const NOISE: f64 = 0.5;

const DEVIATIONS: [(f64, &str, &str); 3] =
    [(0.5, "b", "−log P, σ = ½"), (1.0, "c", "−log P, σ = 1"), (2.0, "e", "−log P, σ = 2")];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Normal noise around a line, and the losses of its slope", 760, 360);
    let (x, y) = (tensor_of(&X)?, tensor_of(&Y)?);
    let best = x.dot(&y)?.div(&x.dot(&x)?)?.item();
    draw_line(&mut svg, best)?;
    draw_losses(&mut svg, &x, &y, best)?;
    Ok(svg.finish())
}

fn draw_line(svg: &mut Svg, slope: f64) -> Result<()> {
    let frame = Frame { left: 46.0, top: 34.0, width: 300.0, height: 270.0 };
    let axes = Axes::new(frame, Scale::linear(0.0, 5.0), Scale::linear(-1.0, 5.0));
    axes.draw_x(svg, "x", &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4")]);
    axes.draw_y(svg, "y", &[(0.0, "0"), (2.0, "2"), (4.0, "4")]);
    for x in [1.0, 2.5, 4.0] {
        draw_density(svg, &axes, x, slope * x)?;
    }
    axes.curve(svg, "a", &[0.0, 5.0], &[0.0, 5.0 * slope]);
    for (x, y) in X.into_iter().zip(Y) {
        svg.disc("ink", axes.at(x, y), 4.0);
    }
    axes.note(svg, (0.05, 0.9), "p(y | x) = N(ŵ x, σ²)");
    Ok(())
}

/// The density of y at one x, drawn upright beside it.
fn draw_density(svg: &mut Svg, axes: &Axes, x: f64, mean: f64) -> Result<()> {
    let y = Scale::linear(mean - 3.0 * NOISE, mean + 3.0 * NOISE).values(61);
    let density = Normal::new(mean, NOISE)?.pdf(&tensor_of(&y)?)?;
    let beside: Vec<f64> = density.to_f64_vec().iter().map(|p| x + p).collect();
    svg.area("b", &axes.points(&beside, &y));
    axes.curve(svg, "thin b", &beside, &y);
    Ok(())
}

fn draw_losses(svg: &mut Svg, x: &Tensor, y: &Tensor, best: f64) -> Result<()> {
    let frame = Frame { left: 426.0, top: 34.0, width: 300.0, height: 270.0 };
    let axes = Axes::new(frame, Scale::linear(best - 0.6, best + 0.6), Scale::linear(0.0, 30.0));
    axes.draw_x(svg, "w", &[(best, "ŵ")]);
    axes.draw_y(svg, "n·L(w)", &[(0.0, "0"), (10.0, "10"), (20.0, "20"), (30.0, "30")]);
    let slopes = Scale::linear(best - 0.45, best + 0.45).values(91);
    let losses: Vec<f64> = slopes.iter().map(|w| loss(x, y, *w)).collect::<Result<_>>()?;
    axes.curve(svg, "ink", &slopes, &losses);
    for (deviation, class, _) in DEVIATIONS {
        let surprises = slopes.iter().map(|w| surprise(x, y, *w, deviation));
        axes.curve(svg, class, &slopes, &surprises.collect::<Result<Vec<_>>>()?);
    }
    let key: Vec<_> = DEVIATIONS.iter().map(|(_, class, meaning)| (*class, *meaning)).collect();
    axes.key(svg, (0.3, 0.95), &[&[("ink", "n·L(w)")][..], &key].concat());
    Ok(())
}

/// n·L(w) = Σ ½ (y − wx)².
fn loss(x: &Tensor, y: &Tensor, w: f64) -> Result<f64> {
    Ok(linnea_tensor::loss::squared_loss(&x.mul(w)?, y)?.sum().item())
}

/// −log P(y | x), when y is normal around wx.
fn surprise(x: &Tensor, y: &Tensor, w: f64, deviation: f64) -> Result<f64> {
    Ok(-Normal::new(x.mul(w)?, deviation)?.log_prob(y)?.sum().item())
}
