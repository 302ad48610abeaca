//! Checkpoints of the command: killed at any moment, it leaves a readable one or none.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use linnea::Model;
use support::{Folder, linnea};

const TRAIN: [&str; 8] =
    ["train", "digits", "--epochs", "60", "--checkpoint", "run.safetensors", "-o", "m.safetensors"];

/// It ends when it is killed, and writes all the time.
const ENDLESS: [&str; 10] = [
    "train",
    "digits",
    "--epochs",
    "100000000",
    "--checkpoint",
    "run.safetensors",
    "--checkpoint-every",
    "0",
    "-o",
    "m.safetensors",
];

const SWEEP: [&str; 12] = [
    "sweep",
    "digits",
    "--lr",
    "0.02,0.1",
    "--folds",
    "3",
    "--epochs",
    "60",
    "--checkpoint",
    "run.safetensors",
    "-o",
    "m.safetensors",
];

fn start(folder: &Folder, command: &[&str], more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_linnea"))
        .args(command)
        .args(more)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn killed_at_any_moment_it_leaves_a_whole_checkpoint_or_none() {
    let folder = Folder::new();
    let path = folder.path().join("run.safetensors");
    let (mut kept, mut moment) = (0, 0_u64);
    // On a machine that is busy the first hundred may not have come so far.
    while moment < 100 || kept == 0 {
        let mut child = start(&folder, &ENDLESS, &[]);
        // Spread over the time in which the first checkpoints are written.
        std::thread::sleep(Duration::from_micros(
            moment * 7919 % 100 * 1500 + moment / 100 * 100_000,
        ));
        assert!(child.try_wait().unwrap().is_none(), "it has ended of its own");
        child.kill().unwrap();
        child.wait().unwrap();
        if path.exists() {
            kept += 1;
            assert!(Model::load(&path).is_ok(), "moment {moment}");
        }
        moment += 1;
    }
    // The next command clears away what the last was writing when it was killed.
    assert!(linnea(&folder).args(TRAIN).output().unwrap().status.success());
    let left = std::fs::read_dir(folder.path()).unwrap();
    let left = left.filter(|file| file.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
    assert_eq!(left.count(), 0);
    assert!(linnea(&folder).args(TRAIN).output().unwrap().status.success());
    let shown = linnea(&folder).args(["inspect", "run.safetensors"]).output().unwrap().stdout;
    assert!(!String::from_utf8(shown).unwrap().contains("gradient norm"), "it was not measured");
    let whole = bytes(&folder.path().join("m.safetensors"));
    let resumed = start(&folder, &TRAIN, &["--resume", "run.safetensors"]).wait().unwrap();
    assert!(resumed.success());
    assert!(bytes(&folder.path().join("m.safetensors")) == whole);
}

#[test]
fn what_is_no_checkpoint_is_refused_and_nothing_is_overwritten() {
    let folder = Folder::new();
    let text = folder.write("run.safetensors", "mine");
    let output = linnea(&folder).args(TRAIN).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no Linnea model"));
    assert_eq!(bytes(&text), b"mine");
    let output = linnea(&folder).args(["train", "digits", "--resume", "run.safetensors"]).output();
    let error = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(error.contains("run.safetensors"), "{error}");
}

#[test]
fn a_sweep_that_was_killed_goes_on_to_the_same_bits() {
    let folder = Folder::new();
    let path = folder.path().join("run.safetensors");
    let mut child = start(&folder, &SWEEP, &[]);
    while !path.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = start(&folder, &SWEEP, &["--resume", "run.safetensors"]).wait().unwrap();
    assert!(resumed.success());
    let model = folder.path().join("m.safetensors");
    let resumed = bytes(&model);
    assert!(linnea(&folder).args(SWEEP).output().unwrap().status.success());
    assert!(bytes(&model) == resumed);
}

#[test]
fn that_a_checkpoint_decides_the_solver_is_said() {
    let folder = Folder::new();
    let notes =
        |arguments: &str| support::stderr(&folder, &arguments.split(' ').collect::<Vec<_>>());
    let said = "note: a checkpoint is of SGD, so SGD is taken; without --checkpoint it would be ";
    for (arguments, solver) in [
        ("train diabetes --checkpoint c.safetensors", Some("exact")),
        ("train digits --l2 0.01 --checkpoint c.safetensors", Some("lbfgs")),
        ("sweep diabetes --l2 0.01,0.1 --checkpoint c.safetensors", Some("exact")),
        ("train diabetes --epochs 2 --checkpoint c.safetensors", None),
        ("train digits --checkpoint c.safetensors", None),
        ("sweep diabetes --lr 0.01,0.1 --checkpoint c.safetensors", None),
        ("train diabetes --checkpoint c.safetensors -q", None),
    ] {
        let notes = notes(arguments);
        match solver {
            Some(solver) => assert!(notes.contains(&format!("{said}{solver}")), "{notes}"),
            None => assert!(!notes.contains("a checkpoint is of SGD"), "{arguments}: {notes}"),
        }
    }
    let resumed = notes("train diabetes --resume c.safetensors");
    assert!(resumed.contains("without --resume it would be exact"), "{resumed}");
}
