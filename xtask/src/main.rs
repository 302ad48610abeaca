//! The project's own chores: `cargo xtask test` runs every test, `cargo xtask lint` everything else
//! that a change must pass, `cargo xtask book` the book's pages, `cargo xtask golden` asks PyTorch
//! for its answers, and `cargo xtask bench` measures the engine beside its peers.

mod bench;
mod golden;
/// The book's plots, compiled here again: as a dependency the book would bring its tensors and its
/// formulas into every chore.
#[path = "../../book/src/plot/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod plot;
mod python;
mod watch;

use std::env;
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask test [ARGS]   run every test of the workspace; ARGS go to cargo test
cargo xtask lint          formatting, clippy and documentation, warnings as errors
cargo xtask golden [--python PATH]
                          ask PyTorch and scikit-learn again for the answers in crates/*/golden, in an
                          environment made for it, or with a Python that has its requirements
cargo xtask loom          run the team's models in every order of events
cargo xtask asan          kernels, losses and SGD under AddressSanitizer (needs nightly)
cargo xtask tsan          team, SGD and passes under ThreadSanitizer (needs nightly)
cargo xtask miri          the kernels' portable path in Miri (needs nightly with Miri)
cargo xtask bench [--quick] [--only ID] [--data DIR] [--python PATH] [--runs N]
                          measure the works in benchmarks/works beside their peers
cargo xtask bench scaling [--quick]
                          the time of an epoch against rows, features, outputs, batch and threads
cargo xtask book          build the book's pages into target/book
cargo xtask figures       draw the book's figures anew";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((chore, rest)) if chore == "test" => test(rest),
        Some((chore, [])) if chore == "lint" => lint(),
        Some((chore, [])) if chore == "golden" => golden::golden(None),
        Some((chore, [flag, python])) if chore == "golden" && flag == "--python" => {
            golden::golden(Some(python))
        }
        Some((chore, [])) if chore == "loom" => watch::loom(),
        Some((chore, [])) if chore == "asan" => watch::asan(),
        Some((chore, [])) if chore == "tsan" => watch::tsan(),
        Some((chore, [])) if chore == "miri" => watch::miri(),
        Some((chore, rest)) if chore == "bench" => bench::bench(rest),
        Some((chore, [])) if chore == "book" => book(&["html", "target/book"]),
        Some((chore, [])) if chore == "figures" => book(&["figures"]),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn test(arguments: &[String]) -> bool {
    let arguments = arguments.iter().map(String::as_str);
    cargo(
        &["test", "--workspace", "--locked"].into_iter().chain(arguments).collect::<Vec<_>>(),
        &[],
    )
}

fn lint() -> bool {
    cargo(&["fmt", "--all", "--check"], &[])
        && cargo(
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
            &[],
        )
        && cargo(
            &["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"],
            &[("RUSTDOCFLAGS", "-D warnings")],
        )
}

/// Runs the book's own program, which is built only when it is asked for.
fn book(arguments: &[&str]) -> bool {
    let run = ["run", "--locked", "--package", "linnea-book", "--"];
    cargo(&[&run, arguments].concat(), &[])
}

/// Runs cargo, and says whether it succeeded.
fn cargo(arguments: &[&str], variables: &[(&str, &str)]) -> bool {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(program).args(arguments).envs(variables.iter().copied()))
}

/// Runs a program, and says whether it succeeded.
fn run(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot run {}: {error}", command.get_program().display());
            false
        }
    }
}
