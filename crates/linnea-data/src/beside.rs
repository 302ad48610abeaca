//! What is known of every row besides its features and its target: how much it counts, which rows
//! belong together, and when it was. None of it is ever a feature.

use crate::dataset::{Dataset, is_usable};
use crate::error::{DataError, Result};

/// One entry a row, where there is a column for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Beside {
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) groups: Option<Vec<u32>>,
    pub(crate) times: Option<Vec<f64>>,
}

impl Beside {
    /// Of some rows, in the order given.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        fn pick<T: Copy>(entries: Option<&Vec<T>>, rows: &[usize]) -> Option<Vec<T>> {
            entries.map(|entries| rows.iter().map(|&row| entries[row]).collect())
        }
        Self {
            weights: pick(self.weights.as_ref(), rows),
            groups: pick(self.groups.as_ref(), rows),
            times: pick(self.times.as_ref(), rows),
        }
    }
}

impl Dataset {
    /// The same rows, each with a weight: how many rows it counts for. Weights need not be whole
    /// numbers, and a common factor changes nothing. A row of weight 0 counts as absent.
    ///
    /// ```
    /// use linnea_data::{Dataset, Targets, Values};
    ///
    /// let data = Dataset::dense(1, Values::F64(vec![1.0, 2.0]), Targets::Values(vec![1.0, 3.0]))?;
    /// let data = data.with_weights(vec![1.0, 2.5])?;
    /// assert_eq!(data.select(&[1]).weights(), Some(&[2.5][..]));
    /// # Ok::<(), linnea_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Shape`] if there is not one for each row, one is negative, not finite or above
    /// 1e100, or all are 0.
    pub fn with_weights(mut self, weights: Vec<f64>) -> Result<Self> {
        check_length("weights", weights.len(), self.rows())?;
        if let Some(row) = weights.iter().position(|&weight| !is_weight(weight)) {
            return Err(DataError::Shape(format!(
                "row {row} has the weight {:e}; every weight must be finite and not negative",
                weights[row]
            )));
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(DataError::Shape(
                "every row has the weight 0; some must count for something".into(),
            ));
        }
        self.beside.weights = Some(weights);
        Ok(self)
    }

    /// The same rows, each in a group: rows of one group depend on each other, as those of one
    /// person do.
    ///
    /// # Errors
    /// [`DataError::Shape`] if there is not a group's number for each row.
    pub fn with_groups(mut self, groups: Vec<u32>) -> Result<Self> {
        check_length("groups", groups.len(), self.rows())?;
        self.beside.groups = Some(groups);
        Ok(self)
    }

    /// The same rows, each with its time, in any unit.
    ///
    /// # Errors
    /// [`DataError::Shape`] if there is not one for each row, or one is not finite.
    pub fn with_times(mut self, times: Vec<f64>) -> Result<Self> {
        check_length("times", times.len(), self.rows())?;
        if let Some(row) = times.iter().position(|time| !time.is_finite()) {
            return Err(DataError::Shape(format!(
                "row {row} has the time {}; every time must be finite",
                times[row]
            )));
        }
        self.beside.times = Some(times);
        Ok(self)
    }

    /// What a reader has found, an entry a row.
    pub(crate) fn with_beside(mut self, beside: Beside) -> Self {
        self.beside = beside;
        self
    }

    /// How many rows each row counts for, if it is not one.
    #[must_use]
    pub fn weights(&self) -> Option<&[f64]> {
        self.beside.weights.as_deref()
    }

    /// The group of every row.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        self.beside.groups.as_deref()
    }

    /// The time of every row.
    #[must_use]
    pub fn times(&self) -> Option<&[f64]> {
        self.beside.times.as_deref()
    }
}

/// Whether a number can be a row's weight.
pub(crate) fn is_weight(number: f64) -> bool {
    number >= 0.0 && is_usable(number)
}

fn check_length(what: &str, found: usize, rows: usize) -> Result<()> {
    if found == rows {
        return Ok(());
    }
    Err(DataError::Shape(format!("{found} {what} for {rows} rows; there must be one for each")))
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Targets, Values, split};

    fn rows(count: usize) -> Dataset {
        Dataset::dense(1, Values::U8(vec![0; count]), Targets::Absent).unwrap()
    }

    #[test]
    fn they_travel_with_their_rows() {
        let data = rows(10).with_weights((0..10).map(f64::from).collect()).unwrap();
        let data = data.with_groups((0..10).collect()).unwrap();
        let data = data.with_times((0..10).map(|row| f64::from(row) * 2.0).collect()).unwrap();
        let (train, valid) = split(&data, 0.3, 1);
        for part in [train, valid] {
            let (weights, times) = (part.weights().unwrap(), part.times().unwrap());
            for (row, &group) in part.groups().unwrap().iter().enumerate() {
                assert_eq!((weights[row], times[row]), (f64::from(group), f64::from(group) * 2.0));
            }
        }
    }

    #[test]
    fn senseless_ones_are_refused() {
        let refused = |weights: Vec<f64>| rows(2).with_weights(weights).unwrap_err().to_string();
        assert!(refused(vec![1.0]).starts_with("1 weights for 2 rows"));
        assert!(refused(vec![1.0, -1.0]).starts_with("row 1 has the weight -1e0"));
        assert!(refused(vec![f64::NAN, 1.0]).starts_with("row 0 has the weight NaN"));
        assert!(refused(vec![0.0, 0.0]).starts_with("every row has the weight 0"));
        assert!(rows(2).with_times(vec![0.0, f64::INFINITY]).is_err());
        assert!(rows(2).with_groups(vec![0]).is_err());
    }
}
