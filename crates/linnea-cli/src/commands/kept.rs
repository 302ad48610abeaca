//! What a checkpoint makes of `--solver auto`, said aloud.

use linnea::data::Dataset;
use linnea::{Settings, Solver, Trainer};

use crate::args::FileArgs;
use crate::output;

/// Says that a checkpoint is why SGD is taken, where `auto` takes another solver without.
pub(super) fn say(files: &FileArgs, heads: &[Settings], data: &Dataset, quiet: bool) {
    let flag = match files {
        _ if quiet => return,
        FileArgs { checkpoint: Some(_), .. } => "--checkpoint",
        FileArgs { resume: Some(_), .. } => "--resume",
        _ => return,
    };
    let (plain, kept) = (Trainer::new(), Trainer::new().checkpoint(""));
    // What cannot be trained at all is refused later, in its own words.
    let Ok(solver) = plain.solver_for(data, heads) else { return };
    if solver != Solver::Sgd && kept.solver_for(data, heads).is_ok_and(|kept| kept == Solver::Sgd) {
        output::note(&format!(
            "note: a checkpoint is of SGD, so SGD is taken; without {flag} it would be {solver}, which \
             goes to the optimum"
        ));
    }
}
