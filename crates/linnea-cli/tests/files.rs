//! The files that the command reads, and those that it must not write over.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use support::{Folder, has, json, linnea, stderr, stdout};

#[test]
fn classes_may_be_any_labels() {
    let folder = Folder::new();
    let row = |i: usize| {
        let kind = ["çerise", "\"big, red\"", "no"][i % 3 * (i % 7) % 3];
        format!("{},{},{kind}\n", i % 7, i % 5)
    };
    folder.write("fruit.csv", "a,b,kind\n".to_owned() + &(0..90).map(row).collect::<String>());
    let trained = json(&folder, &["train", "fruit.csv", "--json", "-q"]);
    assert_eq!(trained["data"]["outputs"], 3);
    let predicted = stdout(&folder, &["predict", "fruit.safetensors", "fruit.csv", "--proba"]);
    assert!(predicted.starts_with("prediction,\"p(big, red)\",p(no),p(çerise)\n"), "{predicted}");
}

/// The four files of a data set like MNIST: bars that lie or stand.
fn bars(folder: &Folder) {
    for (part, count) in [("train", 120_u32), ("t10k", 40)] {
        let header = |shape: &[u32]| {
            let magic = [0, 0, 8, shape.len() as u8];
            let shape = shape.iter().flat_map(|n| n.to_be_bytes());
            magic.into_iter().chain(shape).collect::<Vec<u8>>()
        };
        let (mut images, mut labels) = (header(&[count, 4, 4]), header(&[count]));
        for i in 0..count {
            let (lies, at) = (i % 2 == 0, i / 2 % 4);
            let lit = |cell: u32| if lies { cell / 4 == at } else { cell % 4 == at };
            images.extend((0..16).map(|cell| if lit(cell) { 200 + (i % 50) as u8 } else { 3 }));
            labels.push(u8::from(lies));
        }
        folder.write(&format!("bars/{part}-images-idx3-ubyte"), images);
        folder.write(&format!("bars/{part}-labels-idx1-ubyte"), labels);
    }
}

#[test]
fn a_folder_of_idx_files() {
    let folder = Folder::new();
    bars(&folder);
    let trained = json(&folder, &["train", "bars", "--json", "--epochs", "5"]);
    assert_eq!(trained["data"]["features"], 16);
    assert_eq!(trained["model"], "bars.safetensors");
    let evaluated = json(&folder, &["evaluate", "bars.safetensors", "bars", "--json"]);
    has(&evaluated["metrics"], &trained["test"]);
    assert_eq!(evaluated["rows"], 40);
    let images = "bars/t10k-images-idx3-ubyte";
    let predicted = stdout(&folder, &["predict", "bars.safetensors", images]);
    assert_eq!(predicted.lines().count(), 41);
    assert_eq!(predicted, stdout(&folder, &["predict", "bars.safetensors", "bars"]));
}

#[test]
fn damaged_idx_files_are_named() {
    let folder = Folder::new();
    bars(&folder);
    let path = "bars/train-images-idx3-ubyte";
    let whole = std::fs::read(folder.path().join(path)).unwrap();
    let message = |bytes: Vec<u8>| {
        folder.write(path, bytes);
        let output =
            linnea(&folder).args(["train", "bars", "-o", "m.safetensors"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(!folder.path().join("m.safetensors").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(message(whole[..whole.len() - 1].to_vec()).contains("but 1919 follow it"));
    assert!(message(whole[..7].to_vec()).contains("ends inside its header"));
    assert!(message([&[0, 0, 9, 9], &whole[4..]].concat()).contains("magic number 00000909"));
    let claims = [&whole[..4], &u32::MAX.to_be_bytes(), &whole[8..]].concat();
    assert!(message(claims).contains("but 1920 follow it"));
    let fewer = [&whole[..4], &100_u32.to_be_bytes(), &whole[8..16 + 1600]].concat();
    assert!(message(fewer).contains("120 labels for the 100 images"));
}

#[test]
fn a_header_can_be_denied() {
    let folder = Folder::new();
    folder.write("years.csv", "2019,2020\n1,2.5\n2,3.5\n3,4.5\n");
    let rows = |header| {
        let arguments = ["train", "years.csv", "--header", header, "--json", "-q"];
        json(&folder, &arguments)["data"]["rows"].clone()
    };
    assert_eq!((rows("yes"), rows("no"), rows("auto")), (3.into(), 4.into(), 4.into()));
}

#[test]
fn datasets_are_listed_and_found() {
    let folder = Folder::new();
    assert!(stdout(&folder, &["datasets"]).contains("CC BY 4.0"));
    let path = stdout(&folder, &["datasets", "path", "diabetes"]);
    let text = std::fs::read_to_string(path.trim()).unwrap();
    assert!(text.starts_with("age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression\n"));
    let trained = json(&folder, &["train", path.trim(), "--json", "-q"]);
    assert_eq!(trained["data"]["rows"], 442);
}

#[test]
fn a_file_that_is_no_model_is_not_overwritten() {
    let folder = Folder::new();
    let path = folder.write("digits.safetensors", "somebody's work");
    for arguments in [
        &["train", "digits"][..],
        &["train", "diabetes", "-o", "digits.safetensors"],
        &["sweep", "diabetes", "-o", "digits.safetensors"],
    ] {
        let message = stderr(&folder, arguments);
        let advice = "is no Linnea model; delete it first, or name another file with -o";
        assert!(message.contains(advice), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody's work");
    }
}

#[test]
fn models_whole_or_not_and_empty_files_are_overwritten() {
    let folder = Folder::new();
    let path = folder.write("m.safetensors", "");
    let train = ["train", "diabetes", "-q", "-o", "m.safetensors"];
    stdout(&folder, &train);
    let model = std::fs::read(&path).unwrap();
    stdout(&folder, &train);
    std::fs::write(&path, &model[..model.len() - 8]).unwrap();
    stdout(&folder, &train);
    assert!(std::fs::read(&path).unwrap() == model);
}

#[test]
fn names_cannot_move_the_cursor() {
    let folder = Folder::new();
    folder.write("evil.csv", "a\u{1b}[31m,y\n1,2.5\n2,3.5\n3,4.5\n");
    let text = stdout(&folder, &["train", "evil.csv", "-q"]);
    assert!(text.contains("a?[31m") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_file_with_none_of_the_models_names_is_told_both() {
    let folder = Folder::new();
    let rows: String =
        (0..40).map(|i| format!("{i},{},{}\n", i * i % 7, 2 * i + i * i % 3)).collect();
    folder.write("rows.csv", format!("x,z,y\n{rows}"));
    folder.write("others.csv", format!("age,income,price\n{rows}"));
    folder.write("none.csv", rows);
    let train = ["train", "rows.csv", "-o", "m.safetensors", "-q"];
    assert!(linnea(&folder).args(train).output().unwrap().status.success());
    for (name, found) in [("others.csv", "age, income, price"), ("none.csv", "c1, c2, c3")] {
        let output = linnea(&folder).args(["evaluate", "m.safetensors", name]).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(errors.contains(&format!("called {found}, but")), "{errors}");
        assert!(errors.contains("trained on x, z;"), "{errors}");
    }
}
