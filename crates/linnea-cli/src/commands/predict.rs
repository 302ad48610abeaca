//! `linnea predict`: one prediction a row, in order.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use linnea::data::Dataset;
use linnea::{Model, Predictions};

use super::Outcome;
use crate::args::PredictArgs;
use crate::records::{Format, into_io, shortest, to_file};
use crate::{data, output};

pub(crate) fn predict(args: &PredictArgs) -> Result<Outcome> {
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let format = file.map_or(Ok(Format::Csv), |path| Format::of(path, "predictions"))?;
    if let Some(path) = file {
        output::check(path, [args.model.as_path(), Path::new(&args.data)].into_iter())?;
    }
    let model = data::load(&args.model, &args.data)?;
    let data::Rows { rows, .. } =
        data::read_as(&model, &args.data, args.part, false, None, args.quiet)?;
    let table = Table::of(&model, &rows, args)?;
    match file {
        None => table.write(format, &mut BufWriter::new(std::io::stdout().lock()))?,
        Some(path) => to_file(path, |out| table.write(format, out))?,
    }
    Ok(Outcome::Done)
}

/// What is to be written: a prediction a row, and perhaps a probability a class.
struct Table<'a> {
    labels: &'a [String],
    predictions: Predictions,
    probabilities: Option<Vec<f64>>,
}

impl<'a> Table<'a> {
    fn of(model: &'a Model, rows: &Dataset, args: &PredictArgs) -> Result<Self> {
        let probabilities =
            if args.proba { Some(model.probabilities(rows, args.threads)?) } else { None };
        Ok(Self {
            labels: model.schema().labels().unwrap_or_default(),
            predictions: model.predict(rows, args.threads)?,
            probabilities,
        })
    }

    fn len(&self) -> usize {
        match &self.predictions {
            Predictions::Values(values) => values.len(),
            Predictions::Classes(classes) => classes.len(),
        }
    }

    fn probabilities(&self, row: usize) -> &[f64] {
        let q = self.labels.len();
        self.probabilities.as_ref().map_or(&[], |all| &all[row * q..][..q])
    }

    fn write(&self, format: Format, out: &mut dyn Write) -> Result<()> {
        match format {
            Format::Csv => self.write_csv(out),
            Format::JsonLines => self.write_json_lines(out),
        }
        .context("cannot write the predictions")
    }

    fn write_csv(&self, out: &mut dyn Write) -> Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        let mut header = vec!["prediction".to_owned()];
        if self.probabilities.is_some() {
            header.extend(self.labels.iter().map(|label| format!("p({label})")));
        }
        csv.write_record(&header).map_err(into_io)?;
        for row in 0..self.len() {
            let mut cells = vec![match &self.predictions {
                Predictions::Values(values) => shortest(values[row]),
                Predictions::Classes(classes) => self.labels[classes[row] as usize].clone(),
            }];
            cells.extend(self.probabilities(row).iter().map(|&p| shortest(p)));
            csv.write_record(&cells).map_err(into_io)?;
        }
        csv.flush()?;
        Ok(())
    }

    fn write_json_lines(&self, out: &mut dyn Write) -> Result<()> {
        for row in 0..self.len() {
            let mut object = serde_json::Map::new();
            let prediction = match &self.predictions {
                Predictions::Values(values) => values[row].into(),
                Predictions::Classes(classes) => self.labels[classes[row] as usize].clone().into(),
            };
            object.insert("prediction".into(), prediction);
            if self.probabilities.is_some() {
                let each = self.labels.iter().cloned().zip(self.probabilities(row).iter());
                let each = each.map(|(label, &p)| (label, p.into())).collect();
                object.insert("probabilities".into(), serde_json::Value::Object(each));
            }
            writeln!(out, "{}", serde_json::Value::Object(object))?;
        }
        out.flush()?;
        Ok(())
    }
}
