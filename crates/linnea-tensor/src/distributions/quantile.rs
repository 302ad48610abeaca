//! The quantile of the standard normal distribution: algorithm AS 241, PPND16, of M. J. Wichura,
//! *The Percentage Points of the Normal Distribution*, Applied Statistics 37 (1988), 477–484.
//!
//! It is a quotient of polynomials in one of three variables: q² in the middle, √(−log tail) near
//! and far in the tails; its relative error is about 1e-16. The derivative is that of an inverse:
//! 1/p(y) = √2π·exp(y²/2).

use crate::Tensor;
use crate::array::{Array, map};
use std::f64::consts::PI;

/// A quotient of two polynomials of the same degree, highest power first.
type Quotient = ([f64; 8], [f64; 8]);

const MIDDLE: Quotient = (
    [
        2509.0809287301227,
        33430.57558358813,
        67265.7709270087,
        45921.95393154987,
        13731.69376550946,
        1971.5909503065513,
        133.14166789178438,
        3.3871328727963665,
    ],
    [
        5226.495278852546,
        28729.085735721943,
        39307.89580009271,
        21213.794301586597,
        5394.196021424751,
        687.1870074920579,
        42.31333070160091,
        1.0,
    ],
);
const NEAR: Quotient = (
    [
        0.0007745450142783414,
        0.022723844989269184,
        0.2417807251774506,
        1.2704582524523684,
        3.6478483247632045,
        5.769497221460691,
        4.630337846156546,
        1.4234371107496835,
    ],
    [
        1.0507500716444169e-9,
        0.0005475938084995345,
        0.015198666563616457,
        0.14810397642748008,
        0.6897673349851,
        1.6763848301838038,
        2.053191626637759,
        1.0,
    ],
);
const FAR: Quotient = (
    [
        2.0103343992922881e-7,
        2.7115555687434876e-5,
        0.0012426609473880784,
        0.026532189526576124,
        0.29656057182850487,
        1.7848265399172913,
        5.463784911164114,
        6.657904643501103,
    ],
    [
        2.0442631033899397e-15,
        1.421511758316446e-7,
        1.8463183175100548e-5,
        0.0007868691311456133,
        0.014875361290850615,
        0.1369298809227358,
        0.599832206555888,
        1.0,
    ],
);

/// The number below which a standard normal number lies with probability q; NaN if q is no
/// probability.
pub(super) fn normal_quantile(q: &Tensor) -> Tensor {
    let y = Tensor::new(match &q.array().to_float() {
        Array::F32(data) => Array::F32(map(data, |q| quantile(q.into()) as f32)),
        other => Array::F64(map(&crate::dtype::private::Sealed::cast_from(other), quantile)),
    });
    let edge = q.edge_from(&y, || {
        |g: &Tensor, y: &Tensor| g.mul(y.square().mul(0.5)?.exp().mul((2.0 * PI).sqrt())?)
    });
    y.record("normal_quantile", [edge])
}

fn quantile(q: f64) -> f64 {
    if !(0.0..=1.0).contains(&q) {
        return f64::NAN;
    }
    let centred = q - 0.5;
    if centred.abs() <= 0.425 {
        return centred * quotient(&MIDDLE, 0.180625 - centred * centred);
    }
    let tail = q.min(1.0 - q);
    if tail == 0.0 {
        return f64::INFINITY.copysign(centred);
    }
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 { quotient(&NEAR, r - 1.6) } else { quotient(&FAR, r - 5.0) };
    size.copysign(centred)
}

fn quotient((above, below): &Quotient, x: f64) -> f64 {
    let polynomial = |of: &[f64; 8]| of.iter().fold(0.0, |sum, c| sum * x + c);
    polynomial(above) / polynomial(below)
}

#[cfg(test)]
mod tests {
    use super::{normal_quantile, quantile};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, tensor};

    #[test]
    fn quantiles_are_scipys() {
        // scipy 1.17 `ndtri`: middle, near and far tails.
        for (q, y) in [
            (1e-300, -37.0470962993612),
            (1e-20, -9.262340089798409),
            (1e-5, -4.264890793922825),
            (0.07, -1.4757910281791706),
            (0.3, -0.5244005127080409),
            (0.75, 0.6744897501960817),
            (0.95, 1.6448536269514722),
            (1.0 - 1e-10, 6.361340889697422),
        ] {
            assert!((quantile(q) - y).abs() <= 1e-15 * y.abs(), "{q}: {} {y}", quantile(q));
        }
    }

    #[test]
    fn ends_and_what_is_no_probability() {
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(quantile(0.5), 0.0);
        assert!([-0.1, 1.1, f64::NAN].iter().all(|&q| quantile(q).is_nan()));
    }

    #[test]
    fn the_gradient_is_that_of_differences() -> Result<()> {
        let q = tensor![0.01, 0.2, 0.5, 0.96; f64].requires_grad_()?;
        gradcheck(|q| Ok(normal_quantile(&q[0])), std::slice::from_ref(&q))?;
        gradgradcheck(|q| Ok(normal_quantile(&q[0])), &[q])
    }
}
