//! The command end to end, as a shell would run it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use serde_json::Value;
use support::{Folder, has, json, linnea, stderr, stdout};

#[test]
fn digits_train_evaluate_predict() {
    let folder = Folder::new();
    let trained = json(&folder, &["train", "digits", "--json"]);
    assert!(trained["test"]["accuracy"].as_f64().unwrap() >= 0.95);
    assert_eq!(trained["model"], "digits.safetensors");
    assert_eq!(trained["data"]["rows"], 1438);
    for (part, name) in [("test", "test"), ("train", "train")] {
        let arguments = ["evaluate", "digits.safetensors", "digits", "--part", part, "--json"];
        let metrics = &json(&folder, &arguments)["metrics"];
        has(metrics, &trained[name]);
        let aucs = metrics["per_class"].as_array().unwrap().iter().map(|class| &class["auc"]);
        assert!(aucs.map(|auc| auc.as_f64().unwrap()).all(|auc| (0.95..=1.0).contains(&auc)));
    }
    let predicted = stdout(&folder, &["predict", "digits.safetensors", "digits", "--proba"]);
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("prediction,p(0),p(1),p(2),p(3),p(4),p(5),p(6),p(7),p(8),p(9)"));
    for line in lines {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let total: f64 = cells[1..].iter().sum();
        assert!((total - 1.0).abs() < 1e-9);
        let largest = cells[1..].iter().copied().fold(0.0, f64::max);
        assert_eq!(cells[1 + cells[0] as usize], largest);
    }
    assert_eq!(predicted.lines().count(), 1 + 359);
}

#[test]
fn calibration_lowers_the_loss_on_held_out_rows_and_keeps_the_classes() {
    let folder = Folder::new();
    let plain =
        ["train", "digits", "--valid", "0.2", "--solver", "lbfgs", "--l2", "1e-6", "--json"];
    let before = json(&folder, &plain);
    let after = json(&folder, &[&plain[..], &["--calibrate"]].concat());
    let loss = |object: &Value| object["valid"]["loss"].as_f64().unwrap();
    assert!(after["temperature"].as_f64().unwrap() > 1.0);
    assert!(loss(&after) < loss(&before));
    assert_eq!(after["valid"]["accuracy"], before["valid"]["accuracy"]);
    let shown = json(&folder, &["inspect", "digits.safetensors", "--json"]);
    assert_eq!(shown.pointer("/card/provenance/temperature"), after.get("temperature"));
    assert!(stderr(&folder, &["train", "digits", "--calibrate"]).contains("--valid"));
    let numbers = ["train", "diabetes", "--valid", "0.2", "--calibrate"];
    assert!(stderr(&folder, &numbers).contains("the target is a number, so leave it out"));
}

#[test]
fn the_object_of_train_has_its_contract() {
    let folder = Folder::new();
    let object = json(&folder, &["train", "diabetes", "--epochs", "3", "--json", "--seed", "5"]);
    let at = |path: &str| object.pointer(path).unwrap_or_else(|| panic!("{path} is missing"));
    for number in [
        "/data/rows",
        "/data/features",
        "/data/outputs",
        "/solver/epochs",
        "/solver/iterations",
        "/solver/gradient_norm",
        "/train/loss",
        "/train/rmse",
        "/train/mae",
        "/train/r2",
        "/seconds/read",
        "/seconds/fit",
        "/seconds/total",
        "/threads",
    ] {
        assert!(at(number).is_number(), "{number}");
    }
    assert_eq!(at("/task"), "regression");
    assert_eq!(at("/solver/name"), "sgd");
    assert_eq!(at("/seed"), 5);
    assert_eq!(at("/seconds/epochs").as_array().unwrap().len(), 3);
    assert!(at("/valid").is_null() && at("/solver/converged").is_null());
    let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
    assert_eq!(keys[..3], ["task", "data", "solver"]);
}

#[test]
fn a_solver_says_whether_it_converged() {
    let folder = Folder::new();
    let solver = |arguments: &str| {
        let arguments = format!("train {arguments} --json");
        json(&folder, &arguments.split(' ').collect::<Vec<_>>())["solver"].clone()
    };
    let end = solver("diabetes");
    assert!(end["name"] == "exact" && end["converged"] == true && end["epochs"].is_null());
    let end = solver("digits --l2 1e-2");
    let (norm, start) = (end["gradient_norm"].as_f64(), end["start_gradient_norm"].as_f64());
    assert!(norm.unwrap() <= 1e-6 * start.unwrap() && end["gap"].as_f64().unwrap() < 1e-3);
    let end = solver("diabetes --l1 2");
    assert!(end["name"] == "proximal" && end["converged"] == true && end["reason"] == "gap");
    let end = solver("digits --solver lbfgs");
    assert!(end["converged"] == false && end["reason"] == "separable");
    let end = solver("digits --l2 1e-2 --max-iterations 2");
    assert!(end["converged"] == false && end["iterations"] == 2);
    let notes = stderr(&folder, &["train", "digits", "--solver", "lbfgs"]);
    assert!(notes.contains("not converged: separable"), "{notes}");
}

#[test]
fn the_object_of_roofline_has_its_contract() {
    let folder = Folder::new();
    let arguments = ["roofline", "--quick", "--json", "--threads", "2"];
    let object = json(&folder, &arguments);
    let positive = |value: &Value, names: &[&str]| {
        for name in names {
            let number = value[name].as_f64().unwrap_or_else(|| panic!("{name} of {value}"));
            assert!(number.is_finite() && number > 0.0, "{name} of {value}");
        }
    };
    assert!(object["level"].is_string() && object["machine"].is_object());
    assert_eq!(object["threads"], 2);
    let entries = |name: &str| object[name].as_array().unwrap().clone();
    for (read, threads) in entries("read").iter().zip(1..) {
        assert_eq!(read["threads"], threads);
        positive(read, &["gb_per_s"]);
    }
    for multiply in entries("multiply") {
        assert!(multiply["dtype"] == "f32" || multiply["dtype"] == "f64");
        positive(&multiply, &["threads", "gflop_per_s"]);
    }
    for work in entries("works") {
        assert!(work["name"].is_string() && (work["dtype"] == "u8" || work["dtype"] == "f32"));
        assert!(work["bound"] == "bytes" || work["bound"] == "operations");
        positive(&work, &["rows", "features", "outputs", "batch_size", "threads"]);
        positive(
            &work,
            &[
                "bytes",
                "operations",
                "floor_seconds",
                "shuffled_read_seconds",
                "seconds",
                "share_of_floor",
            ],
        );
    }
    assert_eq!(["read", "multiply", "works"].map(|name| entries(name).len()), [2, 4, 6]);
}

/// Houses with a gap, a text column, and a price that follows from both.
fn houses(folder: &Folder) -> &'static str {
    let mut text = String::from("rooms,sea,age,price\n");
    for i in 0..300 {
        let (rooms, age, sea) = (2 + i * 7 % 6, i * 13 % 50, ["near", "far", "island"][i % 3]);
        let price = 50.0 * rooms as f64 - age as f64 + [80.0, 10.0, 200.0][i % 3] + 0.25;
        let age = if i % 29 == 0 { "NA".to_owned() } else { age.to_string() };
        text += &format!("{rooms},{sea},{age},{price}\n");
    }
    folder.write("houses.csv", text);
    "houses.csv"
}

#[test]
fn a_table_with_gaps_and_texts() {
    let folder = Folder::new();
    let data = houses(&folder);
    let notes = stderr(&folder, &["train", data, "--valid", "0.2"]);
    assert!(notes.contains("text taken for categories, each a feature: \"sea\" (3)"), "{notes}");
    assert!(notes.contains("11 missing values in \"age\": the training mean stands in"), "{notes}");
    let arguments = ["train", data, "--target", "price", "--valid", "0.2", "--json"];
    let trained = json(&folder, &arguments);
    assert_eq!(trained["data"]["features"], 5);
    assert!(trained["valid"]["r2"].as_f64().unwrap() > 0.99);
    let valid = ["evaluate", "houses.safetensors", data, "--part", "valid", "--json"];
    has(&json(&folder, &valid)["metrics"], &trained["valid"]);
}

#[test]
fn prediction_finds_columns_by_name() {
    let folder = Folder::new();
    let data = houses(&folder);
    stdout(&folder, &["train", data, "-q"]);
    let expected = stdout(&folder, &["predict", "houses.safetensors", data]);
    let text = std::fs::read_to_string(folder.path().join(data)).unwrap();
    let shuffled: String = text
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{}\t{}\t{}\n", cells[2], cells[0], cells[1])
        })
        .collect();
    folder.write("shuffled.tsv", shuffled);
    assert_eq!(stdout(&folder, &["predict", "houses.safetensors", "shuffled.tsv"]), expected);

    folder.write("new.csv", "rooms,sea,age\n3,moon,10\n3,far,10\n");
    let notes = stderr(&folder, &["predict", "houses.safetensors", "new.csv"]);
    assert!(
        notes.contains("\"sea\" has categories not seen in training (moon) in 1 row"),
        "{notes}"
    );
    stdout(&folder, &["predict", "houses.safetensors", "new.csv", "-o", "new.jsonl", "-q"]);
    let lines = std::fs::read_to_string(folder.path().join("new.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["prediction"].is_f64());
}

#[test]
fn the_same_bytes_for_any_threads() {
    let folder = Folder::new();
    let data = houses(&folder);
    let bytes = |data: &str, threads: &str, name: &str| {
        stdout(&folder, &["train", data, "--epochs", "4", "--threads", threads, "-o", name, "-q"]);
        std::fs::read(folder.path().join(name)).unwrap()
    };
    for data in ["digits", "diabetes", data] {
        let first = bytes(data, "1", "a.safetensors");
        assert!(first == bytes(data, "2", "b.safetensors"), "{data}: two threads");
        assert!(first == bytes(data, "1", "c.safetensors"), "{data}: twice in a row");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_whole() {
    let folder = Folder::new();
    houses(&folder);
    let run = |command: &str| {
        let command = command.replace("linnea", env!("CARGO_BIN_EXE_linnea"));
        let mut shell = std::process::Command::new("bash");
        let output = shell.args(["-c", &command]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run("linnea train <(cat houses.csv) -q -o pipe.m");
    run("cat houses.csv | linnea train - -q -o stdin.m");
    run("gzip -k houses.csv; linnea train houses.csv.gz -q -o gzip.m");
    let predicted = ["pipe.m", "stdin.m", "gzip.m"]
        .map(|model| run(&format!("linnea predict {model} houses.csv -q")));
    assert!(predicted[0] == predicted[1] && predicted[1] == predicted[2]);
}

#[cfg(unix)]
#[test]
fn nobody_to_read_notes_is_no_reason_to_stop() {
    let folder = Folder::new();
    houses(&folder);
    let command = format!("{} train houses.csv 2>&1 >out | true", env!("CARGO_BIN_EXE_linnea"));
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &format!("{command}; exit ${{PIPESTATUS[0]}}")]).current_dir(folder.path());
    assert!(shell.status().unwrap().success());
    assert!(folder.path().join("houses.safetensors").exists());
}

#[test]
fn inspect_shows_data_and_models() {
    let folder = Folder::new();
    let data = houses(&folder);
    let text = stdout(&folder, &["inspect", data]);
    assert!(text.contains("\"sea\": \"far\", \"island\", \"near\""), "{text}");
    stdout(&folder, &["train", data, "-q"]);
    let text = stdout(&folder, &["inspect", "houses.safetensors"]);
    assert!(text.contains("predicts \"price\" from 5 features"), "{text}");
    let object = json(&folder, &["inspect", "houses.safetensors", "--json"]);
    assert_eq!(object["card"]["recipe"]["solver"], "exact");
    let object = json(&folder, &["inspect", data, "--json"]);
    assert_eq!(object["schema"]["columns"][2]["missing"], 11);
}

#[test]
fn inspect_shows_data_without_a_target() {
    let folder = Folder::new();
    folder.write("one.csv", "price\n1.5\n2.5\n4\n");
    let text = stdout(&folder, &["inspect", "one.csv"]);
    assert!(text.starts_with("one.csv: 3 rows × 1 column, no target, 1 feature (f64)\n"), "{text}");
    let object = json(&folder, &["inspect", "one.csv", "--json"]);
    assert!(
        object["schema"]["target"].is_null() && object["features"][0]["max"] == 4.0,
        "{object}"
    );
    folder.write("gaps.csv", "price\nNA\nNA\n");
    let text = stdout(&folder, &["inspect", "gaps.csv", "-q"]);
    assert!(text.contains("2    –     –          –    –"), "{text}");
    folder.write("words.csv", "word\na\nb\na\n");
    let text = stdout(&folder, &["inspect", "words.csv"]);
    assert!(text.contains("\"word\": \"a\", \"b\""), "{text}");
    // Three images of 2 × 2, and nobody says what they show.
    let header = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2];
    folder.write("x-images-idx3-ubyte", [&header[..], &[7; 12]].concat());
    let text = stdout(&folder, &["inspect", "x-images-idx3-ubyte"]);
    assert!(text.contains("3 rows × 1 column, no target, 4 features (u8)"), "{text}");
    for name in ["one.csv", "x-images-idx3-ubyte"] {
        linnea(&folder).args(["train", name]).assert().failure().code(1);
    }
}

#[test]
fn shells_and_manual_readers_are_served() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&folder, &["completions", shell]).contains("predict"));
    }
    assert!(stdout(&folder, &["man"]).contains(".TH linnea 1"));
    assert!(stdout(&folder, &["man", "train"]).contains(".TH linnea-train 1"));
}

#[test]
fn two_classes_have_one_column_of_log_odds() {
    let folder = Folder::new();
    let rows =
        (0..40).map(|i| format!("{},{}\n", i, if (i * 7) % 11 < i % 13 { "yes" } else { "no" }));
    folder.write("two.csv", format!("x,bought\n{}", rows.collect::<String>()));
    let table = stdout(&folder, &["train", "two.csv", "-q", "--solver", "newton"]);
    assert!(table.contains("coefficients of the log-odds of \"yes\" against \"no\"\n"), "{table}");
    let statistics = json(&folder, &["train", "two.csv", "-q", "--statistics", "--json"]);
    let number = |line: &str| {
        let line = table.lines().find(|l| l.trim_start().starts_with(line)).unwrap();
        line.split_whitespace().last().unwrap().parse::<f64>().unwrap()
    };
    for (line, place) in [("(intercept)", 0), ("x", 1)] {
        let estimate = &statistics["statistics"]["coefficients"][place]["estimate"];
        assert!((number(line) - estimate.as_f64().unwrap()).abs() < 1e-4, "{line}: {table}");
    }
}

#[test]
fn more_classes_have_their_intercepts() {
    let folder = Folder::new();
    let rows = (0..60).map(|i| format!("{},{}\n", i * i % 17, ["a", "b", "c"][i % 7 % 3]));
    folder.write("three.csv", format!("x,kind\n{}", rows.collect::<String>()));
    let table = stdout(&folder, &["train", "three.csv", "-q"]);
    assert!(table.contains("coefficients of the classes' logits\n"), "{table}");
    let ends: Vec<_> = table.lines().filter(|line| line.contains("(intercept)")).collect();
    let classes: Vec<_> = ends.iter().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(classes, ["a", "b", "c"]);
}

#[test]
fn gap_and_tolerance_can_be_compared() {
    let folder = Folder::new();
    let object = json(&folder, &["train", "diabetes", "--l1", "0.1", "--json", "-q"]);
    let solver = &object["solver"];
    let of = |name: &str| solver[name].as_f64().unwrap();
    assert_eq!(solver["reason"], "gap");
    assert!(of("relative_gap") <= of("tolerance"));
    // The loss at the start is half the target's variance, of which r² is what is left unexplained.
    let train = |name: &str| object["train"][name].as_f64().unwrap();
    let start = train("loss") / (1.0 - train("r2"));
    assert!((of("relative_gap") - of("gap") / start).abs() <= 1e-9 * of("relative_gap"));
    let text = stdout(&folder, &["train", "diabetes", "--l1", "0.1", "-q"]);
    assert!(text.contains(", l1 0.1, tolerance 1e-8: the duality gap is within"), "{text}");
    assert!(text.contains(" of the start's loss)\n"), "{text}");
}

#[test]
fn model_and_data_the_wrong_way_round_are_known() {
    let folder = Folder::new();
    let data = houses(&folder);
    stdout(&folder, &["train", data, "-q"]);
    for command in ["predict", "evaluate"] {
        let message = stderr(&folder, &[command, data, "houses.safetensors"]);
        assert!(message.contains("give the model first, then the data"), "{message}");
    }
}

#[test]
fn inputs_are_not_overwritten() {
    let folder = Folder::new();
    let data = houses(&folder);
    stdout(&folder, &["train", data, "-q"]);
    let before = std::fs::read(folder.path().join(data)).unwrap();
    for arguments in [
        vec!["train", data, "-o", data],
        vec!["train", "diabetes", "--test", data, "-o", data],
        vec!["predict", "houses.safetensors", data, "-o", data],
    ] {
        let message = stderr(&folder, &arguments);
        assert!(message.contains("is an input, which would be overwritten"), "{message}");
        assert!(std::fs::read(folder.path().join(data)).unwrap() == before);
    }
}

#[test]
fn a_diverging_rate_says_so_and_leaves_the_old_model() {
    let folder = Folder::new();
    stdout(&folder, &["train", "diabetes", "-q"]);
    let before = std::fs::read(folder.path().join("diabetes.safetensors")).unwrap();
    let output = linnea(&folder).args(["train", "diabetes", "--lr", "5"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("diverged in epoch 1") && message.contains("(--lr)"), "{message}");
    assert_eq!(std::fs::read(folder.path().join("diabetes.safetensors")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new();
    stdout(&folder, &["train", "digits", "--epochs", "2", "-q"]);
    let command = format!(
        "{} predict digits.safetensors digits --proba --part train -q | head -n 1",
        env!("CARGO_BIN_EXE_linnea")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_instruction_set_can_be_forced_and_a_wrong_one_is_refused() {
    let folder = Folder::new();
    let train = ["train", "diabetes", "--epochs", "1", "-q"];
    linnea(&folder).args(train).env("LINNEA_LEVEL", "portable").assert().success();
    for wrong in ["sse2", "", "AVX512"] {
        let output = linnea(&folder).args(train).env("LINNEA_LEVEL", wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let error = String::from_utf8(output.stderr).unwrap();
        let start = format!("error: LINNEA_LEVEL is {wrong:?}; on this machine it can be portable");
        assert!(error.starts_with(&start), "{error}");
    }
}
