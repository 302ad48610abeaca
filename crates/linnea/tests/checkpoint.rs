//! A run that was broken off and goes on ends in the bits of one that was not.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use linnea::Error;
use linnea::prelude::*;

fn trainer(epochs: usize) -> Trainer<'static> {
    Trainer::new().epochs(epochs).learning_rate(0.05).l2(1e-3).seed(3)
}

/// Trains until `epoch` is done and is stopped then.
fn broken_off(data: &Dataset, epoch: usize, path: &Path) {
    let stop = AtomicBool::new(false);
    let trainer = trainer(12).checkpoint(path).interrupt(&stop);
    let fit = trainer.fit_with(data, |report| {
        stop.store(report.epoch == epoch, Ordering::Relaxed);
    });
    assert!(fit.unwrap().interrupted);
}

#[test]
fn a_resumed_run_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    for builtin in [Builtin::Digits, Builtin::Diabetes] {
        let (train, test) = builtin.train_test().unwrap();
        let whole = trainer(12).fit(&train).unwrap().model;
        for (epoch, threads) in [(1, 2), (5, 1), (11, 3)] {
            broken_off(&train, epoch, &path);
            let fit = trainer(12).threads(threads).resume(&path).fit(&train).unwrap();
            assert_eq!(fit.epochs.len(), 12);
            assert!(fit.model.to_bytes().unwrap() == whole.to_bytes().unwrap(), "{epoch}");
        }
        // The checkpoint is a model, too.
        assert!(Model::load(&path).unwrap().evaluate(&test, None).is_ok());
    }
}

#[test]
fn a_finished_run_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    // A checkpoint is written after the first epoch, which is the last one.
    let whole = trainer(1).checkpoint(&path).fit(&train).unwrap().model;
    let fit = trainer(1).resume(&path).fit(&train).unwrap();
    assert!(!fit.interrupted && fit.epochs.len() == 1);
    assert!(fit.model.to_bytes().unwrap() == whole.to_bytes().unwrap());
}

#[test]
fn heads_go_on_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let (train, _) = Builtin::Digits.train_test().unwrap();
    let settings = Settings { epochs: Some(6), learning_rate: Some(0.02), ..Settings::default() };
    let heads = [
        settings.clone(),
        Settings { l2: 0.1, epochs: Some(2), ..settings.clone() },
        // This one diverges, and does the others no harm.
        Settings { learning_rate: Some(1e30), ..settings },
    ];
    let bytes = |fits: Vec<linnea::Result<Fit>>| -> Vec<_> {
        fits.into_iter().map(|fit| fit.map(|fit| fit.model.to_bytes().unwrap())).collect()
    };
    let whole = bytes(Trainer::new().fit_heads(&train, &heads).unwrap());
    let kept = bytes(Trainer::new().checkpoint(&path).fit_heads(&train, &heads).unwrap());
    let resumed = bytes(Trainer::new().resume(&path).fit_heads(&train, &heads).unwrap());
    for fits in [&kept, &resumed] {
        assert!(fits[0].as_ref().unwrap() == whole[0].as_ref().unwrap());
        assert!(fits[1].as_ref().unwrap() == whole[1].as_ref().unwrap());
        assert!(matches!(fits[2], Err(Error::Diverged { .. })));
    }
    let alone = Trainer::new().settings(heads[1].clone()).fit(&train).unwrap().model;
    assert!(&alone.to_bytes().unwrap() == whole[1].as_ref().unwrap());
}

#[test]
fn other_data_or_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let (train, test) = Builtin::Diabetes.train_test().unwrap();
    broken_off(&train, 2, &path);
    let refusal = |trainer: Trainer<'_>, data: &Dataset| {
        trainer.resume(&path).fit(data).unwrap_err().to_string()
    };
    assert!(refusal(trainer(12), &test).contains("other data"));
    assert!(refusal(trainer(13), &train).contains("epochs was 12 and is 13"));
    assert!(refusal(trainer(12).momentum(0.5), &train).contains("momentum was 0.9 and is 0.5"));
    let model = folder.path().join("model.safetensors");
    trainer(2).fit(&train).unwrap().model.save(&model).unwrap();
    let error = trainer(12).resume(&model).fit(&train).unwrap_err().to_string();
    assert!(error.contains("no checkpoint"), "{error}");
}

#[test]
fn a_checkpoint_that_cannot_be_written_loses_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let path = folder.path().join("missing").join("run.safetensors");
    let fit = trainer(2).checkpoint(path).fit(&train).unwrap();
    assert!(fit.checkpoint_failure.is_some_and(|reason| reason.contains("cannot write")));
}

#[test]
fn a_run_of_counts_goes_on_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let x: Vec<f64> = (0..600).map(|i| f64::from(i * 37 % 101)).collect();
    let y = (0..300).map(|i| (x[2 * i] / 20.0).exp().round()).collect();
    let data = Dataset::dense(2, Values::F64(x), Targets::Values(y)).unwrap();
    let stop = AtomicBool::new(false);
    let trainer = Trainer::new().loss(Loss::Poisson).epochs(6).l2(0.5);
    let begun = trainer.clone().checkpoint(&path).interrupt(&stop);
    begun.fit_with(&data, |report| stop.store(report.epoch == 1, Ordering::Relaxed)).unwrap();
    let whole = trainer.fit(&data).unwrap().model;
    let resumed = trainer.clone().resume(&path).fit(&data).unwrap().model;
    assert!(resumed.to_bytes().unwrap() == whole.to_bytes().unwrap());
    let other = trainer.loss(Loss::Squared).resume(&path).fit(&data).unwrap_err();
    assert!(other.to_string().contains("another loss"), "{other}");
}
