//! Ctrl-C: what was reached is kept, and the shell is told.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Folder, linnea};

/// Interrupts a command after so many seconds, and says what it wrote to standard error.
fn interrupted_after(folder: &Folder, args: &[&str], seconds: u64) -> String {
    let child = Command::new(env!("CARGO_BIN_EXE_linnea"))
        .args(args)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(seconds));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    said
}

#[test]
fn ctrl_c_keeps_the_best_model_of_a_sweep() {
    let folder = Folder::new();
    let args = "sweep digits --lr 0.05,0.1 --epochs 100000000 --folds 2 -q -o m.safetensors";
    let args: Vec<&str> = args.split(' ').collect();
    let written = |seconds| {
        let said = interrupted_after(&folder, &args, seconds);
        let written = folder.path().join("m.safetensors").exists();
        let words =
            if written { "interrupted: the best model so far is in" } else { "interrupted before" };
        assert!(said.contains(words) && !said.contains("error"), "{said}");
        written
    };
    // On a machine that is busy, training may not have begun.
    assert!([1, 5, 20, 60].into_iter().any(written));
}

#[test]
fn ctrl_c_keeps_the_best_model() {
    let folder = Folder::new();
    let args = ["train", "digits", "--epochs", "100000000", "-o", "m.safetensors"];
    let written = |seconds| {
        interrupted_after(&folder, &args, seconds);
        folder.path().join("m.safetensors").exists()
    };
    // On a machine that is busy, training may not have begun.
    assert!([1, 5, 20, 60].into_iter().any(written));
    let output = linnea(&folder).args(["evaluate", "m.safetensors", "digits", "--json"]).output();
    let accuracy: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert!(accuracy["metrics"]["accuracy"].as_f64().unwrap() > 0.9);
}
