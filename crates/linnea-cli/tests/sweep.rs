//! Sweeps of the command, end to end.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use serde_json::Value;
use support::{Folder, json, linnea, stdout};

#[test]
fn a_sweep_ranks_its_settings_and_saves_the_best() {
    let folder = Folder::new();
    let arguments = ["sweep", "diabetes", "--l2", "1e-3,1e-1,10", "--folds", "4"];
    let text = stdout(&folder, &arguments);
    assert!(text.contains("held-out loss") && text.contains("model, the best:"), "{text}");
    let object = json(&folder, &[&arguments[..], &["--json"]].concat());
    let heads = object["heads"].as_array().unwrap();
    assert_eq!(heads.len(), 3);
    let loss = |head: &Value| head["cross_validation"]["loss"].as_f64().unwrap();
    assert!(heads.is_sorted_by(|a, b| loss(a) <= loss(b)));
    assert_eq!(object["best"]["settings"], heads[0]["settings"]);
    let model = json(&folder, &["inspect", "diabetes.safetensors", "--json"]);
    assert_eq!(model["card"]["recipe"]["l2"], heads[0]["settings"]["l2"]);
}

#[test]
fn a_sweep_says_how_its_table_is_to_be_read() {
    let folder = Folder::new();
    let sweep = |more: &str| {
        let arguments = "sweep diabetes --seed 1 ".to_owned() + more;
        let output = linnea(&folder).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success());
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    };
    let [text, notes] = sweep("--l2 0,1e-6,0.1 --folds 4 --one-standard-error");
    let legend = "* is kept; ranked by held-out loss (lower is better); r²: higher is better\n";
    assert!(text.contains("held-out r²\n") && text.contains(legend), "{text}");
    assert!(text.contains("0.1  ") && text.contains("1e-6  "), "{text}");
    assert!(text.contains("model, the most penalised within one standard error of the best: "));
    assert!(!notes.contains("--one-standard-error"), "{notes}");
    let [text, notes] = sweep("--lr 0.01,0.02 --epochs 3 --folds 4 --one-standard-error");
    assert!(text.contains("model, the best: "), "{text}");
    assert!(notes.contains("these settings differ in none"), "{notes}");
    let [text, notes] = sweep("--l2 0,0.1");
    assert!(text.contains("ranked by train loss (lower is better)\n"), "{text}");
    assert!(notes.contains("no rows are held out"), "{notes}");
}

#[test]
fn a_sweep_keeps_what_does_not_diverge() {
    let folder = Folder::new();
    let arguments = ["sweep", "digits", "--lr", "0.01,1e9", "--epochs", "2", "--json"];
    let object = json(&folder, &arguments);
    assert!(object["heads"][0]["error"].is_null() && object["heads"][1]["error"].is_string());
    assert_eq!(object["best"]["settings"]["learning_rate"], 0.01);
}

#[test]
fn a_sweep_takes_one_solver_for_all_its_settings() {
    let folder = Folder::new();
    for (arguments, solver) in [
        ("sweep digits --l2 0,1e-3 --json", "sgd"),
        ("sweep diabetes --l1 0,1 --json", "proximal"),
        ("sweep diabetes --l2 0,1 --json", "exact"),
    ] {
        let object = json(&folder, &arguments.split(' ').collect::<Vec<_>>());
        let heads = object["heads"].as_array().unwrap();
        assert!(heads.iter().all(|head| head["settings"]["solver"] == solver), "{object}");
    }
}

#[test]
fn a_sweep_says_who_did_not_converge() {
    let folder = Folder::new();
    let rows = (0..60).map(|i| format!("{i},{},{}\n", i * 37 % 11, if i < 30 { "a" } else { "b" }));
    folder.write("apart.csv", "x,z,class\n".to_owned() + &rows.collect::<String>());
    let sweep = |arguments: &str| {
        let output = linnea(&folder).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    };
    let [text, notes] = sweep("sweep apart.csv --solver lbfgs --l2 0,1e-2");
    let line = |text: &str, start: &str| {
        text.lines().find(|line| line.starts_with(start)).unwrap().to_owned()
    };
    assert!(text.contains("  note\n") && line(&text, "1 *").ends_with("  separable"), "{text}");
    assert!(!line(&text, "2 ").contains("separable"), "{text}");
    assert!(notes.contains("note: 1 of 2 settings did not converge, the one that is kept among"));
    assert!(notes.contains("--l2 1e-4") && !notes.contains("--max-iterations"), "{notes}");
    let object =
        json(&folder, &["sweep", "apart.csv", "--solver", "lbfgs", "--l2", "0,1e-2", "--json"]);
    let solver = |head: usize| &object["heads"][head]["solver"];
    assert_eq!(
        (&solver(0)["converged"], &solver(0)["reason"]),
        (&false.into(), &"separable".into())
    );
    assert!(solver(0)["gradient_norm"].is_f64() && solver(0)["gap"].is_null());
    assert_eq!((&solver(1)["converged"], &solver(1)["reason"]), (&true.into(), &"gradient".into()));
    assert!(solver(1)["gap"].is_f64());

    let few = "sweep apart.csv --solver lbfgs --l2 1e-3,1e-2 --max-iterations 1 --folds 3";
    let [text, notes] = sweep(few);
    assert!(line(&text, "1 *").ends_with("  not converged"), "{text}");
    assert!(notes.contains("note: 2 of 2 settings") && notes.contains("more --max-iterations"));
    // What says nothing of it is not accused.
    let [text, notes] = sweep("sweep apart.csv --solver sgd --l2 1e-3,1e-2");
    assert!(!text.contains("note\n") && !notes.contains("did not converge"), "{text}{notes}");
    let object = json(&folder, &["sweep", "apart.csv", "--solver", "sgd", "--json"]);
    let solver = &object["heads"][0]["solver"];
    assert!(solver["converged"].is_null() && solver["gap"].is_null(), "{object}");
}

#[test]
fn a_momentum_that_is_said_is_of_sgd_whatever_it_is() {
    let folder = Folder::new();
    for momentum in ["0.9", "0.5"] {
        let arguments = ["sweep", "diabetes", "--momentum", momentum, "--json", "-q"];
        let object = json(&folder, &arguments);
        assert_eq!(object["best"]["settings"]["solver"], "sgd");
        assert_eq!(object["best"]["settings"]["momentum"], momentum.parse::<f64>().unwrap());
    }
    let object = json(&folder, &["sweep", "diabetes", "--epochs", "2", "--json", "-q"]);
    assert_eq!(object["best"]["settings"]["momentum"], 0.9);
}
