//! What a work says, the numbers that it is done on, and what a result is worth.

use std::path::Path;
use std::{fs, time::Instant};

use serde_json::Value;

use crate::Result;

/// Rows, classes, and how to go about it.
pub struct Task {
    pub x: Vec<f32>,
    pub y: Vec<u32>,
    pub rows: usize,
    pub features: usize,
    pub outputs: usize,
    settings: Value,
}

impl Task {
    pub fn read(work: &Value) -> Result<Self> {
        let folder = Path::new(work["folder"].as_str().ok_or("no folder")?);
        Ok(Self {
            x: numbers(&folder.join("x.bin"), f32::from_le_bytes)?,
            y: numbers(&folder.join("y.bin"), u32::from_le_bytes)?,
            rows: count(work, "rows")?,
            features: count(work, "features")?,
            outputs: count(work, "outputs")?,
            settings: work["settings"].clone(),
        })
    }

    /// A number of the settings.
    pub fn number(&self, name: &str) -> Result<f64> {
        Ok(self.settings[name].as_f64().ok_or_else(|| format!("no {name}"))?)
    }

    /// A count of the settings.
    pub fn count(&self, name: &str) -> Result<usize> {
        count(&self.settings, name)
    }

    /// Does a run's epochs, each for the minibatches of an order of its own, and gives the seconds of
    /// the middle one.
    pub fn epochs(&self, seed: u64, mut step: impl FnMut(&[u32]) -> Result<()>) -> Result<f64> {
        let (epochs, batch) = (self.count("epochs").unwrap_or(1) as u64, self.count("batch")?);
        let mut seconds = Vec::new();
        for epoch in 0..epochs {
            let start = Instant::now();
            for rows in order(self.rows, seed * epochs + epoch).chunks(batch) {
                step(rows)?;
            }
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[seconds.len() / 2])
    }

    /// The mean loss and ‖W‖²/(2·C·n), in double precision. `weights` has the features' weights for a
    /// class and its intercept, and so on; for two classes those of the second, against nothing.
    pub fn objective(&self, weights: &[f64]) -> Result<f64> {
        let rows = self.x.chunks(self.features).zip(&self.y);
        let loss: f64 = rows.map(|(x, y)| self.loss(x, *y as usize, weights)).sum();
        let vectors = weights.chunks(self.features + 1);
        let squares: f64 = vectors.flat_map(|w| &w[..self.features]).map(|w| w * w).sum();
        Ok((loss + squares / (2.0 * self.number("c")?)) / self.rows as f64)
    }

    fn loss(&self, x: &[f32], y: usize, weights: &[f64]) -> f64 {
        let product = |w: &[f64]| x.iter().zip(w).map(|(x, w)| f64::from(*x) * w).sum::<f64>();
        let vectors = weights.chunks(self.features + 1);
        let mut logits: Vec<f64> = vectors.map(|w| product(w) + w[self.features]).collect();
        if logits.len() == 1 {
            logits.insert(0, 0.0);
        }
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + logits.iter().map(|o| (o - most).exp()).sum::<f64>().ln() - logits[y]
    }
}

fn count(of: &Value, name: &str) -> Result<usize> {
    let count = of[name].as_u64().ok_or_else(|| format!("no {name}"))?;
    Ok(usize::try_from(count)?)
}

/// The numbers of a little-endian array of four bytes each.
fn numbers<T>(path: &Path, from: impl Fn([u8; 4]) -> T) -> Result<Vec<T>> {
    Ok(fs::read(path)?.as_chunks().0.iter().map(|chunk| from(*chunk)).collect())
}

/// A random order of the rows (Fisher and Yates, SplitMix64).
fn order(rows: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    let mut state = seed;
    for i in (1..rows).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
    order
}
