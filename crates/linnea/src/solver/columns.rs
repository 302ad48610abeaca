//! Standardised features in memory, column by column: what coordinate descent goes along. Each is less its
//! mean, so that features that are not centred are not all alike, and like the intercept.

use std::collections::HashMap;

use crate::rows::Rows;
use crate::scaling::Scaling;
use linnea_kernels::{Element, Real};

/// The columns take at most so much.
const MOST_BYTES: usize = 1 << 30;
/// So many there may be in any case.
const LEAST: usize = 16;

/// The columns that somebody wanted so far.
pub(super) struct Columns {
    rows: usize,
    numbers: Vec<f64>,
    means: Vec<f64>,
    places: HashMap<usize, usize>,
}

impl Columns {
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, numbers: Vec::new(), means: Vec::new(), places: HashMap::new() }
    }

    /// How many columns there may be at a time.
    pub(super) fn most(&self) -> usize {
        (MOST_BYTES / (size_of::<f64>() * self.rows.max(1))).max(LEAST)
    }

    /// Makes the columns of `features`, at most as many as there may be; others go if there is no room.
    pub(super) fn fetch<T: Element>(
        &mut self,
        rows: &Rows<'_, T>,
        scaling: &Scaling,
        features: &[usize],
    ) {
        if !self.has_room_for(features) {
            *self = Self::new(self.rows);
        }
        let absent = features.iter().copied().filter(|j| !self.places.contains_key(j));
        let absent: Vec<usize> = absent.collect();
        let first = self.places.len();
        self.places.extend(absent.iter().copied().zip(first..));
        self.numbers.resize((first + absent.len()) * self.rows, 0.0);
        let fresh = &mut self.numbers[first * self.rows..];
        for row in 0..self.rows {
            let x = rows.row(row);
            for (column, &j) in fresh.chunks_exact_mut(self.rows).zip(&absent) {
                column[row] = (x[j].to_real().to_f64() - scaling.mean[j]) / scaling.scale[j];
            }
        }
        self.means.extend(fresh.chunks_exact_mut(self.rows).map(centre));
    }

    fn has_room_for(&self, features: &[usize]) -> bool {
        let absent = features.iter().filter(|j| !self.places.contains_key(j)).count();
        self.places.len() + absent <= self.most()
    }

    /// The column of a feature; empty if it was not fetched.
    pub(super) fn of(&self, feature: usize) -> &[f64] {
        let place = self.places.get(&feature);
        place.map_or(&[], |place| &self.numbers[place * self.rows..][..self.rows])
    }

    /// What was taken from a feature's column.
    pub(super) fn mean(&self, feature: usize) -> f64 {
        self.places.get(&feature).map_or(0.0, |&place| self.means[place])
    }
}

/// Takes a column's mean from it.
fn centre(column: &mut [f64]) -> f64 {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    column.iter_mut().for_each(|z| *z -= mean);
    mean
}
