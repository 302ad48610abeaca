//! Columns that say something of the rows: weights, groups, times and clusters, end to end.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use serde_json::Value;
use support::{Folder, linnea};

/// Rows of a user each, with a day, a weight, a feature and a target.
fn table(rows: usize) -> String {
    let mut text = String::from("user,day,w,x,z,y\n");
    for row in 0..rows {
        let (x, noise) = (row * 7 % 11, row * row % 5);
        let day = 1 + row * 5 % rows;
        text += &format!(
            "u{},2024-{:02}-{:02},{},{x},{noise},{}.5\n",
            row % 6,
            1 + day / 28,
            1 + day % 28,
            row % 4,
            3 * x + noise + row * row * 3 % 7
        );
    }
    text
}

fn run(folder: &Folder, arguments: &str) -> (Value, String) {
    let output = linnea(folder).args(arguments.split(' ')).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments}: {errors}");
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), errors)
}

fn text(folder: &Folder, arguments: &str) -> String {
    let output = linnea(folder).args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "{arguments}");
    String::from_utf8(output.stdout).unwrap()
}

/// A file in which every row stands as often as its weight says.
fn repeated(table: &str) -> String {
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap());
    for line in lines {
        let weight: usize = line.split(',').nth(2).unwrap().parse().unwrap();
        (0..weight).for_each(|_| text += &format!("{line}\n"));
    }
    text
}

#[test]
fn a_weight_is_a_number_of_rows() {
    let folder = Folder::new();
    folder.write("rows.csv", table(60));
    folder.write("repeated.csv", repeated(&table(60)));
    let (weighted, _) = run(
        &folder,
        "train rows.csv --weight w --ignore user,day --target y -o w.safetensors --json",
    );
    let (many, _) = run(&folder, "train repeated.csv --ignore user,day,w --target y --json -q");
    assert_eq!(
        (&weighted["data"]["features"], &weighted["data"]["weight"]),
        (&2.into(), &"w".into())
    );
    for metric in ["loss", "rmse", "mae", "r2"] {
        let [a, b] = [&weighted, &many].map(|object| object["train"][metric].as_f64().unwrap());
        assert!((a - b).abs() < 1e-10 * b.abs(), "{metric}: {a} {b}");
    }
    let text = text(&folder, "train rows.csv --weight w --ignore user,day --target y -q");
    assert!(text.contains("on 60 rows × 2 features, weighted by w\n"), "{text}");
}

#[test]
fn weights_go_with_every_loss() {
    let folder = Folder::new();
    folder.write("rows.csv", table(60));
    folder.write("repeated.csv", repeated(&table(60)));
    for rest in ["--loss huber", "--loss poisson", "--loss poisson --solver newton"] {
        let train = "train rows.csv --weight w --ignore user,day --target y --json -q";
        let (weighted, _) = run(&folder, &format!("{train} {rest}"));
        let train = "train repeated.csv --ignore user,day,w --target y --json -q";
        let (many, _) = run(&folder, &format!("{train} {rest}"));
        let [a, b] = [&weighted, &many].map(|object| object["train"]["loss"].as_f64().unwrap());
        assert!((a - b).abs() < 1e-8 * b.abs(), "{rest}: {a} {b}");
    }
    let sweep = "sweep rows.csv --weight w --loss squared,huber,poisson --folds 3 --group user";
    let (swept, _) = run(&folder, &format!("{sweep} --ignore day --target y --json"));
    assert!(swept["best"]["cross_validation"]["mae"].is_number());
    let text = text(&folder, &format!("{sweep} --ignore day --target y -q"));
    assert!(text.contains("features, weighted by w, 3 settings, 3 folds"), "{text}");
}

#[test]
fn evaluate_weighs_as_training_did_unless_it_is_told_otherwise() {
    let folder = Folder::new();
    folder.write("rows.csv", table(60));
    let train = "train rows.csv --weight w --ignore user,day --target y -o m.safetensors --json -q";
    let (trained, _) = run(&folder, train);
    let (weighted, said) = run(&folder, "evaluate m.safetensors rows.csv --json");
    // `evaluate` says more than training does.
    let metrics = trained["train"].as_object().unwrap();
    assert!(metrics.iter().all(|(name, value)| weighted["metrics"][name] == *value));
    assert!(said.contains("rows count by their \"w\", as in training"), "{said}");
    let (plain, said) = run(&folder, "evaluate m.safetensors rows.csv --unweighted --json");
    assert_ne!(plain["metrics"]["loss"], trained["train"]["loss"]);
    assert!(!said.contains("rows count by"));
    let (other, _) = run(&folder, "evaluate m.safetensors rows.csv --weight x --json");
    assert_ne!(other["metrics"], weighted["metrics"]);
    // New rows to predict need no weights.
    folder.write("new.csv", "x,z\n1,2\n");
    assert!(text(&folder, "predict m.safetensors new.csv").lines().count() == 2);
    let lacks = linnea(&folder).args(["evaluate", "m.safetensors", "new.csv"]).output().unwrap();
    assert_eq!(lacks.status.code(), Some(1));
}

#[test]
fn a_sweep_keeps_groups_and_times_together() {
    let folder = Folder::new();
    folder.write("rows.csv", table(60));
    let rest = "--target y --l2 0,0.1 --weight w";
    let (grouped, _) =
        run(&folder, &format!("sweep rows.csv --folds 3 --group user --ignore day {rest} --json"));
    let (by_time, _) =
        run(&folder, &format!("sweep rows.csv --folds 3 --time day --ignore user {rest} --json"));
    let (plain, _) =
        run(&folder, &format!("sweep rows.csv --folds 3 --ignore user,day {rest} --json"));
    let loss = |object: &Value| object["best"]["cross_validation"]["loss"].as_f64().unwrap();
    assert!(loss(&grouped) != loss(&plain) && loss(&by_time) != loss(&plain));
    let shown =
        text(&folder, &format!("sweep rows.csv --folds 3 --group user --ignore day {rest} -q"));
    assert!(shown.contains("2 settings, 3 folds of groups by user\n"), "{shown}");
    let shown =
        text(&folder, &format!("sweep rows.csv --folds 3 --time day --ignore user {rest} -q"));
    assert!(shown.contains("2 settings, 3 folds in the order of day\n"), "{shown}");
}

#[test]
fn clusters_make_the_standard_errors() {
    let folder = Folder::new();
    folder.write("rows.csv", table(60));
    let train = "train rows.csv --statistics --ignore day,w --target y";
    let (clustered, _) = run(&folder, &format!("{train} --cluster user --json"));
    assert_eq!(clustered["statistics"]["covariance"]["clustered"], 6);
    assert_eq!(clustered["statistics"]["f_df"], 5.0);
    assert_eq!(clustered["data"]["features"], 2);
    let shown = text(&folder, &format!("{train} --cluster user -q"));
    assert!(shown.contains("standard errors: clustered, 6 clusters\n"), "{shown}");
}
