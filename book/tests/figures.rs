//! The committed figures are what their code draws.

use linnea_book::figures::{FIGURES, Figure};
use std::{collections::BTreeSet, fs};

#[test]
fn every_figure_is_as_its_code_draws_it() {
    for figure in FIGURES {
        let kept = fs::read_to_string(figure.path()).unwrap_or_default();
        let drawn = figure.draw().unwrap();
        assert!(kept == drawn, "{} differs: run `cargo xtask figures`", figure.path().display());
    }
}

#[test]
fn no_figure_is_without_code() {
    let folder = fs::read_dir(linnea_book::root().join("figures")).unwrap();
    let kept: BTreeSet<_> = folder.map(|file| file.unwrap().path()).collect();
    assert_eq!(kept, FIGURES.iter().map(Figure::path).collect());
}

#[test]
fn all_numbers_in_figures_are_finite() {
    for figure in FIGURES {
        let drawn = figure.draw().unwrap();
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{}", figure.name);
    }
}
