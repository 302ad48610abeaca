//! The terms of the sums, each an operation of its own, so that 0·log 0 is 0 in the value and in the
//! gradient, and nothing cancels. All are computed in f64.
//!
//! | term | by p, or its logarithm a | by q, or its logarithm b |
//! | --- | --- | --- |
//! | −p log p | −log p − 1; 0 at p = 0 | |
//! | −p log q | −log q | −p/q |
//! | p log(p/q) − p + q | log p − log q; 0 at p = 0 | 1 − p/q |
//! | −a eᵃ | −(a + 1)eᵃ | |
//! | (a − b)eᵃ − eᵃ + eᵇ | (a − b)eᵃ | eᵇ − eᵃ |
//!
//! The third is p·(w − log(1 + w)) with w = (q − p)/p, and the last is eᵃ·(eᵟ − 1 − δ) with δ = b − a.
//! Near 0 both gaps are squares, which the difference of the two parts would lose: there
//!
//! - w − log(1 + w) = s·(w − 2(s²/3 + s⁴/5 + …)) with s = w/(2 + w), as log(1 + w) = 2 artanh s and
//!   w − 2s = sw;
//! - eᵟ − 1 − δ = δ²/2 + δ³/6 + ….

use super::Unit;
use crate::array::{Array, map, zip};
use crate::ops::Pair;
use crate::{Result, Tensor};

/// −p log p, and 0 at 0.
pub(crate) fn entropy_terms(p: &Tensor, unit: Unit) -> Result<Tensor> {
    let y = unary(p, |p| if p == 0.0 { 0.0 } else { -p * unit.log(p) });
    let edge = p.edge(|| {
        let p = p.save();
        move |g: &Tensor| {
            let never = p.get()?.eq(0)?;
            let slope = one_where(&never, p.get()?)?.log().add(1.0)?.mul(-unit.per_nat())?;
            g.mul(never.where_(0.0, slope)?)
        }
    });
    Ok(y.record("entropy", [edge]))
}

/// −p log q, and 0 where p = 0.
pub(super) fn cross_terms(p: &Tensor, q: &Tensor, unit: Unit) -> Result<Tensor> {
    let y = binary("cross_entropy", p, q, |p, q| if p == 0.0 { 0.0 } else { -p * unit.log(q) })?;
    let by_p = p.edge(|| {
        let (p, q) = (p.save(), q.save());
        move |g: &Tensor| {
            let never = p.get()?.eq(0)?.mul(q.get()?.eq(0)?)?;
            g.mul(one_where(&never, q.get()?)?.log().mul(-unit.per_nat())?)
        }
    });
    let by_q = q.edge(|| {
        let (p, q) = (p.save(), q.save());
        move |g: &Tensor| {
            let never = p.get()?.eq(0)?.mul(q.get()?.eq(0)?)?;
            let ratio = p.get()?.div(one_where(&never, q.get()?)?)?;
            g.mul(ratio.mul(-unit.per_nat())?)
        }
    });
    Ok(y.record("cross_entropy", [by_p, by_q]))
}

/// p log(p/q) − p + q: q where p = 0, and +∞ where q alone is 0.
pub(crate) fn divergence_terms(p: &Tensor, q: &Tensor) -> Result<Tensor> {
    let y = binary("kl_divergence", p, q, divergence)?;
    let by_p = p.edge(|| {
        let (p, q) = (p.save(), q.save());
        move |g: &Tensor| {
            let never = p.get()?.eq(0)?;
            let logs = [one_where(&never, p.get()?)?.log(), one_where(&never, q.get()?)?.log()];
            g.mul(logs[0].sub(&logs[1])?)
        }
    });
    let by_q = q.edge(|| {
        let (p, q) = (p.save(), q.save());
        move |g: &Tensor| {
            let never = p.get()?.eq(0)?;
            let ratio = p.get()?.div(one_where(&never, q.get()?)?)?;
            g.mul(Tensor::scalar(1.0).sub(ratio)?)
        }
    });
    Ok(y.record("kl_divergence", [by_p, by_q]))
}

fn divergence(p: f64, q: f64) -> f64 {
    let w = (q - p) / p;
    if p == 0.0 {
        q
    } else if near(w) {
        p * log_gap_of(w)
    } else {
        p * (p.ln() - q.ln()) - p + q
    }
}

/// −a eᵃ: the term of the entropy of a probability whose logarithm is a.
pub(crate) fn entropy_of_logs(a: &Tensor) -> Result<Tensor> {
    let y = unary(a, |a| if a == f64::NEG_INFINITY { 0.0 } else { -a * a.exp() });
    let edge = a.edge(|| {
        let a = a.save();
        move |g: &Tensor| {
            let a = finite(a.get()?)?;
            g.mul(a.add(1.0)?.mul(a.exp())?.neg()?)
        }
    });
    Ok(y.record("entropy", [edge]))
}

/// (a − b)eᵃ − eᵃ + eᵇ: the term of the divergence of probabilities whose logarithms are a and b.
pub(crate) fn divergence_of_logs(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let y = binary("kl_divergence", a, b, log_divergence)?;
    let by_a = a.edge(|| {
        let (a, b) = (a.save(), b.save());
        move |g: &Tensor| {
            let never = a.get()?.eq(f64::NEG_INFINITY)?;
            let gap = never.where_(0.0, a.get()?)?.sub(never.where_(0.0, b.get()?)?)?;
            g.mul(gap.mul(finite(a.get()?)?.exp())?)
        }
    });
    let by_b = b.edge(|| {
        let (a, b) = (a.save(), b.save());
        move |g: &Tensor| g.mul(finite(b.get()?)?.exp().sub(finite(a.get()?)?.exp())?)
    });
    Ok(y.record("kl_divergence", [by_a, by_b]))
}

fn log_divergence(a: f64, b: f64) -> f64 {
    let (p, delta) = (a.exp(), b - a);
    if p == 0.0 {
        b.exp()
    } else if delta.abs() < 0.5 {
        p * exp_gap_of(delta)
    } else {
        -p * delta - p + b.exp()
    }
}

/// Logarithms with a finite number, whose exponential is 0 all the same, in the place of −∞: an
/// infinite one times 0 would be NaN.
fn finite(logs: &Tensor) -> Result<Tensor> {
    logs.eq(f64::NEG_INFINITY)?.where_(-1e4, logs)
}

/// w − log(1 + w) ≥ 0, with its digits also near 0.
pub(crate) fn log_gap(w: &Tensor) -> Tensor {
    let y = unary(w, log_gap_of);
    let edge = w.edge(|| {
        let w = w.save();
        move |g: &Tensor| g.mul(w.get()?.div(w.get()?.add(1.0)?)?)
    });
    y.record("log_gap", [edge])
}

fn log_gap_of(w: f64) -> f64 {
    if w == f64::INFINITY || !near(w) {
        return if w == f64::INFINITY { w } else { w - w.ln_1p() };
    }
    let s = w / (2.0 + w);
    // From the smallest term up: 17 of them, as s² is at most 1/9.
    let series = (1..=17).rev().fold(0.0, |sum, k| sum * s * s + 1.0 / f64::from(2 * k + 1));
    s * (w - 2.0 * s * s * series)
}

/// Where the difference w − log(1 + w) would lose more than two bits.
fn near(w: f64) -> bool {
    -0.5 < w && w < 1.0
}

/// eᵟ − 1 − δ ≥ 0, with its digits also near 0.
pub(crate) fn exp_gap(delta: &Tensor) -> Tensor {
    let y = unary(delta, exp_gap_of);
    let edge = delta.edge(|| {
        let delta = delta.save();
        move |g: &Tensor| g.mul(delta.get()?.expm1())
    });
    y.record("exp_gap", [edge])
}

fn exp_gap_of(delta: f64) -> f64 {
    if delta == f64::INFINITY || delta.abs() >= 0.5 {
        return if delta == f64::INFINITY { delta } else { delta.exp_m1() - delta };
    }
    // δ²/2·(1 + δ/3·(1 + δ/4·(…))): 15 terms, as δ is at most ½.
    let series = (3..=17).rev().fold(1.0, |sum, k| 1.0 + delta / f64::from(k) * sum);
    delta * delta / 2.0 * series
}

fn one_where(never: &Tensor, x: &Tensor) -> Result<Tensor> {
    never.where_(1.0, x)
}

fn unary(x: &Tensor, f: impl Fn(f64) -> f64) -> Tensor {
    Tensor::new(match &x.array().to_float() {
        Array::F32(data) => Array::F32(map(data, |x| f(x.into()) as f32)),
        other => Array::F64(map(&crate::dtype::private::Sealed::cast_from(other), f)),
    })
}

fn binary(op: &'static str, p: &Tensor, q: &Tensor, f: impl Fn(f64, f64) -> f64) -> Result<Tensor> {
    let Pair { left, right, shape, .. } = Pair::new(op, &p.into(), &q.into())?.into_float();
    Ok(Tensor::new(match (&left, &right) {
        (Array::F32(x), Array::F32(y)) => {
            Array::F32(zip(x, y, &shape, |x, y| f(x.into(), y.into()) as f32))
        }
        (Array::F64(x), Array::F64(y)) => Array::F64(zip(x, y, &shape, f)),
        _ => unreachable!("a pair is made floating"),
    }))
}
