//! Our operations held to PyTorch's answers: types, shapes, values, gradients and refusals.
//!
//! The answers were made once by `golden/generate.py` (`cargo xtask golden`) and lie in
//! `golden/answers/`, a file for each family and a line for each case. A family here is a table from
//! the name of an operation to a function that runs ours; one helper ([`family::hold`]) does the rest.
//! Where we differ from PyTorch on purpose, the case says why under `differs`, holds the right answer,
//! and keeps PyTorch's beside it.

mod arguments;
mod case;
mod compare;
mod family;
mod text;

mod binary;
mod distributions;
mod elementwise;
mod information;
mod losses;
mod making;
mod nn;
mod norms;
mod optim;
mod products;
mod reductions;
mod schedules;
mod softmax;
mod views;

use family::hold;

/// A test for each family: a file of answers, a table, a tolerance. `--nocapture` shows how many cases
/// passed.
macro_rules! families {
    ($($name:ident: $table:expr, $tolerance:expr;)+) => {
        $(
            #[test]
            fn $name() {
                hold(stringify!($name), &$table, $tolerance);
            }
        )+

        #[test]
        fn every_file_of_answers_is_held() {
            family::check_files(&[$(stringify!($name)),+]);
        }
    };
}
families! {
    binary: binary::OPS, binary::TOLERANCE;
    classification: losses::CLASSES, losses::TOLERANCE;
    distributions: distributions::ops(), distributions::TOLERANCE;
    elementwise: elementwise::OPS, elementwise::TOLERANCE;
    information: information::OPS, information::TOLERANCE;
    likelihood: losses::LIKELIHOODS, losses::TOLERANCE;
    losses: losses::POINTWISE, losses::TOLERANCE;
    making: making::OPS, making::TOLERANCE;
    nn: nn::OPS, nn::TOLERANCE;
    norms: norms::OPS, norms::TOLERANCE;
    optim: optim::OPS, optim::TOLERANCE;
    products: products::OPS, products::TOLERANCE;
    promotion: binary::promoting(), binary::TOLERANCE;
    reductions: reductions::OPS, reductions::TOLERANCE;
    schedules: schedules::OPS, schedules::TOLERANCE;
    softmax: softmax::OPS, softmax::TOLERANCE;
    views: views::OPS, views::TOLERANCE;
}
