//! Dealing rows to folds: at random and stratified, by group, or by time.
//!
//! *Grouped* is scikit-learn's `GroupKFold`: the largest group first, each to the fold with the fewest
//! rows. *By time* is its `TimeSeriesSplit` (Hyndman & Athanasopoulos, *Forecasting: Principles and
//! Practice*, 3rd ed., 5.10, evaluation on a rolling origin), but that rows of one time stay together.

use linnea_data::{Dataset, Targets};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::fold::Folding;
use crate::error::{Error, Result};

/// The stream of the seed from which rows are dealt to folds: no epoch has it.
const STREAM: u64 = u64::MAX;

/// By what rows can be shared out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Keys<'a> {
    pub(crate) rows: usize,
    pub(crate) classes: Option<&'a [u32]>,
    pub(crate) groups: Option<&'a [u32]>,
    pub(crate) times: Option<&'a [f64]>,
}

impl<'a> Keys<'a> {
    pub(crate) fn of(data: &'a Dataset) -> Self {
        let classes = match data.targets() {
            Targets::Classes(classes) => Some(classes.as_slice()),
            _ => None,
        };
        Self { rows: data.rows(), classes, groups: data.groups(), times: data.times() }
    }
}

/// The fold of every row; by time, its block, of which there is one more.
pub(super) fn deal(keys: &Keys<'_>, by: Folding, folds: usize, seed: u64) -> Result<Vec<u32>> {
    if folds < 2 {
        return refuse(format!("there must be at least two folds, and not {folds}"));
    }
    match by {
        Folding::Stratified => Ok(stratified(keys.rows, keys.classes, folds, seed)),
        Folding::Grouped => match keys.groups {
            Some(groups) => grouped(groups, folds, seed),
            None => {
                refuse("the rows have no groups to share them out by; name their column".into())
            }
        },
        Folding::ByTime => match keys.times {
            Some(times) => by_time(times, folds),
            None => refuse("the rows have no times to share them out by; name their column".into()),
        },
    }
}

fn refuse<T>(reason: String) -> Result<T> {
    Err(Error::Folds(reason))
}

fn random(seed: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM);
    rng
}

/// Deals rows in turn, those of a class together, in an order that the seed decides within each.
pub(crate) fn stratified(
    rows: usize,
    classes: Option<&[u32]>,
    folds: usize,
    seed: u64,
) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.shuffle(&mut random(seed));
    if let Some(classes) = classes {
        order.sort_by_key(|&row| classes[row as usize]);
    }
    let mut dealt = vec![0; rows];
    order.iter().enumerate().for_each(|(i, &row)| dealt[row as usize] = (i % folds) as u32);
    dealt
}

/// The largest group first, each to the smallest fold.
fn grouped(groups: &[u32], folds: usize, seed: u64) -> Result<Vec<u32>> {
    let mut sizes: Vec<(u32, usize)> = Vec::new();
    let mut sorted = groups.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).for_each(|run| sizes.push((run[0], run.len())));
    if sizes.len() < 2 {
        return refuse("all rows are in one group; grouped folds need at least two".into());
    }
    if sizes.len() < folds {
        return refuse(format!(
            "the rows have {} groups, too few for {folds} folds; take at most {0} folds, or groups \
             that are smaller",
            sizes.len()
        ));
    }
    sizes.shuffle(&mut random(seed));
    sizes.sort_by_key(|&(_, size)| std::cmp::Reverse(size));
    let mut rows = vec![0; folds];
    let mut own: Vec<(u32, u32)> = Vec::with_capacity(sizes.len());
    for (group, size) in sizes {
        let smallest = (0..folds).min_by_key(|&fold| rows[fold]).unwrap_or(0);
        rows[smallest] += size;
        own.push((group, smallest as u32));
    }
    own.sort_unstable();
    let fold = |group: &u32| own.binary_search_by_key(group, |&(g, _)| g).map(|i| own[i].1);
    Ok(groups.iter().map(|group| fold(group).unwrap_or(0)).collect())
}

/// The rows in the order of time, cut into `folds + 1` blocks; the first takes what is left over.
fn by_time(times: &[f64], folds: usize) -> Result<Vec<u32>> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    let size = times.len() / (folds + 1);
    let first = times.len() - folds * size;
    let mut blocks = vec![0; times.len()];
    let (mut found, mut block, mut last) = (0, 0, f64::NEG_INFINITY);
    for (place, &row) in order.iter().enumerate() {
        // Rows of one time stay with the first of them.
        if times[row] > last {
            let own = place.checked_sub(first).map_or(0, |after| 1 + after / size.max(1));
            found += usize::from(place == 0 || own > block);
            (block, last) = (own, times[row]);
        }
        blocks[row] = block as u32;
    }
    if size == 0 || found <= folds {
        return refuse(format!(
            "the rows have too few different times for {folds} folds, each with rows of its own; \
             take fewer folds"
        ));
    }
    Ok(blocks)
}
