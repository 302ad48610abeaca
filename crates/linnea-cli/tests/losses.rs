//! The losses of the command, end to end.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use serde_json::Value;
use support::{Folder, has, linnea};

fn run(folder: &Folder, arguments: &str) -> (String, String) {
    let output = linnea(folder).args(arguments.split(' ')).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{arguments}: {err}");
    (out, err)
}

fn json(folder: &Folder, arguments: &str) -> Value {
    serde_json::from_str(&run(folder, arguments).0).unwrap()
}

/// y = 3x, but for every tenth row; and counts whose mean is exp(x/10).
fn data() -> Folder {
    let folder = Folder::new();
    let line = |i: i32| {
        let (x, wave) = (i % 40, f64::from(i * 37 % 11 - 5) / 10.0);
        let y = if i % 10 == 0 { 900.0 } else { f64::from(3 * x) + wave };
        let count = ((f64::from(x) / 10.0).exp() * (1.0 + wave / 2.0)).round();
        format!("{x},{y},{count}\n")
    };
    folder.write("data.csv", format!("x,y,n\n{}", (0..400).map(line).collect::<String>()));
    folder
}

#[test]
fn a_robust_regression_is_trained_evaluated_and_shown() {
    let folder = data();
    let trained =
        json(&folder, "train data.csv --target y --ignore n --loss huber --delta 0.5 --json");
    assert_eq!(trained["task"], "regression");
    assert_eq!(
        (&trained["solver"]["loss"], &trained["solver"]["delta"]),
        (&"huber".into(), &0.5.into())
    );
    assert_eq!(trained["solver"]["converged"], true);
    let evaluated = json(&folder, "evaluate data.safetensors data.csv --json");
    has(&evaluated["metrics"], &trained["train"]);
    let (predicted, _) = run(&folder, "predict data.safetensors data.csv");
    let fourth: f64 = predicted.lines().nth(4).unwrap().parse().unwrap();
    assert!((fourth - 9.0).abs() < 0.5, "{fourth}");
    assert!(run(&folder, "inspect data.safetensors").0.contains("regression model, huber loss"));
    let (text, _) = run(&folder, "train data.csv --target y --ignore n --loss huber");
    assert!(text.contains("loss huber, threshold delta "), "{text}");
}

#[test]
fn counts_are_trained_evaluated_and_predicted() {
    let folder = data();
    for solver in ["auto", "lbfgs", "newton", "sgd", "proximal"] {
        let arguments =
            format!("train data.csv --target n --ignore y --loss poisson --solver {solver}");
        let trained = json(&folder, &(arguments + " --json"));
        assert!(trained["train"]["d2"].as_f64().unwrap() > 0.95, "{solver}: {trained}");
        let evaluated = json(&folder, "evaluate data.safetensors data.csv --json");
        has(&evaluated["metrics"], &trained["train"]);
    }
    let (predicted, _) = run(&folder, "predict data.safetensors data.csv");
    let means: Vec<f64> = predicted.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert!(means.iter().all(|mean| *mean > 0.0));
    assert!((means[30] / 3.0_f64.exp() - 1.0).abs() < 0.2, "{}", means[30]);
    let (text, _) = run(&folder, "train data.csv --target n --ignore y --loss poisson");
    assert!(text.contains("d²") && text.contains("of the mean's logarithm"), "{text}");
}

#[test]
fn losses_are_swept_and_ranked_by_the_absolute_error() {
    let folder = data();
    let swept = json(
        &folder,
        "sweep data.csv --target y --ignore n --loss squared,huber --delta 0.5 --l2 0,0.1 --folds 4 --json",
    );
    assert_eq!(swept["best"]["settings"]["loss"], "huber");
    assert_eq!(swept["best"]["settings"]["delta"], 0.5);
    let heads = swept["heads"].as_array().unwrap();
    let error = |head: &Value| head["cross_validation"]["mae"].as_f64().unwrap();
    assert!(heads.len() == 4 && heads.is_sorted_by(|a, b| error(a) <= error(b)));
    let (text, _) =
        run(&folder, "sweep data.csv --target y --ignore n --loss squared,huber --valid 0.3");
    assert!(text.contains("mae") && text.contains("huber"), "{text}");
}
