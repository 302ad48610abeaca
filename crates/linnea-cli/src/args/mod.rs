//! The command line. Help, completions and the manual page are made from this one definition.

mod numbers;
mod sweep;

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use linnea::data::{Header, Missing, ReadOptions, Task};
use linnea::statistics::Covariance;
use linnea::{Loss, Schedule, Solver, Standardize, Trainer};

pub(crate) use sweep::SweepArgs;

use numbers::{count, fraction, momentum, penalty, positive, seconds, seed, threads};

/// Trains linear and softmax regression, fast and reproducibly.
#[derive(Debug, Parser)]
#[command(name = "linnea", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  linnea train digits
  linnea train housing.csv --target price --valid 0.2
  linnea evaluate housing.safetensors more.csv
  linnea predict housing.safetensors new.csv -o prices.csv

DATA is a built-in name (digits, diabetes), a CSV or TSV file or an IDX file (gzip or not), a folder
with the four MNIST-style IDX files, or - for CSV on standard input.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads data, trains, prints a summary and writes a model
    Train(Box<TrainArgs>),
    /// Trains many settings side by side, ranks them, and saves the best model
    Sweep(Box<SweepArgs>),
    /// Prints the metrics of a saved model on data
    Evaluate(EvaluateArgs),
    /// Writes one prediction per row, in order
    Predict(PredictArgs),
    /// Shows what a data file or a model holds
    Inspect(InspectArgs),
    /// Lists the data sets known by name, or says where one is
    Datasets(DatasetsArgs),
    /// Measures this machine's ceilings, and how close training comes to them
    Roofline(RooflineArgs),
    /// Prints a completion script for a shell
    Completions(CompletionsArgs),
    /// Prints the manual page
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// What is made small, which decides the task: squared for a number, huber for one with outliers,
    /// poisson for a count, softmax for a class [default: squared or softmax, by the target]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) loss: Option<LossArg>,

    /// Threshold of --loss huber, in the target's units: residuals beyond it count in proportion to
    /// their size, not to its square [default: 1.345 · 1.4826 · median |y − median y|]
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) delta: Option<f64>,

    /// How the loss is made small: to the optimum by all rows in every step (lbfgs; newton where the
    /// conditions are bad; proximal with --l1, and without, mostly slower), or near it by
    /// minibatches (sgd); auto takes what suits data and penalty
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(crate) solver: SolverArg,

    /// What a full-batch solver may leave of the gradient's norm, as a share of the start's; with --l1,
    /// of the duality gap [default: 1e-8; 1e-6 where rows are stored in less than f64; 1e-4 where auto
    /// begins with SGD, on large data]
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) tol: Option<f64>,

    /// The most iterations of a full-batch solver [default: 1000]
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) max_iterations: Option<usize>,

    /// Passes over the data [default: enough for about 3,000 steps, from 10 to 200]
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) epochs: Option<usize>,

    /// Rows in a minibatch [default: a 16th of the rows, from 16 to 256]
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,

    /// Learning rate at the start, in standardised features [default: from the data's curvature]
    #[arg(long, value_name = "X", value_parser = positive, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) lr: Option<f64>,

    /// How the learning rate falls: along half a cosine, or tenfold after 1/2 and 3/4 of the steps
    /// [default: cosine]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) schedule: Option<ScheduleArg>,

    /// Momentum of the steps [default: 0.9]
    #[arg(long, value_name = "X", value_parser = momentum, allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) momentum: Option<f64>,

    /// Weight of the penalty l2/2·‖W‖² on the standardised features' weights, not the intercept's
    #[arg(
        long, value_name = "X", default_value_t = 0.0, value_parser = penalty, allow_negative_numbers = true,
        help_heading = "Training"
    )]
    pub(crate) l2: f64,

    /// Weight of the penalty l1·‖W‖₁ on the same weights, which makes some of them exactly 0
    #[arg(
        long, value_name = "X", default_value_t = 0.0, value_parser = penalty, allow_negative_numbers = true,
        help_heading = "Training"
    )]
    pub(crate) l1: f64,

    /// Whether to centre and scale features: auto scales the pixels of images all alike
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(crate) standardize: StandardizeArg,

    /// Standard errors, tests and measures of fit; regression is then solved exactly
    #[arg(long, conflicts_with_all = ["checkpoint", "resume"], help_heading = "Statistics")]
    pub(crate) statistics: bool,

    /// Covariance of a regression's coefficients: classic, or robust to unequal noise
    #[arg(long, value_enum, default_value_t, requires = "statistics", help_heading = "Statistics")]
    pub(crate) covariance: CovarianceArg,

    /// Column whose values say which rows of a regression depend on each other: standard errors are then
    /// clustered
    #[arg(
        long,
        value_name = "COL",
        requires = "statistics",
        conflicts_with = "covariance",
        help_heading = "Statistics"
    )]
    pub(crate) cluster: Option<String>,

    /// Leave the intercept out of a regression
    #[arg(long, requires = "statistics", help_heading = "Statistics")]
    pub(crate) no_intercept: bool,

    #[command(flatten)]
    pub(crate) of_rows: OfRowsArgs,

    /// Divide logits, at the end, by the temperature that fits the probabilities of the validation rows
    #[arg(long, requires = "valid", conflicts_with = "statistics", help_heading = "Training")]
    pub(crate) calibrate: bool,

    /// Seed of the validation split and of the order of the rows
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

/// Ends the program, for flags that contradict each other.
fn refuse(message: &str) -> ! {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{message}\n")).exit()
}

impl TrainArgs {
    /// The solver, which is SGD where auto is told what only SGD understands. Ends the program if a
    /// flag contradicts it.
    pub(crate) fn solver(&self) -> Solver {
        let given = |flags: &[(bool, &'static str)]| {
            flags.iter().find(|(given, _)| *given).map(|&(_, flag)| flag)
        };
        let sgd = given(&[
            (self.epochs.is_some(), "--epochs"),
            (self.batch_size.is_some(), "--batch-size"),
            (self.lr.is_some(), "--lr"),
            (self.schedule.is_some(), "--schedule"),
            (self.momentum.is_some(), "--momentum"),
            (self.files.checkpoint.is_some(), "--checkpoint"),
            (self.files.resume.is_some(), "--resume"),
        ]);
        let full_batch = given(&[
            (self.l1 > 0.0, "--l1"),
            (self.tol.is_some(), "--tol"),
            (self.max_iterations.is_some(), "--max-iterations"),
        ]);
        let wrong = match (self.solver, sgd, full_batch) {
            (SolverArg::Auto, Some(flag), Some(other)) => Some(format!(
                "{flag} is for minibatches and {other} for solvers that see all rows; give one of them"
            )),
            (SolverArg::Sgd, _, Some(flag)) => Some(format!(
                "{flag} does not go with --solver sgd; leave --solver out, or leave out {flag}"
            )),
            (SolverArg::Lbfgs | SolverArg::Newton | SolverArg::Exact, ..) if self.l1 > 0.0 => {
                Some(format!("--l1 does not go with --solver {}; take proximal", self.solver))
            }
            (SolverArg::Auto | SolverArg::Sgd, ..) | (_, None, _) => None,
            (solver, Some(flag), _) => Some(format!(
                "{flag} does not go with --solver {solver}; take sgd, or leave out {flag}"
            )),
        };
        if let Some(message) = wrong {
            refuse(&message);
        }
        if sgd.is_some() { Solver::Sgd } else { self.solver.into() }
    }
}

/// What to learn from.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// What to learn from: a built-in name, a file, a folder of IDX files, or -
    pub(crate) data: String,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Data to test on, besides a test set that DATA brings itself
    #[arg(long, value_name = "DATA", help_heading = "Data")]
    pub(crate) test: Option<String>,

    /// Column that says how many rows each row counts for, from 0 on, such as 2 or 0.5; it is no feature.
    /// To train --statistics it is no count, but the inverse of the variance of the row's noise
    #[arg(long, value_name = "COL", help_heading = "Data")]
    pub(crate) weight: Option<String>,

    /// Share of the rows to hold out for validation, such as 0.2
    #[arg(long, value_name = "FRACTION", value_parser = fraction, allow_negative_numbers = true, help_heading = "Data")]
    pub(crate) valid: Option<f64>,
}

impl InputArgs {
    /// What the data are called, in a summary and in the model.
    pub(crate) fn name(&self) -> &str {
        if self.data == "-" { "standard input" } else { &self.data }
    }

    /// How the data are to be read, for these losses and this threshold.
    pub(crate) fn options(&self, losses: &[LossArg], delta: Option<f64>) -> ReadOptions {
        let (task, weight) = (self.task(losses, delta), self.weight.clone());
        ReadOptions { task, weight, ..ReadOptions::from(&self.reading) }
    }

    /// The task, by --task or by --loss. Ends the program if they contradict each other, or one loss
    /// the other, or if there is a threshold and no loss that has one.
    fn task(&self, losses: &[LossArg], delta: Option<f64>) -> Task {
        if delta.is_some() && !losses.contains(&LossArg::Huber) {
            refuse("--delta is the threshold of --loss huber; give both, or leave it out");
        }
        let of_classes = |loss: &LossArg| Loss::from(*loss).is_of_classes();
        let Some(first) = losses.first().map(of_classes) else { return self.reading.task.into() };
        if losses.iter().any(|loss| of_classes(loss) != first) {
            refuse("a sweep has one task: softmax is for classes, every other --loss for numbers");
        }
        let by_loss = if first { TaskArg::Classification } else { TaskArg::Regression };
        if self.reading.task != TaskArg::Auto && self.reading.task != by_loss {
            refuse("--loss and --task contradict each other; one is enough");
        }
        by_loss.into()
    }
}

/// Files that say what each row is to a regression.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Statistics")]
pub(crate) struct OfRowsArgs {
    /// File (.csv or .jsonl) for the influence of each training row, counted from 0 in their order, those without
    /// what is missing if it is dropped: fitted value, residual, leverage, standardised (internally studentised) residual, Cook's distance
    #[arg(long, value_name = "FILE", requires = "statistics", conflicts_with = "valid")]
    pub(crate) influence: Option<PathBuf>,

    /// File (.csv or .jsonl) for the prediction of each row of the test data, or of the training data if
    /// there are none: its standard error, and its 95 % confidence and prediction interval, the latter for
    /// an observation of weight 1
    #[arg(long, value_name = "FILE", requires = "statistics")]
    pub(crate) intervals: Option<PathBuf>,
}

/// What is written, besides what is printed.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// File that is to hold, about every second, all that is needed to go on; it is a model too. Only
    /// minibatches (sgd) can be gone on with, so that auto takes them
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// Seconds between two checkpoints, at least; 0 writes one after every epoch [default: 1]
    #[arg(
        long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true,
        requires = "checkpoint", help_heading = "Output"
    )]
    pub(crate) checkpoint_every: Option<f64>,

    /// Go on from a checkpoint of the same command: the result has the same bits as without a break
    #[arg(long, value_name = "FILE", help_heading = "Training")]
    pub(crate) resume: Option<PathBuf>,

    /// File for the model, which replaces nothing but an older model [default: the data's name, with
    /// .safetensors, in this folder]
    #[arg(short, long, value_name = "MODEL", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
}

/// How to read data that have no schema yet.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub(crate) struct ReadingArgs {
    /// Whether line 1 of a text holds the columns' names; without, they are c1, c2, …
    #[arg(long, value_enum, default_value_t)]
    pub(crate) header: HeaderArg,

    /// Column to predict [default: the last one]
    #[arg(long, value_name = "COL")]
    pub(crate) target: Option<String>,

    /// Whether the target is a number or a class
    #[arg(long, value_enum, default_value_t)]
    pub(crate) task: TaskArg,

    /// What to do about missing values (empty, NA, N/A, NaN, null, None, ?): put the column's mean
    /// (a category's share), drop the row, or stop
    #[arg(long, value_enum, default_value_t)]
    pub(crate) missing: MissingArg,

    /// Columns to take for categories although they hold numbers
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub(crate) categorical: Vec<String>,

    /// Columns to leave out
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct RunningArgs {
    /// Threads to use; the result does not depend on it [default: one a processor]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    /// Print one JSON object instead of the summary
    #[arg(long)]
    pub(crate) json: bool,

    /// No progress bar and no notes on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// A model that train has written
    pub(crate) model: PathBuf,

    /// What to evaluate on
    pub(crate) data: String,

    /// Which rows: by default the data's own test set if there is one, else all
    #[arg(long, value_enum)]
    pub(crate) part: Option<PartArg>,

    /// Column that says how many rows each row counts for [default: that of the training, if it had one]
    #[arg(long, value_name = "COL")]
    pub(crate) weight: Option<String>,

    /// Let all rows count alike, although they did not in training
    #[arg(long, conflicts_with = "weight")]
    pub(crate) unweighted: bool,

    #[command(flatten)]
    pub(crate) running: RunningArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// A model that train has written
    pub(crate) model: PathBuf,

    /// What to predict; a target column is not needed, and columns may come in any order
    pub(crate) data: String,

    /// File for the predictions, .csv or .jsonl [default: CSV on standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Add a column with the probability of each class
    #[arg(long)]
    pub(crate) proba: bool,

    /// Which rows: by default the data's own test set if there is one, else all
    #[arg(long, value_enum)]
    pub(crate) part: Option<PartArg>,

    /// Threads to use; the result does not depend on it [default: one a processor]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    /// No notes on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// A data file, a data set's name, or a model
    pub(crate) file: String,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Print one JSON object instead of tables
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// No notes on standard error
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DatasetsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<DatasetsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Lists the data sets known by name
    List,
    /// Prints where a data set's file or folder is; a built-in one is written there as CSV first
    Path {
        /// The data set's name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RooflineArgs {
    /// The most threads to measure with [default: one a processor]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    /// A few seconds instead of half a minute: fewer passes, and a tenth of the rows
    #[arg(long)]
    pub(crate) quick: bool,

    /// Print one JSON object instead of tables
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// No progress and no notes on standard error
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command to describe [default: all of linnea]
    pub(crate) command: Option<String>,
}

/// A library's enum on the command line: the same names, the first of them the default.
macro_rules! mirror {
    ($name:ident of $library:ident: $default:ident $(, $other:ident)*) => {
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { #[default] $default, $($other),* }

        impl From<$name> for $library {
            fn from(value: $name) -> Self {
                match value {
                    $name::$default => Self::$default,
                    $($name::$other => Self::$other),*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
            }
        }
    };
}

mirror!(HeaderArg of Header: Auto, Yes, No);
mirror!(LossArg of Loss: Squared, Softmax, Huber, Poisson);
mirror!(TaskArg of Task: Auto, Regression, Classification);
mirror!(MissingArg of Missing: Mean, Drop, Error);
mirror!(ScheduleArg of Schedule: Cosine, Constant, Step);
mirror!(CovarianceArg of Covariance: Classic, Hc0, Hc1, Hc2, Hc3);
mirror!(SolverArg of Solver: Auto, Sgd, Lbfgs, Newton, Proximal, Exact);
mirror!(StandardizeArg of Standardize: Auto, On, Off);

/// Some of a data set's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartArg {
    /// The rows to learn from, less those that were held out by train's --valid
    Train,
    /// The rows that were held out by train's --valid
    Valid,
    /// The data's own test set
    Test,
}

impl FileArgs {
    /// The trainer, keeping checkpoints and going on from one as is said.
    pub(crate) fn keep<'a>(&self, trainer: Trainer<'a>) -> Trainer<'a> {
        let every = self.checkpoint_every.map(Duration::from_secs_f64);
        let trainer = every.into_iter().fold(trainer, Trainer::checkpoint_interval);
        let trainer = self.checkpoint.iter().fold(trainer, Trainer::checkpoint);
        self.resume.iter().fold(trainer, Trainer::resume)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
