//! Seeded splits that keep the proportions of the target.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::{Dataset, Targets};

/// How many strata a numeric target is cut into, by rank.
const QUANTILES: usize = 10;

/// Splits the rows in two: about `fraction` of every stratum goes to the second part. The strata
/// are the classes, or the deciles of a numeric target. Both parts keep the rows' order, and the
/// same data, fraction and seed give the same parts.
///
/// # Panics
/// If `fraction` is not between 0 and 1.
#[must_use]
pub fn split_rows(data: &Dataset, fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    assert!((0.0..=1.0).contains(&fraction), "a fraction is between 0 and 1");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    // What a stratum cannot take as whole rows is carried to the next, so that the total is right.
    let mut owed = 0.0;
    for mut stratum in strata(data) {
        stratum.shuffle(&mut rng);
        owed += stratum.len() as f64 * fraction;
        let taken = (owed.round() as usize).min(stratum.len());
        owed -= taken as f64;
        second.extend_from_slice(&stratum[..taken]);
        first.extend_from_slice(&stratum[taken..]);
    }
    first.sort_unstable();
    second.sort_unstable();
    (first, second)
}

/// [`split_rows`], and the rows copied.
///
/// # Panics
/// If `fraction` is not between 0 and 1.
#[must_use]
pub fn split(data: &Dataset, fraction: f64, seed: u64) -> (Dataset, Dataset) {
    let (first, second) = split_rows(data, fraction, seed);
    (data.select(&first), data.select(&second))
}

fn strata(data: &Dataset) -> Vec<Vec<usize>> {
    let rows = 0..data.rows();
    match data.targets() {
        Targets::Absent => vec![rows.collect()],
        Targets::Classes(classes) => {
            let count = classes.iter().max().map_or(0, |&c| c as usize + 1);
            let mut strata = vec![Vec::new(); count];
            rows.for_each(|row| strata[classes[row] as usize].push(row));
            strata
        }
        Targets::Values(values) => {
            let mut ranked: Vec<usize> = rows.collect();
            ranked.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
            let size = ranked.len().div_ceil(QUANTILES).max(1);
            ranked.chunks(size).map(<[usize]>::to_vec).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Values;

    #[test]
    fn every_class_keeps_its_share() {
        let classes: Vec<u32> = (0..100).map(|row| u32::from(row % 10 == 0)).collect();
        let data =
            Dataset::dense(1, Values::U8(vec![0; 100]), Targets::Classes(classes.clone())).unwrap();
        let (train, test) = split_rows(&data, 0.2, 7);
        assert_eq!((train.len(), test.len()), (80, 20));
        assert_eq!(test.iter().filter(|&&row| classes[row] == 1).count(), 2);
        let mut all = [train, test].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..100));
        assert_eq!(split_rows(&data, 0.2, 7), split_rows(&data, 0.2, 7));
        assert_ne!(split_rows(&data, 0.2, 7), split_rows(&data, 0.2, 8));
    }

    #[test]
    fn a_numeric_target_is_split_by_its_deciles() {
        let y: Vec<f64> = (0..1000).map(f64::from).collect();
        let data = Dataset::dense(1, Values::U8(vec![0; 1000]), Targets::Values(y)).unwrap();
        let (_, test) = split_rows(&data, 0.1, 0);
        let low = test.iter().filter(|&&row| row < 100).count();
        assert_eq!((test.len(), low), (100, 10));
    }
}
