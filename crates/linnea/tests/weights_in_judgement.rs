//! Where a model is judged or calibrated, too, a row of weight 3 is a row that stands there three times.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod weighted;

use linnea::prelude::*;
use linnea::{Assessment, Classes};
use weighted::{both, counts, distance, rows};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1e-3)
}

/// Equal, or nearly, or both unknown.
fn agree(a: impl IntoIterator<Item = Option<f64>>, b: impl IntoIterator<Item = Option<f64>>) {
    let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert!(a == b || a.zip(*b).is_some_and(|(a, b)| close(a, b)), "{a:?} {b:?}");
    }
}

fn classes(model: &Model, data: &Dataset) -> Classes {
    match model.assess(data, None).unwrap() {
        Assessment::Classification(classes) => classes,
        Assessment::Regression(_) => panic!("a classification"),
    }
}

/// Everything but numbers of rows.
fn numbers(found: &Classes) -> Vec<Option<f64>> {
    let Classes { metrics, macro_precision, macro_recall, macro_f1, brier, .. } = found;
    let mut all = vec![Some(metrics.loss), Some(metrics.accuracy), found.auc];
    all.extend([macro_precision, macro_recall, macro_f1, brier].map(|&number| Some(number)));
    all.push(Some(found.calibration_error));
    all.extend(found.top_k.iter().map(|&share| Some(share)));
    let bins = found.reliability.iter();
    all.extend(bins.flat_map(|bin| [bin.above, bin.confidence, bin.accuracy]).map(Some));
    let scores = found.per_class.iter();
    all.extend(scores.flat_map(|class| [class.precision, class.recall, class.f1, class.auc]));
    all
}

#[test]
fn an_assessment_of_classes_counts_rows_by_their_weights() {
    for (seed, count) in [(1, 2), (2, 3), (3, 12)] {
        let data = rows(seed, 400, 3, count);
        let model = Trainer::new().l2(1e-2).fit(&data).unwrap().model;
        let (weighted, repeated) = both(&data, seed);
        let found = classes(&model, &weighted);
        agree(numbers(&found), numbers(&classes(&model, &repeated)));
        // Of the rows that there are.
        let rows: u64 = found.per_class.iter().map(|class| class.rows).sum();
        assert_eq!(rows, 400);
        let kept = found.metrics.confusion.unwrap();
        assert_eq!(kept.iter().flatten().sum::<u64>(), 400);
        // On any threads.
        let alone = model.assess(&weighted, Some(1)).unwrap();
        assert!(alone == model.assess(&weighted, Some(3)).unwrap());
    }
}

#[test]
fn all_right_is_an_accuracy_of_1_whatever_the_weights() {
    let x = (0..50).map(|i| f64::from(i) - 24.5).collect();
    let target = Targets::Classes((0..50).map(|i| u32::from(i > 24)).collect());
    let data = Dataset::dense(1, Values::F64(x), target).unwrap();
    let model = Trainer::new().l2(1e-3).fit(&data).unwrap().model;
    let data = data.with_weights((0..50).map(|i| 0.1 + f64::from(i) / 7.0).collect()).unwrap();
    let found = classes(&model, &data);
    assert_eq!([found.metrics.accuracy, found.top_k[0], found.macro_f1], [1.0; 3]);
    assert!(model.calibrate(&data, None).unwrap_err().to_string().contains("predicted right"));
}

#[test]
fn an_assessment_of_numbers_counts_rows_by_their_weights() {
    let data = [(Loss::Squared, rows(4, 300, 3, 0)), (Loss::Huber, rows(5, 300, 3, 0))];
    for (loss, data) in data.into_iter().chain([(Loss::Poisson, counts(6, 300, 3))]) {
        let model = Trainer::new().loss(loss).fit(&data).unwrap().model;
        let (weighted, repeated) = both(&data, 4);
        let found = |data: &Dataset| match model.assess(data, None).unwrap() {
            Assessment::Regression(found) => found,
            Assessment::Classification(_) => panic!("a regression"),
        };
        let all = [&weighted, &repeated].map(|data| {
            let metrics = found(data).metrics;
            let errors = [metrics.loss, metrics.rmse, metrics.mae].map(Some);
            [errors.to_vec(), vec![metrics.r2, metrics.d2]].concat()
        });
        let [a, b] = all;
        agree(a, b);
        // Residuals are those of the rows that count, each once.
        let weights = weighted.weights().unwrap();
        let once: Vec<usize> = (0..300).filter(|&row| weights[row] > 0.0).collect();
        assert_eq!(found(&weighted).residuals, found(&data.select(&once)).residuals);
    }
}

#[test]
fn a_gradient_counts_rows_by_their_weights() {
    let pairs = [(Loss::Huber, rows(7, 200, 3, 0)), (Loss::Poisson, counts(8, 200, 3))];
    for (loss, data) in pairs {
        let (weighted, repeated) = both(&data, 7);
        let model = Trainer::new().loss(loss).fit(&data).unwrap().model;
        let [a, b] = [&weighted, &repeated].map(|data| model.gradient(data, None).unwrap());
        assert!(close(a.loss, b.loss));
        let slopes = a.weight.iter().zip(&b.weight);
        assert!(slopes.into_iter().all(|(a, b)| (a - b).abs() < 1e-10), "{loss}");
    }
}

#[test]
fn a_temperature_counts_rows_by_their_weights() {
    for (seed, count) in [(9, 2), (10, 4)] {
        let data = rows(seed, 300, 3, count);
        let model = Trainer::new().l2(0.3).fit(&data).unwrap().model;
        let (weighted, repeated) = both(&data, seed);
        let [one, other, plain] =
            [&weighted, &repeated, &data].map(|data| model.calibrate(data, None).unwrap());
        assert!((one.temperature / other.temperature - 1.0).abs() < 1e-8);
        assert!((one.temperature / plain.temperature - 1.0).abs() > 1e-4);
        assert!(close(one.loss, other.loss) && close(one.loss_before, other.loss_before));
        assert!(distance(&one.model, &other.model) < 1e-8);
    }
}
