//! Chores that build the engine in a special way and watch it run.
//!
//! Each is another build of everything, so each has a folder of its own under `target`. The
//! sanitizers and Miri are parts of the nightly toolchain: `rustup toolchain install nightly`.

use std::path::Path;
use std::process::Command;

use crate::{cargo, run};

/// `cargo xtask loom`: the team's models, in every order of events that the memory model allows.
pub(crate) fn loom() -> bool {
    let models = ["test", "--locked", "-p", "linnea", "--release", "--lib", "--", "loom"];
    cargo(&models, &[("RUSTFLAGS", "--cfg loom"), ("CARGO_TARGET_DIR", &folder("loom"))])
}

/// `cargo xtask asan`: the kernels, and losses, predictions and SGD, under AddressSanitizer, at every level
/// that the machine has, since the tests go through them all. It watches the dependencies' `unsafe` with
/// ours.
pub(crate) fn asan() -> bool {
    let flags = "-Zsanitizer=address";
    let mut engine = sanitized("asan", flags, "linnea");
    engine.args(["--", "loss::", "model::", "sgd::", "team::"]);
    run(&mut sanitized("asan", flags, "linnea-kernels")) && run(&mut engine)
}

/// `cargo xtask tsan`: the team, SGD and whole passes under ThreadSanitizer, but for the tests that
/// panic, one at a time.
///
/// Where the toolchain has the standard library's source (`rustup component add rust-src`), the
/// library is built with it, and everything is watched. Otherwise the library is linked as it comes:
/// our code and all that is compiled into it are watched, atomics, `Vec` and the fast paths of locks
/// among them, and starting and joining threads is understood. What a contended lock does inside the
/// library is not seen, and could be reported although it is right; what is known to be is in
/// `tsan.supp`.
pub(crate) fn tsan() -> bool {
    let mut command = if has_source() {
        let mut command = sanitized("tsan", "-Zsanitizer=thread", "linnea");
        command.arg("-Zbuild-std");
        command
    } else {
        eprintln!("without rust-src: the standard library itself is not watched");
        let flags = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer";
        let mut command = sanitized("tsan", flags, "linnea");
        let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("tsan.supp");
        command.env("TSAN_OPTIONS", format!("suppressions={}", known.display()));
        command
    };
    let tests = ["--", "--test-threads=1", "--skip", "panic", "pass::", "sgd::", "team::"];
    run(command.args(tests))
}

/// `cargo xtask miri`: the kernels' portable path in Miri, which interprets, and knows no AVX.
pub(crate) fn miri() -> bool {
    let mut command = nightly("cargo");
    command.args(["miri", "test", "--locked", "-p", "linnea-kernels", "--lib", "--"]);
    // Millions of exponentials, and of multiply-adds, take an interpreter too long.
    let long = ["the_error_is_at_most", "every_instruction_set", "for_many_classes"];
    command.args(long.iter().flat_map(|test| ["--skip", test]));
    command.env("MIRIFLAGS", "-Zmiri-env-forward=LINNEA_LEVEL").env("LINNEA_LEVEL", "portable");
    run(command.env("CARGO_TARGET_DIR", folder("miri")))
}

/// The unit tests of a crate, built by nightly with a sanitizer.
fn sanitized(name: &str, flags: &str, package: &str) -> Command {
    // With a target, though it is this machine, build scripts and macros are built without.
    let host = ask(&["--print", "host-tuple"]).unwrap_or_default();
    let mut command = nightly("cargo");
    command.args(["test", "--locked", "-p", package, "--lib", "--target", &host]);
    command.env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", folder(name));
    command
}

/// Whether the nightly toolchain has the source of the standard library.
fn has_source() -> bool {
    let source = "lib/rustlib/src/rust/library/Cargo.toml";
    ask(&["--print", "sysroot"]).is_some_and(|sysroot| Path::new(&sysroot).join(source).exists())
}

/// What nightly's compiler answers.
fn ask(arguments: &[&str]) -> Option<String> {
    let answer = nightly("rustc").args(arguments).output().ok()?;
    if !answer.status.success() {
        eprintln!("no nightly toolchain: rustup toolchain install nightly");
        return None;
    }
    Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// A program of the nightly toolchain.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]);
    command
}

/// Where a special build lies.
fn folder(name: &str) -> String {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    target.join(name).display().to_string()
}
