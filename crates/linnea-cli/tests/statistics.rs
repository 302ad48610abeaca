//! `linnea train --statistics`, end to end.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use serde_json::Value;
use support::{Folder, linnea};

/// J. W. Longley's economic data of 1967, as NIST certifies their regression.
const LONGLEY: &str = "y,x1,x2,x3,x4,x5,x6
60323,83.0,234289,2356,1590,107608,1947
61122,88.5,259426,2325,1456,108632,1948
60171,88.2,258054,3682,1616,109773,1949
61187,89.5,284599,3351,1650,110929,1950
63221,96.2,328975,2099,3099,112075,1951
63639,98.1,346999,1932,3594,113270,1952
64989,99.0,365385,1870,3547,115094,1953
63761,100.0,363112,3578,3350,116219,1954
66019,101.2,397469,2904,3048,117388,1955
67857,104.6,419180,2822,2857,118734,1956
68169,108.4,442769,2936,2798,120445,1957
66513,110.8,444546,4681,2637,121950,1958
68655,112.6,482704,3813,2552,123366,1959
69564,114.2,502601,3931,2514,125368,1960
69331,115.7,518173,4806,2572,127852,1961
70551,116.9,554894,4007,2827,130081,1962
";

fn run(folder: &Folder, arguments: &[&str]) -> (bool, String, String) {
    let output = linnea(folder).arg("train").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn certified_digits_are_in_the_json() {
    let folder = Folder::new();
    folder.write("longley.csv", LONGLEY);
    let arguments = ["longley.csv", "--target", "y", "--statistics", "--json", "-q"];
    let (success, out, _) = run(&folder, &arguments);
    assert!(success);
    let object: Value = serde_json::from_str(&out).unwrap();
    let close = |pointer: &str, want: f64| {
        let got = object.pointer(pointer).and_then(Value::as_f64).unwrap();
        assert!((got / want - 1.0).abs() < 1e-12, "{pointer}: {got} {want}");
    };
    close("/statistics/coefficients/0/estimate", -3_482_258.634_595_82);
    close("/statistics/coefficients/0/standard_error", 890_420.383_607_373);
    close("/statistics/coefficients/6/estimate", 1_829.151_464_613_55);
    close("/statistics/coefficients/6/standard_error", 455.478_499_142_212);
    close("/statistics/residual_sd", 304.854_073_561_965);
    close("/statistics/r2", 0.995_479_004_577_296);
    close("/statistics/f", 330.285_339_234_588);
    assert_eq!(object.pointer("/solver/name"), Some(&"exact".into()));
    assert_eq!(object.pointer("/solver/converged"), Some(&true.into()));
    assert_eq!(object.pointer("/solver/rank"), Some(&7.into()));
}

#[test]
fn the_table_names_what_a_user_of_r_looks_for() {
    let folder = Folder::new();
    folder.write("longley.csv", LONGLEY);
    let (success, out, _) = run(
        &folder,
        &["longley.csv", "--target", "y", "--statistics", "--covariance", "hc3", "-q"],
    );
    assert!(success);
    for word in ["(intercept)", "std. error", "P>|z|", "hc3", "AIC", "condition number", "VIF"] {
        assert!(out.contains(word), "{word} is missing in\n{out}");
    }
    // GNP's, by statsmodels' variance_inflation_factor.
    assert!(out.lines().any(|line| line.starts_with("x2 ") && line.ends_with("1.8e3")), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    assert!(!out.contains("inverse variances"), "{out}");
    let (_, out, _) =
        run(&folder, &["longley.csv", "--target", "y", "--statistics", "--no-intercept", "-q"]);
    assert!(out.contains("P>|t|") && !out.contains("(intercept)"), "{out}");
}

#[test]
fn classes_have_wald_statistics() {
    let folder = Folder::new();
    let rows = (0..200).map(|i| {
        let x = f64::from(i * 37 % 100) / 50.0 - 1.0;
        let class = if x + f64::from(i * 61 % 97) / 40.0 - 1.2 > 0.0 { "yes" } else { "no" };
        format!("{x},{class}\n")
    });
    folder.write("classes.csv", "x,class\n".to_owned() + &rows.collect::<String>());
    let (success, out, _) = run(&folder, &["classes.csv", "--statistics", "--json", "-q"]);
    assert!(success);
    let object: Value = serde_json::from_str(&out).unwrap();
    let line = object.pointer("/statistics/coefficients/1").unwrap();
    assert_eq!((line["name"].as_str(), line["class"].as_str()), (Some("x"), Some("yes")));
    assert!(line["standard_error"].as_f64().unwrap() > 0.0);
    assert!(object.pointer("/statistics/distance").and_then(Value::as_f64).unwrap() < 0.01);
    let (success, _, error) = run(&folder, &["classes.csv", "--statistics", "--no-intercept"]);
    assert!(!success && error.contains("--no-intercept is for a regression"), "{error}");
    let (success, _, error) =
        run(&folder, &["classes.csv", "--statistics", "--intervals", "rows.csv"]);
    assert!(!success && error.contains("--intervals is for a regression"), "{error}");
    assert!(!folder.path().join("rows.csv").exists());
    let (success, _, error) = run(&folder, &["classes.csv", "--statistics", "--l2", "1"]);
    assert!(!success && error.contains("--l2 0"), "{error}");
    std::fs::remove_file(folder.path().join("classes.safetensors")).unwrap();
    let (success, _, error) =
        run(&folder, &["classes.csv", "--statistics", "--max-iterations", "1", "-q"]);
    assert!(!success && error.contains("standard errors from the maximum"), "{error}");
    assert!(!folder.path().join("classes.safetensors").exists());
}

#[test]
fn without_noise_there_are_no_errors() {
    let folder = Folder::new();
    folder.write("two.csv", "a,y\n1,2\n2,4\n");
    folder.write("line.csv", "a,y\n1,2\n2,4\n3,6\n4,8\n");
    let text = |name: &str, flags: &[&str]| {
        let arguments = [&["train", name, "--task", "regression", "--statistics"], flags].concat();
        let output = linnea(&folder).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let saturated = text("two.csv", &[]);
    assert!(saturated.contains("as many coefficients as rows"), "{saturated}");
    assert!(!saturated.contains("NaN"), "{saturated}");
    assert!(text("line.csv", &[]).contains("an essentially perfect fit"));
    let object: Value = serde_json::from_str(&text("two.csv", &["--json"])).unwrap();
    let slope = object.pointer("/statistics/coefficients/1").unwrap();
    assert_eq!((&slope["standard_error"], &slope["statistic"]), (&().into(), &().into()));
}

/// The records of a CSV file of numbers, by the names of its columns.
fn records(folder: &Folder, name: &str) -> (String, Vec<Vec<f64>>) {
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let numbers = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    (header.to_owned(), rows.lines().map(numbers).collect())
}

#[track_caller]
fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} {want}");
    }
}

#[test]
fn the_influence_of_each_row_is_in_a_file() {
    let folder = Folder::new();
    folder.write("longley.csv", LONGLEY);
    let arguments =
        ["longley.csv", "--target", "y", "--statistics", "--influence", "rows.csv", "--json", "-q"];
    let (success, out, error) = run(&folder, &arguments);
    assert!(success, "{error}");
    let object: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&object["influence"], &object["intervals"]), (&"rows.csv".into(), &().into()));
    let (header, rows) = records(&folder, "rows.csv");
    assert_eq!(header, "row,fitted,residual,leverage,standardized_residual,cooks_distance");
    assert_eq!(rows.len(), 16);
    // From exact fractions of the same numbers.
    let wanted = [
        (
            0,
            [
                60055.65997024028,
                267.3400297597205,
                0.4245369306265356,
                1.1560144442653817,
                0.14084015650782208,
            ],
        ),
        (
            4,
            [
                62911.28540923977,
                309.7145907602299,
                0.6155110941741347,
                1.6384294910906172,
                0.613916838192173,
            ],
        ),
        (
            15,
            [
                70757.75782519374,
                -206.7578251937381,
                0.6886146016938934,
                -1.2154044749271795,
                0.4666825970163359,
            ],
        ),
    ];
    for (row, wanted) in wanted {
        assert_eq!(rows[row][0], row as f64);
        close(&rows[row][1..], &wanted);
    }
    let leverages: f64 = rows.iter().map(|row| row[3]).sum();
    close(&[leverages], &[7.0]);
}

#[test]
fn intervals_are_of_the_test_rows_where_there_are_some() {
    let folder = Folder::new();
    folder.write("longley.csv", LONGLEY);
    let [first, .., last] = LONGLEY.trim_end().lines().collect::<Vec<_>>()[..] else { panic!() };
    folder.write("one.csv", format!("{first}\n{last}\n"));
    let arguments = ["longley.csv", "--target", "y", "--statistics", "-q", "--intervals"];
    let (success, out, error) = run(&folder, &[&arguments[..], &["rows.csv"]].concat());
    assert!(success && out.contains("intervals of the training rows: rows.csv"), "{out}{error}");
    let (header, rows) = records(&folder, "rows.csv");
    assert_eq!(
        header,
        "row,prediction,standard_error,confidence_low,confidence_high,prediction_low,prediction_high"
    );
    assert_eq!(rows.len(), 16);
    let (at, error, deviation, quantile) =
        (70757.75782519374, 252.9764630749923, 396.14782220435944, 2.262_157_162_740_991_5);
    let ends = [quantile * error, quantile * deviation];
    let wanted = [at, error, at - ends[0], at + ends[0], at - ends[1], at + ends[1]];
    close(&rows[15][1..], &wanted);

    let more = [&arguments[..], &["one.jsonl", "--test", "one.csv"]].concat();
    let (success, out, error) = run(&folder, &more);
    assert!(success && out.contains("intervals of the test rows: one.jsonl"), "{out}{error}");
    let text = std::fs::read_to_string(folder.path().join("one.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 1);
    let object: Value = serde_json::from_str(&text).unwrap();
    close(&[object["standard_error"].as_f64().unwrap()], &[rows[15][2]]);
    assert_eq!(object["row"], 0);
}

#[test]
fn what_weights_mean_is_said() {
    let folder = Folder::new();
    let rows = (0..40).map(|i| format!("{i},{},{}\n", 2 * i + i * 7 % 5, 1 + i % 3));
    folder.write("w.csv", "x,y,w\n".to_owned() + &rows.collect::<String>());
    let arguments = ["w.csv", "--target", "y", "--task", "regression", "--statistics", "-q"];
    let (_, out, error) = run(&folder, &[&arguments[..], &["--weight", "w"]].concat());
    assert!(out.contains("weights are inverse variances"), "{out}{error}");
    let (_, out, _) = run(&folder, &[&arguments[..], &["--ignore", "w"]].concat());
    assert!(!out.contains("inverse variances") && out.contains("VIF"), "{out}");
}
