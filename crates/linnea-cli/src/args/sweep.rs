//! The flags of `linnea sweep`.

use clap::Args;

use super::numbers::{count, folds, momentum, penalty, positive, seed};
use super::{FileArgs, InputArgs, LossArg, RunningArgs, ScheduleArg, SolverArg, StandardizeArg};

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Losses to try, all for numbers; they are then ranked by the mean absolute error
    #[arg(
        long,
        value_enum,
        value_name = "LOSS,…",
        value_delimiter = ',',
        help_heading = "Settings to try"
    )]
    pub(crate) loss: Vec<LossArg>,

    /// Learning rates to try, at the start, in standardised features
    #[arg(long, value_name = "X,…", value_delimiter = ',', value_parser = positive, help_heading = "Settings to try")]
    pub(crate) lr: Vec<f64>,

    /// Weights of the penalty l2/2·‖W‖² to try
    #[arg(long, value_name = "X,…", value_delimiter = ',', value_parser = penalty, help_heading = "Settings to try")]
    pub(crate) l2: Vec<f64>,

    /// Weights of the penalty l1·‖W‖₁ to try
    #[arg(long, value_name = "X,…", value_delimiter = ',', value_parser = penalty, help_heading = "Settings to try")]
    pub(crate) l1: Vec<f64>,

    /// Momenta to try
    #[arg(long, value_name = "X,…", value_delimiter = ',', value_parser = momentum, help_heading = "Settings to try")]
    pub(crate) momentum: Vec<f64>,

    /// Numbers of passes over the data to try
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = count, help_heading = "Settings to try")]
    pub(crate) epochs: Vec<usize>,

    /// Seeds of the weights at the start to try
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = seed, help_heading = "Settings to try")]
    pub(crate) init_seed: Vec<u64>,

    /// Judge by cross-validation: train every setting N times more, each time without an Nth of the rows
    #[arg(long, value_name = "N", value_parser = folds, allow_negative_numbers = true, help_heading = "Choosing")]
    pub(crate) folds: Option<usize>,

    /// Column whose values say which rows belong together: no two folds have rows of one value
    #[arg(long, value_name = "COL", requires = "folds", conflicts_with_all = ["time", "valid"], help_heading = "Choosing")]
    pub(crate) group: Option<String>,

    /// Column of times, numbers or dates such as 2024-01-31: every fold learns from what was before the
    /// rows that it is judged by, and does not see what came later
    #[arg(
        long,
        value_name = "COL",
        requires = "folds",
        conflicts_with = "valid",
        help_heading = "Choosing"
    )]
    pub(crate) time: Option<String>,

    /// Keep the most penalised setting whose held-out loss is within one standard error of the best
    #[arg(long, requires = "folds", help_heading = "Choosing")]
    pub(crate) one_standard_error: bool,

    /// Threshold of --loss huber, in the target's units
    /// [default: 1.345 · 1.4826 · median |y − median y|]
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) delta: Option<f64>,

    /// How the loss is made small, for all settings alike
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(crate) solver: SolverArg,

    /// What a full-batch solver may leave of the gradient's norm, as a share of the start's
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) tol: Option<f64>,

    /// The most iterations of a full-batch solver [default: 1000]
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) max_iterations: Option<usize>,

    /// Rows in a minibatch [default: a 16th of the rows, from 16 to 256]
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,

    /// How the learning rate falls [default: cosine]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) schedule: Option<ScheduleArg>,

    /// Whether to centre and scale features: auto scales the pixels of images all alike
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(crate) standardize: StandardizeArg,

    /// Seed of the validation split, of the folds and of the order of the rows
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        value_parser = seed,
        allow_negative_numbers = true,
        help_heading = "Training"
    )]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) running: RunningArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}
