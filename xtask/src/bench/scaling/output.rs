//! The axes as CSV, as a Markdown table, and as a plot each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::axis::{Axis, Shape};
use super::{Ceilings, Point, Series};
use crate::bench::machine::Machine;
use crate::bench::report::ms;
use crate::plot::{Axes, Frame, Scale, Svg};

type Found = [(Axis, Vec<Series>)];

/// Writes all three into the folder.
pub(crate) fn write(folder: &Path, found: &Found, known: Option<Ceilings>) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("scaling.csv"), csv(found))?;
    fs::write(folder.join("README.md"), markdown(found, known))?;
    for (axis, series) in found {
        if let Some(plot) = plot(axis, series) {
            fs::write(folder.join(format!("{}.svg", axis.name)), plot)?;
        }
    }
    eprintln!("written: {}", folder.display());
    Ok(())
}

fn csv(found: &Found) -> String {
    let mut text = "axis,rows,features,outputs,batch,threads,seconds,cost,cliff\n".to_owned();
    for (axis, point) in points(found) {
        let Shape { rows, features, outputs, batch, threads } = point.shape;
        let number = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
        let (seconds, cost) = (number(point.seconds), number(point.cost));
        let shape = format!("{rows},{features},{outputs},{batch},{threads}");
        let _ = writeln!(text, "{},{shape},{seconds},{cost},{}", axis.name, point.cliff);
    }
    text
}

fn points(found: &Found) -> impl Iterator<Item = (&Axis, &Point)> {
    found.iter().flat_map(|(axis, series)| {
        series.iter().flat_map(move |line| line.points.iter().map(move |point| (axis, point)))
    })
}

/// The page: what was measured, and every point.
pub(crate) fn markdown(found: &Found, known: Option<Ceilings>) -> String {
    let Machine { cpu, cores, features, os, rustc, commit } = Machine::this();
    let by = if known.is_some() { "`linnea roofline`" } else { "10 GB/s and 100 GFLOP/s, assumed" };
    let mut text = format!(
        "# Time of an epoch against the work's size\n\n{cpu}, {cores} cores, {features}; {os}; \
         {rustc}; Linnea at {commit}. SGD on made-up f32 rows; the median epoch. Cost: time ÷ the \
         least time of its bytes and operations ({by}). A cliff: a cost more than twice that of \
         the value before, or than its neighbours lead to expect.\n"
    );
    for (axis, series) in found {
        let Shape { rows, features, outputs, batch, .. } = axis.base;
        let _ = write!(
            text,
            "\n## {}\n\nAround {rows} × {features}, {outputs} outputs, batch {batch}.\n\n\
             ![{}]({}.svg)\n\n| {} | threads | ms an epoch | cost | |\n| --- | --- | --- | --- | --- |\n",
            axis.name, axis.name, axis.name, axis.name
        );
        for point in series.iter().flat_map(|line| &line.points) {
            text += &line(point);
        }
    }
    text
}

fn line(point: &Point) -> String {
    let time = point.seconds.map_or("failed".into(), ms);
    let cost = point.cost.map_or("–".into(), |cost| format!("{cost:.1}"));
    let cliff = if point.cliff { "cliff" } else { "" };
    format!("| {} | {} | {time} | {cost} | {cliff} |\n", point.value, point.shape.threads)
}

/// Cost against the axis, both logarithmic; a ring is a cliff. None if there is nothing to draw.
fn plot(axis: &Axis, series: &[Series]) -> Option<String> {
    let all: Vec<(f64, f64)> = series.iter().flat_map(|line| places(&line.points)).collect();
    let x = Range::of(all.iter().map(|place| place.0))?;
    let y = Range::of(all.iter().map(|place| place.1))?;
    let mut svg = Svg::new(&format!("Cost against {}", axis.name), 640, 400);
    let frame = Frame { left: 64.0, top: 40.0, width: 540.0, height: 290.0 };
    let axes = Axes::new(frame, x.scale(), y.scale());
    axes.draw_x(&mut svg, axis.name, &borrowed(&x.ticks()));
    axes.draw_y(&mut svg, "time ÷ least time", &borrowed(&y.ticks()));
    let key: Vec<(String, String)> = series
        .iter()
        .zip(["a", "b"])
        .map(|(line, class)| (class.to_owned(), format!("threads: {}", line.threads)))
        .collect();
    for (line, (class, _)) in series.iter().zip(&key) {
        draw(&mut svg, &axes, class, line);
    }
    if axis.name != "threads" {
        let key: Vec<_> = key.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        axes.key(&mut svg, (0.72, 0.95), &key);
    }
    Some(svg.finish())
}

fn draw(svg: &mut Svg, axes: &Axes, class: &str, line: &Series) {
    let (xs, ys): (Vec<f64>, Vec<f64>) = places(&line.points).unzip();
    axes.curve(svg, class, &xs, &ys);
    for point in &line.points {
        let Some(cost) = point.cost else { continue };
        let place = axes.at(point.value as f64, cost);
        if point.cliff {
            svg.ring("b", place, 6.0);
        } else {
            svg.disc(class, place, 3.0);
        }
    }
}

fn places(points: &[Point]) -> impl Iterator<Item = (f64, f64)> {
    points.iter().filter_map(|point| Some((point.value as f64, point.cost?)))
}

/// The powers of ten that some numbers lie between.
struct Range {
    least: i32,
    most: i32,
}

impl Range {
    fn of(numbers: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let least = numbers.clone().min_by(f64::total_cmp)?.log10().floor() as i32;
        let most = numbers.max_by(f64::total_cmp)?.log10().ceil() as i32;
        Some(Self { least, most: most.max(least + 1) })
    }

    fn scale(&self) -> Scale {
        Scale::logarithmic(10_f64.powi(self.least), 10_f64.powi(self.most))
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let tick = |power: i32| (10_f64.powi(power), format!("{}", 10_f64.powi(power)));
        (self.least..=self.most).map(tick).collect()
    }
}

fn borrowed(ticks: &[(f64, String)]) -> Vec<(f64, &str)> {
    ticks.iter().map(|(value, label)| (*value, label.as_str())).collect()
}
