//! `linnea roofline`: this machine's read bandwidth and multiply rate, and how close training comes.

use anyhow::Result;
use linnea::roofline::{Effort, Floor, Machine, Precision, Roofline, Timing, Work};
use linnea::thread_count;
use serde_json::{Value, json};

use super::Outcome;
use crate::args::RooflineArgs;
use crate::output;
use crate::progress::Status;
use crate::table::{count, number, render, things, visible};

/// With a buffer less than this many times the cache, bandwidth may be the cache's.
const BEYOND_CACHE: usize = 2;

/// What stands under the tables.
const LEGEND: &str = "\
MB are 10⁶ bytes to read, rows × features × size; Mflop 10⁶ operations to do, 4 × rows × features ×
outputs. The floor is the larger of the two times at the ceilings; the last column says how close the
median epoch comes to it. Above 100 %, caches held what the floor reads from memory. Shuffled is the
time in which as many threads only read the rows, in a random order, as an epoch does: rows of a few
hundred bytes come much slower so than neighbours.
";

pub(crate) fn roofline(args: &RooflineArgs) -> Result<Outcome> {
    let effort = if args.quick { Effort::Quick } else { Effort::Full };
    let report = Report::measure(thread_count(args.threads), effort, args.quiet)?;
    if args.json {
        output::print_json(&report.json())?;
    } else {
        output::print(&report.text())?;
    }
    if let Some(doubt) = report.doubt().filter(|_| !args.quiet) {
        output::note(&doubt);
    }
    Ok(Outcome::Done)
}

/// Everything that was measured.
struct Report {
    machine: Machine,
    threads: usize,
    roofline: Roofline,
    runs: Vec<Run>,
}

/// A piece of work on some threads.
struct Run {
    work: Work,
    threads: usize,
    floor: Floor,
    timing: Timing,
}

impl Run {
    /// How close the work comes to its floor: 1 is there.
    fn share(&self) -> f64 {
        self.floor.seconds / self.timing.epoch
    }
}

impl Report {
    fn measure(threads: usize, effort: Effort, quiet: bool) -> Result<Self> {
        let machine = Machine::look();
        let status = Status::new(quiet);
        let roofline = Roofline::measure(threads, effort, |doing| status.say(doing))?;
        let mut runs = Vec::new();
        for work in Work::standard(effort) {
            status.say(&format!("training {}", work.name()));
            runs.extend(time(&work, threads, &roofline)?);
        }
        status.finish();
        Ok(Self { machine, threads, roofline, runs })
    }

    /// A word where the bandwidth cannot be trusted.
    fn doubt(&self) -> Option<String> {
        let cache = self.machine.last_level_cache?;
        let read = self.roofline.read_bytes;
        (read < BEYOND_CACHE * cache).then(|| {
            format!(
                "note: memory allowed a buffer of {} MB only, and the last-level cache is said to \
                 hold {} MB: the read bandwidth may be the cache's",
                read / 1_000_000,
                cache / 1_000_000
            )
        })
    }

    fn text(&self) -> String {
        let cpu = self.machine.cpu.as_deref().unwrap_or("a processor without a name");
        let heading = format!(
            "{}, {}, {}",
            visible(cpu),
            self.roofline.level,
            things(self.machine.processors, "processor")
        );
        let batch = self.runs.first().map_or(0, |run| run.work.batch_size);
        format!(
            "{heading}\n\nceilings\n{}\none epoch of minibatch SGD, batch {batch}\n{}\n{LEGEND}",
            render(&self.ceilings(), 2),
            render(&self.works(), 2),
        )
    }

    /// A line for each number of threads.
    fn ceilings(&self) -> Vec<Vec<String>> {
        let rate = |dtype, threads| {
            let mut rates = self.roofline.multiply.iter();
            let rate = rates.find(|rate| rate.dtype == dtype && rate.threads == threads);
            rate.map_or_else(String::new, |rate| format!("{:.1}", rate.gflop_per_s))
        };
        let mut rows = vec![texts(["threads", "read GB/s", "f32 Gflop/s", "f64 Gflop/s"])];
        rows.extend(self.roofline.read.iter().map(|read| {
            vec![
                read.threads.to_string(),
                format!("{:.1}", read.gb_per_s),
                rate(Precision::F32, read.threads),
                rate(Precision::F64, read.threads),
            ]
        }));
        rows
    }

    /// A line for each piece of work on each number of threads.
    fn works(&self) -> Vec<Vec<String>> {
        let mut rows = vec![texts([
            "work",
            "rows",
            "features",
            "outputs",
            "threads",
            "MB",
            "Mflop",
            "floor ms",
            "bound",
            "shuffled ms",
            "measured ms",
            "reached",
        ])];
        rows.extend(self.runs.iter().map(|run| {
            let Run { work, threads, floor, timing } = run;
            let mut row = vec![work.name()];
            row.extend([work.rows, work.features, work.outputs, *threads].map(count));
            row.extend([work.bytes() / 1e6, work.operations() / 1e6].map(number));
            row.extend([number(floor.seconds * 1e3), floor.bound.name().to_owned()]);
            row.extend([timing.shuffled_read, timing.epoch].map(|seconds| number(seconds * 1e3)));
            row.push(format!("{:.0} %", 100.0 * run.share()));
            row
        }));
        rows
    }

    /// The object that `--json` prints: the command's contract.
    fn json(&self) -> Value {
        let Roofline { level, read, multiply, read_bytes, .. } = &self.roofline;
        let read = read.iter().map(|r| json!({"threads": r.threads, "gb_per_s": r.gb_per_s}));
        let multiply = multiply.iter().map(|rate| {
            let (dtype, threads) = (rate.dtype.name(), rate.threads);
            json!({"dtype": dtype, "threads": threads, "gflop_per_s": rate.gflop_per_s})
        });
        json!({
            "level": level,
            "threads": self.threads,
            "read": read.collect::<Vec<_>>(),
            "multiply": multiply.collect::<Vec<_>>(),
            "works": self.runs.iter().map(work_json).collect::<Vec<_>>(),
            "read_bytes": read_bytes,
            "machine": {
                "cpu": self.machine.cpu,
                "processors": self.machine.processors,
                "last_level_cache": self.machine.last_level_cache,
                "available_memory": self.machine.available_memory,
            },
        })
    }
}

/// Trains on one thread and on all, and holds each against its floor.
fn time(work: &Work, threads: usize, roofline: &Roofline) -> Result<Vec<Run>> {
    let counts = if threads > 1 { vec![1, threads] } else { vec![1] };
    let timings = work.measure(&counts)?;
    let run = |(threads, timing)| {
        let floor = roofline.floor(work.bytes(), work.operations(), work.precision(), threads);
        Run { work: work.clone(), threads, floor, timing }
    };
    Ok(counts.into_iter().zip(timings).map(run).collect())
}

fn work_json(run: &Run) -> Value {
    let Run { work, threads, floor, timing } = run;
    json!({
        "name": work.name(),
        "dtype": work.storage.name(),
        "rows": work.rows,
        "features": work.features,
        "outputs": work.outputs,
        "batch_size": work.batch_size,
        "threads": threads,
        "bytes": work.bytes(),
        "operations": work.operations(),
        "floor_seconds": floor.seconds,
        "bound": floor.bound.name(),
        "shuffled_read_seconds": timing.shuffled_read,
        "seconds": timing.epoch,
        "share_of_floor": run.share(),
    })
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(String::from).to_vec()
}
