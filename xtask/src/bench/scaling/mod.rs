//! `cargo xtask bench scaling`: the time of an epoch against the work's size, one axis at a time
//! around a base shape.
//!
//! Every point is measured with one thread and with all. Its *cost* is its time divided by the least
//! time that its bytes and operations could take, so that a cost that stays the same is an engine
//! that scales. Where a step along an axis makes the cost more than twice as high, or a point costs
//! more than twice as much as both its neighbours lead to expect, there is a cliff.

mod axis;
mod output;

use std::process::Command;
use std::thread::available_parallelism;

use anyhow::Result;
use serde_json::json;

use super::contestant::Process;
use super::floor::{Ceilings, ceilings};
use super::options::Options;
use super::{machine, programs, root, target};
use axis::{Axis, Shape};

/// What a core of a common machine does: costs are compared with each other, so it need not be true.
const USUAL: Ceilings = Ceilings { gb_per_s: 10.0, gflop_per_s: 100.0 };

/// A shape that was measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) shape: Shape,
    /// The value on the axis.
    pub(crate) value: usize,
    /// Seconds an epoch, the median; none if it failed.
    pub(crate) seconds: Option<f64>,
    /// Seconds, divided by the least that they could be.
    pub(crate) cost: Option<f64>,
    pub(crate) cliff: bool,
}

/// A line of the plot: an axis with so many threads.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) threads: String,
    pub(crate) points: Vec<Point>,
}

/// Measures every axis and writes what came out.
pub(crate) fn run(options: &Options) -> Result<()> {
    programs::build_ours()?;
    let linnea = target().join("release").join("linnea");
    let known = linnea.exists().then(|| ceilings(linnea, options.quick)).flatten();
    let folder = root().join(format!("benchmarks/results/{}-scaling", machine::now().0));
    let mut found = Vec::new();
    for axis in axis::axes(options.quick) {
        found.push((axis.clone(), measure_axis(&axis, known.unwrap_or(USUAL))?));
    }
    println!("{}", output::markdown(&found, known));
    output::write(&folder, &found, known)
}

fn measure_axis(axis: &Axis, ceilings: Ceilings) -> Result<Vec<Series>> {
    let all = available_parallelism().map_or(1, usize::from);
    let counts = if axis.name == "threads" || all == 1 { vec![all] } else { vec![1, all] };
    let mut lines: Vec<Series> = counts
        .iter()
        .map(|threads| Series { threads: threads.to_string(), points: Vec::new() })
        .collect();
    for value in &axis.values {
        let shapes = counts.iter().map(|threads| axis.shape(*value, *threads)).collect::<Vec<_>>();
        for (line, point) in lines.iter_mut().zip(measure(*value, &shapes, ceilings)?) {
            eprintln!("{} {value}, {} threads: {:?} s", axis.name, line.threads, point.seconds);
            line.points.push(point);
        }
    }
    for line in &mut lines {
        mark_cliffs(&mut line.points);
    }
    Ok(lines)
}

/// One process for a value, so that its memory is gone when it ends.
fn measure(value: usize, shapes: &[Shape], ceilings: Ceilings) -> Result<Vec<Point>> {
    let (mut process, _) = Process::start(Command::new(programs::engine()))?;
    let mut points = Vec::new();
    for shape in shapes {
        let asked = process
            .ask(&json!({"prepare": shape.work()}))
            .and_then(|_| process.ask(&json!({"run": {"seed": 1}})));
        if let Err(error) = &asked {
            eprintln!("{shape:?}: {error:#}");
        }
        let seconds = asked.ok().and_then(|answer| answer["seconds"].as_f64());
        let floor = ceilings.seconds(shape.bytes(), shape.operations());
        let cost = seconds.map(|seconds| seconds / floor);
        points.push(Point { shape: *shape, value, seconds, cost, cliff: false });
    }
    Ok(points)
}

/// Marks the points where the cost jumps up, or sticks out.
fn mark_cliffs(points: &mut [Point]) {
    let costs: Vec<Option<f64>> = points.iter().map(|point| point.cost).collect();
    for (i, point) in points.iter_mut().enumerate() {
        let before = i.checked_sub(1).and_then(|i| costs[i]);
        let after = costs.get(i + 1).copied().flatten();
        let expected = match (before, after) {
            (Some(before), Some(after)) => before.min((before * after).sqrt()),
            (Some(before), None) => before,
            _ => continue,
        };
        point.cliff = point.cost.is_some_and(|cost| cost > 2.0 * expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cliffs(costs: &[f64]) -> Vec<bool> {
        let shape = axis::axes(true)[0].base;
        let point = |cost: &f64| Point {
            shape,
            value: 1,
            seconds: Some(*cost),
            cost: Some(*cost),
            cliff: false,
        };
        let mut points: Vec<Point> = costs.iter().map(point).collect();
        mark_cliffs(&mut points);
        points.iter().map(|point| point.cliff).collect()
    }

    #[test]
    fn a_jump_is_a_cliff_and_a_fall_or_a_slope_is_none() {
        assert_eq!(cliffs(&[1.0, 1.0, 3.0, 3.0]), [false, false, true, false]);
        assert_eq!(cliffs(&[9.0, 3.0, 1.0, 1.0]), [false; 4]);
        assert_eq!(cliffs(&[1.0, 1.5, 2.2, 3.3]), [false; 4]);
    }

    #[test]
    fn a_point_above_a_falling_trend_is_a_cliff() {
        assert_eq!(cliffs(&[10.0, 9.0, 1.0]), [false, true, false]);
    }
}
