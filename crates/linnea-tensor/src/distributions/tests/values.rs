//! Values: PyTorch 2.15's in f64, or mpmath's to 40 digits where PyTorch loses some.

use crate::distributions::{
    Bernoulli, Categorical, Continuous, Distribution, Laplace, Normal, Uniform, kl,
};
use crate::{Result, Tensor, tensor};
use std::f64::consts::LN_2;

#[track_caller]
fn assert_near(value: Result<Tensor>, known: &[f64]) {
    let value = value.unwrap().to_f64_vec();
    assert_eq!(value.len(), known.len());
    for (y, known) in value.iter().zip(known) {
        assert!(y == known || (y - known).abs() <= 4e-15 * known.abs(), "{y} is not {known}");
    }
}

#[test]
fn normal() -> Result<()> {
    let x = tensor![-3.0, -0.5, 0.0, 1.25, 40.0; f64];
    let p = Normal::new(0.5, 1.5)?;
    let logs = [
        -4.046625863535059,
        -1.5466258635350592,
        -1.3799591968683926,
        -1.449403641312837,
        -348.04662586353504,
    ];
    assert_near(p.log_prob(&x), &logs);
    assert_near(p.pdf(&tensor![-3.0, 0.0; f64]), &[logs[0].exp(), logs[2].exp()]);
    assert_near(
        p.cdf(&x),
        &[0.00981532862864537, 0.2524925375469229, 0.36944134018176367, 0.6914624612740131, 1.0],
    );
    let q = tensor![0.001, 0.3, 0.5, 0.9; f64];
    assert_near(p.icdf(&q), &[-4.135348459251721, -0.2866007690620612, 0.5, 2.422327348316901]);
    assert_near(p.cdf(&p.icdf(&q)?), &[0.001, 0.3, 0.5, 0.9]);
    let cdf = Normal::new(0, 1)?.cdf(&tensor![-37.0, -10.0, -1.0, 6.0; f64])?.to_f64_vec();
    let known =
        [5.725571222524577e-300, 7.619853024160525e-24, 0.15865525393145705, 0.9999999990134123];
    for ((y, known), z) in cdf.iter().zip(known).zip([37.0_f64, 10.0, 1.0, 6.0]) {
        // A rounding of z itself counts z² times, beside that of the result.
        assert!((y / known - 1.0).abs() < (1.0 + z * z) * f64::EPSILON, "{y} is not {known}");
    }
    let (mean, std) = (tensor![0.5; f64], tensor![1.5; f64]);
    let p = Normal::new(mean, std)?;
    assert_near(p.entropy(), &[1.824403641312837]);
    assert_near(p.variance(), &[2.25]);
    assert_near(p.std(), &[1.5]);
    Ok(())
}

#[test]
fn laplace() -> Result<()> {
    let x = tensor![-3.0, -0.5, 0.0, 1.25, 40.0; f64];
    let p = Laplace::new(0.5, 1.5)?;
    let logs = [
        -3.431945622001443,
        -1.7652789553347765,
        -1.431945622001443,
        -1.5986122886681098,
        -27.431945622001443,
    ];
    assert_near(p.log_prob(&x), &logs);
    assert_near(p.pdf(&x), &logs.map(f64::exp));
    assert_near(
        p.cdf(&x),
        &[
            0.04848598393220255,
            0.256708559516296,
            0.35826565528689464,
            0.6967346701436833,
            0.9999999999981696,
        ],
    );
    // mpmath; PyTorch gives 0 at −700.
    assert_near(
        Laplace::new(0, 1)?.cdf(&tensor![-700.0, -1.0, 2.0; f64]),
        &[4.929838271879885e-305, 0.18393972058572117, 0.9323323583816937],
    );
    let q = tensor![0.001, 0.3, 0.5, 0.9; f64];
    assert_near(p.icdf(&q), &[-8.821912147633286, -0.2662384356489861, 0.5, 2.9141568686511508]);
    assert_near(Laplace::new(0, 1)?.icdf(&tensor![5e-300; f64]), &[(1e-299_f64).ln()]);
    let p = Laplace::new(tensor![0.5; f64], 1.5)?;
    assert_near(p.entropy(), &[2.09861228866811]);
    assert_near(p.variance(), &[4.5]);
    Ok(())
}

#[test]
fn uniform() -> Result<()> {
    let x = tensor![-1.0, 0.0, 2.5; f64];
    let p = Uniform::new(tensor![-1.0; f64], 3.0)?;
    assert_near(p.log_prob(&x), &[-1.3862943611198906; 3]);
    assert_near(p.cdf(&x), &[0.0, 0.25, 0.875]);
    assert_near(p.icdf(&tensor![0.1, 0.5; f64]), &[-0.6, 1.0]);
    assert_near(p.entropy(), &[1.3862943611198906]);
    assert_near(p.mean(), &[1.0]);
    assert_near(p.variance(), &[4.0 / 3.0]);
    Ok(())
}

#[test]
fn bernoulli() -> Result<()> {
    let (x, not_x) = (tensor![1, 0, 1], tensor![0, 1, 0]);
    let p = Bernoulli::new(tensor![0.1, 0.5, 0.9; f64])?;
    assert_near(p.log_prob(&x), &[-2.3025850929940455, -LN_2, -0.10536051565782628]);
    assert_near(p.entropy(), &[0.3250829733914482, LN_2, 0.3250829733914482]);
    assert_near(p.variance(), &[0.09, 0.25, 0.09]);
    assert_near(p.cdf(&tensor![-0.5, 0.5, 1.0]), &[0.0, 0.5, 1.0]);
    assert_near(p.logits(), &[-9.0_f64.ln(), 0.0, 9.0_f64.ln()]);
    let p = Bernoulli::from_logits(tensor![-2.0, 0.5, 30.0; f64])?;
    assert_near(
        p.log_prob(&x),
        &[-2.1269280110429727, -0.9740769841801067, -9.357622968839737e-14],
    );
    assert_near(
        p.log_prob(&not_x),
        &[-0.1269280110429727, -0.4740769841801067, -30.000000000000092],
    );
    // mpmath; PyTorch gives 2.898e-12 for the last.
    assert_near(p.entropy(), &[0.3653338550872076, 0.6628473185791794, 2.900863120340187e-12]);
    assert_near(p.mean(), &[0.11920292202211755, 0.6224593312018546, 0.9999999999999065]);
    Ok(())
}

#[test]
fn categorical() -> Result<()> {
    let p = Categorical::new(&tensor![[1.0, 2.0, 1.0], [0.2, 0.2, 0.6]; f64])?;
    assert_near(p.log_prob(&tensor![2, 1]), &[-1.3862943611198906, -1.6094379124341003]);
    assert_near(p.pdf(&tensor![2, 1]), &[0.25, 0.2]);
    assert_near(p.pdf(&tensor![[2], [0]]), &[0.25, 0.6, 0.25, 0.2]);
    assert_near(p.cdf(&tensor![1.0, 1.5]), &[0.75, 0.4]);
    assert_near(p.entropy(), &[1.0397207708399179, 0.9502705392332347]);
    assert_near(p.mean(), &[1.0, 1.4]);
    assert_near(p.variance(), &[0.5, 0.64]);
    let p = Categorical::from_logits(&tensor![1.0, 2.0, -1.0; f64])?;
    let logs = [-1.3490122167681862, -0.34901221676818617, -3.349012216768186];
    assert_near(p.log_prob(&tensor![0, 1, 2]), &logs);
    assert_near(p.entropy(), &[0.7138657579886245]);
    assert_near(Ok(p.probs()), &logs.map(f64::exp));
    Ok(())
}

#[test]
fn divergences() -> Result<()> {
    let normal = |mean: f64, std: f64| Normal::new(tensor![mean; f64], std);
    let laplace = |at: f64, scale: f64| Laplace::new(tensor![at; f64], scale);
    let uniform = |low: f64, high: f64| Uniform::new(tensor![low; f64], high);
    assert_near(kl(&normal(0.5, 1.5)?, &normal(-1.0, 2.0)?), &[0.3501820724517809]);
    assert_near(kl(&laplace(0.5, 1.5)?, &laplace(-1.0, 2.0)?), &[0.31359165333036265]);
    assert_near(kl(&uniform(0.0, 1.0)?, &uniform(-1.0, 3.0)?), &[1.3862943611198906]);
    assert_near(kl(&uniform(-1.0, 3.0)?, &uniform(0.0, 1.0)?), &[f64::INFINITY]);
    assert_near(kl(&normal(0.5, 1.5)?, &laplace(-1.0, 2.0)?), &[0.43686392568858295]);
    assert_near(kl(&laplace(0.5, 1.5)?, &normal(-1.0, 2.0)?), &[0.35722342509650834]);
    assert_near(kl(&uniform(-1.0, 3.0)?, &normal(0.5, 1.5)?), &[0.28996113204479834]);
    let p = Bernoulli::new(tensor![0.1, 0.5, 0.9; f64])?;
    let q = Bernoulli::new(tensor![0.2, 0.3, 0.9; f64])?;
    assert_near(kl(&p, &q), &[0.03669001403475058, 0.08717669357238887, 0.0]);
    let p = Categorical::new(&tensor![0.2, 0.3, 0.5; f64])?;
    let q = Categorical::new(&tensor![0.4, 0.4, 0.2; f64])?;
    let logits = Categorical::from_logits(&tensor![0.4, 0.4, 0.2; f64].log())?;
    assert_near(kl(&p, &q), &[0.23321130808955418]);
    assert_near(kl(&p, &logits), &[0.23321130808955418]);
    Ok(())
}

#[test]
fn divergences_of_close_and_of_distant_distributions() -> Result<()> {
    // mpmath: the textbook's formulas give 0 or noise for the first two.
    let p = Normal::new(tensor![0.0; f64], 1.0 + 1e-9)?;
    let value = kl(&p, &Normal::new(0, 1)?)?.item();
    assert!((value / 1.0000001651474154e-18 - 1.0).abs() < 1e-12, "{value}");
    let p = Laplace::new(tensor![1e-8; f64], 1)?;
    assert_near(kl(&p, &Laplace::new(0, 1)?), &[4.999999983333334e-17]);
    // The probability e^−2000 is 0 in f64, but its logarithm is not infinite.
    let p = Categorical::from_logits(&tensor![0.0, 0.0; f64])?;
    let q = Categorical::from_logits(&tensor![0.0, -2000.0; f64])?;
    assert_near(kl(&p, &q), &[999.3068528194401]);
    Ok(())
}
