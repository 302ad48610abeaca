//! Chores that build the engine in a special way and watch it run.
//!
//! Each is another build of everything, so each has a folder of its own under `target`.

use std::path::Path;

use crate::cargo;

/// `cargo xtask loom`: the team's models, in every order of events that the memory model allows.
pub(crate) fn loom() -> bool {
    let models = ["test", "--locked", "-p", "linnea", "--release", "--lib", "--", "loom"];
    cargo(&models, &[("RUSTFLAGS", "--cfg loom"), ("CARGO_TARGET_DIR", &folder("loom"))])
}

/// Where a special build lies.
fn folder(name: &str) -> String {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    target.join(name).display().to_string()
}
