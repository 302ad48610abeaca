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

/// `cargo xtask asan`: kernels, losses and SGD under AddressSanitizer, at every level that the
/// machine has, since the tests go through them all. It watches the dependencies' `unsafe` with ours.
pub(crate) fn asan() -> bool {
    let tests = ["--", "kernel::", "loss::", "sgd::", "team::"];
    sanitize("asan", "-Zsanitizer=address", &[], &tests)
}

/// `cargo xtask tsan`: the team, SGD and whole passes under ThreadSanitizer.
///
/// Where the toolchain has the standard library's source (`rustup component add rust-src`), the
/// library is built with it, and everything is watched. Otherwise the library as it comes is linked:
/// what is compiled into our code, which is all of its atomics and generic parts, is watched; what a
/// lock does when it is contended is not, and could be reported although it is right.
pub(crate) fn tsan() -> bool {
    let tests = ["--", "pass::", "sgd::", "team::"];
    if has_source() {
        return sanitize("tsan", "-Zsanitizer=thread", &["-Zbuild-std"], &tests);
    }
    eprintln!("without rust-src: the standard library itself is not watched");
    let flags = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer";
    sanitize("tsan", flags, &[], &tests)
}

/// `cargo xtask miri`: the kernels' portable path in Miri, which interprets, and knows no AVX.
pub(crate) fn miri() -> bool {
    let mut command = nightly("cargo");
    command.args(["miri", "test", "--locked", "-p", "linnea", "--lib", "--", "kernel::"]);
    // Two million exponentials take an interpreter too long.
    command.args(["--skip", "the_error_is_at_most"]);
    command.env("MIRIFLAGS", "-Zmiri-env-forward=LINNEA_LEVEL").env("LINNEA_LEVEL", "portable");
    run(command.env("CARGO_TARGET_DIR", folder("miri")))
}

/// Tests of crate `linnea` on nightly, built with a sanitizer.
fn sanitize(name: &str, flags: &str, options: &[&str], tests: &[&str]) -> bool {
    let Some(host) = ask(&["--print", "host-tuple"]) else { return false };
    let mut command = nightly("cargo");
    command.args(["test", "--locked", "-p", "linnea", "--lib", "--target", &host]);
    command.args(options).args(tests);
    run(command.env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", folder(name)))
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
