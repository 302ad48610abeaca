//! Losses, with all their options: those that compare number with number, those between scores and
//! classes, and those that are likelihoods or divergences.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::loss::{
    BceWithLogits, CrossEntropy, GaussianNll, Hinge, HingeEmbedding, Huber, KlDiv, KlReduction, L1,
    Mse, Nll, PoissonNll, Reduction, SmoothL1, squared_loss,
};
use linnea_tensor::{Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const POINTWISE: &[(&str, Op)] = &[
    ("squared_loss", |x, _| outputs(squared_loss(&x[0], &x[1]))),
    ("mse", |x, a| outputs(Mse::new().reduction(reduction(a)).loss(&x[0], &x[1]))),
    ("l1", |x, a| outputs(L1::new().reduction(reduction(a)).loss(&x[0], &x[1]))),
    ("huber", |x, a| {
        let huber = a.maybe("delta").map_or(Huber::new(), |delta| Huber::new().delta(delta));
        outputs(huber.reduction(reduction(a)).loss(&x[0], &x[1]))
    }),
    ("smooth_l1", |x, a| {
        let smooth = a.maybe("beta").map_or(SmoothL1::new(), |beta| SmoothL1::new().beta(beta));
        outputs(smooth.reduction(reduction(a)).loss(&x[0], &x[1]))
    }),
    ("hinge", |x, a| outputs(Hinge::new().reduction(reduction(a)).loss(&x[0], &x[1]))),
    ("hinge_embedding", |x, a| {
        let hinge = HingeEmbedding::new().margin(a.get("margin"));
        outputs(hinge.reduction(reduction(a)).loss(&x[0], &x[1]))
    }),
];

pub(crate) const CLASSES: &[(&str, Op)] = &[
    ("cross_entropy", |x, a| outputs(cross_entropy(x, a))),
    ("nll", |x, a| outputs(nll(x, a))),
    ("bce_with_logits", |x, a| outputs(bce_with_logits(x, a))),
];

pub(crate) const LIKELIHOODS: &[(&str, Op)] = &[
    ("kl_div", |x, a| {
        let kl = KlDiv::new().log_target(a.maybe("log_target") == Some(true));
        outputs(kl.reduction(kl_reduction(a)).loss(&x[0], &x[1]))
    }),
    ("gaussian_nll", |x, a| outputs(gaussian_nll(x, a))),
    ("poisson_nll", |x, a| outputs(poisson_nll(x, a))),
];

fn reduction(a: &Arguments) -> Reduction {
    match a.maybe::<String>("reduction").as_deref() {
        None | Some("mean") => Reduction::Mean,
        Some("sum") => Reduction::Sum,
        Some("none") => Reduction::None,
        Some(other) => panic!("unknown reduction {other}"),
    }
}

fn kl_reduction(a: &Arguments) -> KlReduction {
    match a.maybe::<String>("reduction").as_deref() {
        Some("batchmean") => KlReduction::BatchMean,
        _ => reduction(a).into(),
    }
}

fn cross_entropy(x: &[Tensor], a: &Arguments) -> Result<Tensor> {
    let mut loss = CrossEntropy::new().reduction(reduction(a));
    if let Some(weight) = x.get(2) {
        loss = loss.weight(weight);
    }
    if let Some(class) = a.maybe("ignore_index") {
        loss = loss.ignore_index(class);
    }
    if let Some(share) = a.maybe("label_smoothing") {
        loss = loss.label_smoothing(share);
    }
    loss.loss(&x[0], &x[1])
}

fn nll(x: &[Tensor], a: &Arguments) -> Result<Tensor> {
    let mut loss = Nll::new().reduction(reduction(a));
    if let Some(weight) = x.get(2) {
        loss = loss.weight(weight);
    }
    if let Some(class) = a.maybe("ignore_index") {
        loss = loss.ignore_index(class);
    }
    loss.loss(&x[0], &x[1])
}

fn bce_with_logits(x: &[Tensor], a: &Arguments) -> Result<Tensor> {
    let mut loss = BceWithLogits::new().reduction(reduction(a));
    if let Some(weight) = a.tensor(x, "weight") {
        loss = loss.weight(weight);
    }
    if let Some(weight) = a.tensor(x, "pos_weight") {
        loss = loss.pos_weight(weight);
    }
    loss.loss(&x[0], &x[1])
}

fn gaussian_nll(x: &[Tensor], a: &Arguments) -> Result<Tensor> {
    let mut loss = GaussianNll::new().reduction(reduction(a));
    loss = loss.full(a.maybe("full") == Some(true));
    if let Some(eps) = a.maybe("eps") {
        loss = loss.eps(eps);
    }
    loss.loss(&x[0], &x[1], &x[2])
}

fn poisson_nll(x: &[Tensor], a: &Arguments) -> Result<Tensor> {
    let mut loss = PoissonNll::new().reduction(reduction(a));
    loss = loss.full(a.maybe("full") == Some(true));
    loss = loss.log_input(a.maybe("log_input") != Some(false));
    if let Some(eps) = a.maybe("eps") {
        loss = loss.eps(eps);
    }
    loss.loss(&x[0], &x[1])
}
