use linnea_data::{Dataset, Targets, Values};
use proptest::prelude::*;

use super::deal::stratified;
use super::*;

#[test]
fn folds_are_of_equal_size_and_decided_by_the_seed() {
    let dealt = stratified(103, None, 5, 7);
    let size = |fold| dealt.iter().filter(|&&f| f == fold).count();
    assert_eq!([0, 1, 2, 3, 4].map(size), [21, 21, 21, 20, 20]);
    assert_eq!(dealt, stratified(103, None, 5, 7));
    assert_ne!(dealt, stratified(103, None, 5, 8));
}

#[test]
fn every_fold_has_its_share_of_every_class() {
    let classes: Vec<u32> = (0..100).map(|row| u32::from(row % 10 == 0)).collect();
    let dealt = stratified(100, Some(&classes), 5, 0);
    for fold in 0..5 {
        let rare = (0..100).filter(|&row| classes[row] == 1 && dealt[row] == fold).count();
        assert_eq!(rare, 2);
    }
}

fn rows(count: usize) -> Dataset {
    Dataset::dense(1, Values::U8(vec![0; count]), Targets::Values(vec![0.0; count])).unwrap()
}

/// What scikit-learn's `GroupKFold(3)` gave for groups of these sizes, which leave no choice.
#[test]
fn groups_go_where_scikit_learn_has_them() {
    let sizes = [5, 1, 9, 7, 3];
    let groups: Vec<u32> = (0..5).flat_map(|g| vec![g; sizes[g as usize]]).collect();
    let data = rows(groups.len()).with_groups(groups.clone()).unwrap();
    for (_, judged) in Folding::Grouped.split(&data, 3, 4).unwrap() {
        let mut found: Vec<u32> = judged.iter().map(|&row| groups[row]).collect();
        found.dedup();
        // 9 | 7 | 5, then 3 to the smallest, which has 5, then 1 to the one that has 7.
        let folds: [&[u32]; 3] = [&[2], &[1, 3], &[0, 4]];
        assert!(folds.contains(&found.as_slice()), "{found:?}");
    }
}

/// What scikit-learn's `TimeSeriesSplit` gives: n // (k + 1) rows to a block, the rest to the first.
#[test]
fn blocks_of_time_are_those_of_scikit_learn() {
    let data = rows(11).with_times((0..11).map(f64::from).collect()).unwrap();
    let split = Folding::ByTime.split(&data, 3, 0).unwrap();
    let range = |from: usize, to: usize| (from..to).collect::<Vec<_>>();
    assert_eq!(split[0], (range(0, 5), range(5, 7)));
    assert_eq!(split[1], (range(0, 7), range(7, 9)));
    assert_eq!(split[2], (range(0, 9), range(9, 11)));
}

#[test]
fn what_cannot_be_shared_out_is_refused_with_advice() {
    let refused =
        |data: &Dataset, by: Folding, folds| by.split(data, folds, 0).unwrap_err().to_string();
    let data = rows(6).with_groups(vec![0, 0, 1, 1, 2, 2]).unwrap();
    let data = data.with_times(vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0]).unwrap();
    let message = refused(&data, Folding::Grouped, 4);
    assert!(message.starts_with("the rows have 3 groups, too few for 4 folds; take at most 3"));
    assert!(
        refused(&data, Folding::ByTime, 2).starts_with("the rows have too few different times")
    );
    assert!(Folding::ByTime.split(&data, 1, 0).is_err());
    assert!(refused(&rows(6), Folding::Grouped, 2).starts_with("the rows have no groups"));
    assert!(refused(&rows(6), Folding::ByTime, 2).starts_with("the rows have no times"));
}

proptest! {
    #[test]
    fn no_group_is_in_two_folds(
        groups in prop::collection::vec(0_u32..40, 40..200), folds in 2_usize..7, seed in 0_u64..9
    ) {
        let data = rows(groups.len()).with_groups(groups.clone()).unwrap();
        let Ok(split) = Folding::Grouped.split(&data, folds, seed) else { return Ok(()) };
        let largest = (0..40).map(|g| groups.iter().filter(|&&other| other == g).count()).max();
        let sizes: Vec<usize> = split.iter().map(|(_, judged)| judged.len()).collect();
        prop_assert_eq!(sizes.iter().sum::<usize>(), groups.len());
        let spread = sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
        prop_assert!(Some(spread) <= largest);
        for (learned, judged) in &split {
            prop_assert_eq!(learned.len() + judged.len(), groups.len());
            prop_assert!(!judged.is_empty());
            for &row in judged {
                prop_assert!(learned.iter().all(|&other| groups[other] != groups[row]));
            }
        }
    }

    #[test]
    fn nothing_is_learned_from_the_future(
        times in prop::collection::vec(0_i32..60, 20..150), folds in 2_usize..6
    ) {
        let data = rows(times.len()).with_times(times.iter().map(|&t| f64::from(t)).collect()).unwrap();
        let Ok(split) = Folding::ByTime.split(&data, folds, 0) else { return Ok(()) };
        for (learned, judged) in &split {
            let first = judged.iter().map(|&row| times[row]).min().unwrap();
            prop_assert!(learned.iter().all(|&row| times[row] < first));
            // Nothing before the block is left out.
            let before = times.iter().filter(|&&time| time < first).count();
            prop_assert_eq!(learned.len(), before);
        }
    }
}
