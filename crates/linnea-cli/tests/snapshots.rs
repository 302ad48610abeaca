//! Snapshots of what a person reads: help texts, and an error for every bad input.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test -p linnea-cli --test snapshots`,
//! and read the difference.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use support::{Folder, linnea};

#[test]
fn help() {
    let folder = Folder::new();
    for command in ["", "train", "sweep", "evaluate", "predict", "inspect", "datasets", "roofline"]
    {
        let arguments: Vec<&str> =
            [command, "--help"].into_iter().filter(|a| !a.is_empty()).collect();
        let output = linnea(&folder).args(arguments).env("COLUMNS", "100").output().unwrap();
        let name = format!("help_{}", if command.is_empty() { "linnea" } else { command });
        insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap());
    }
}

/// Classes that overlap, so that the likelihood has a maximum.
const NOISE: &str = "x,class\n1,a\n2,b\n3,a\n4,a\n5,b\n6,b\n7,a\n8,b\n9,b\n";

/// Every bad input: the arguments, and the files that they are about.
const BAD: &[(&str, &[(&str, &str)])] = &[
    ("train nosuch.csv", &[]),
    ("train digit", &[]),
    ("train trian.csv", &[("train.csv", "a,b\n1,2\n")]),
    ("train empty.csv", &[("empty.csv", "")]),
    ("train blank.csv", &[("blank.csv", " \n\n")]),
    ("train header.csv", &[("header.csv", "a,b\n")]),
    ("train ragged.csv", &[("ragged.csv", "a,b\n1,2\n3,4\n5,6,7\n")]),
    ("train text.csv", &[("text.csv", "a,b\n1,2.5\ntwo,3.5\n3,4.5\n4,1.5\n")]),
    ("train target.csv", &[("target.csv", "a,b\n1,2.5\n2,x\n3,4.5\n4,1.5\n")]),
    ("train houses.csv --target prise", &[("houses.csv", "rooms,price\n1,2.5\n")]),
    ("train houses.csv --target price --ignore price", &[("houses.csv", "rooms,price\n1,2.5\n")]),
    ("train houses.csv --ignore romms", &[("houses.csv", "rooms,price\n1,2.5\n")]),
    ("train class.csv", &[("class.csv", "a,b\n1,x\n2,x\n3,x\n")]),
    ("train inf.csv", &[("inf.csv", "a,b\n1,2.5\n-inf,3.5\n3,4.5\n")]),
    ("train big.csv", &[("big.csv", "a,b\n1,2.5\n1e200,3.5\n3,4.5\n")]),
    ("train nan.csv --missing error", &[("nan.csv", "a,b\n1,2.5\nNaN,3.5\n3,4.5\n")]),
    ("train gaps.csv --missing drop", &[("gaps.csv", "a,c,b\n1,,2.5\n,2,3.5\n")]),
    ("train notarget.csv --target b", &[("notarget.csv", "a,b\n1,\n2,\n")]),
    ("train row.csv", &[("row.csv", "a,b\n1,2.5\n")]),
    ("train only.csv", &[("only.csv", "b\n1.5\n2.5\n")]),
    ("train twice.csv", &[("twice.csv", "a,a,b\n1,2,3\n")]),
    ("train binary.csv", &[("binary.csv", "PAR1\0\0\0")]),
    ("train digits -o -", &[]),
    ("train mnist", &[]),
    ("train folder", &[("folder/readme.txt", "nothing")]),
    ("train digits -o missing/m.safetensors", &[]),
    ("train digits -o folder", &[("folder/readme.txt", "nothing")]),
    ("train diabetes -o notes.txt", &[("notes.txt", "mine")]),
    ("train digits --lr 1e9", &[]),
    ("train digits --lr -1", &[]),
    ("train digits --epochs 0", &[]),
    ("train digits --valid 1.5", &[]),
    ("train digits --task regression", &[]),
    ("train digits --loss squared --task classification", &[]),
    ("train digits --target pixel", &[]),
    ("train digits --solver bfgs", &[]),
    ("train digits --solver newton --l1 0.1", &[]),
    ("train digits --loss huber", &[]),
    ("train diabetes --loss huber --solver exact", &[]),
    ("train diabetes --loss poisson --statistics", &[]),
    ("train diabetes --loss poisson --delta 2", &[]),
    ("train diabetes --loss huber --delta 0", &[]),
    ("train counts.csv --loss poisson", &[("counts.csv", "a,b\n1,2\n2,-1\n3,4\n")]),
    ("train zeros.csv --loss poisson", &[("zeros.csv", "a,b\n1,0\n2,0\n3,0\n")]),
    ("sweep diabetes --loss squared,softmax", &[]),
    ("sweep diabetes --loss squared,huber --checkpoint c.safetensors", &[]),
    ("train digits --solver lbfgs --lr 0.1", &[]),
    ("train digits --solver sgd --l1 0.1", &[]),
    ("train digits --solver lbfgs --l1 0.1", &[]),
    ("train digits --l1 0.1 --epochs 5", &[]),
    ("train digits --solver exact", &[]),
    ("train diabetes --solver exact --max-iterations 5", &[]),
    ("sweep digits --momentum 0.9 --solver newton", &[]),
    ("sweep diabetes --momentum 0.5,0.9 --solver exact", &[]),
    ("sweep diabetes --l2 0,1 --schedule cosine --solver lbfgs", &[]),
    ("sweep digits --folds 1", &[]),
    ("sweep digits --l2 0.1,-1", &[]),
    ("train diabetes --l2 1e308", &[]),
    ("train digits --seed -1", &[]),
    ("train diabetes --valid 0.2 --calibrate", &[]),
    ("sweep digits --lr 0.1 --one-standard-error", &[]),
    ("sweep digits --l1 0,0.1 --lr 0.1", &[]),
    ("train diabetes --statistics --l1 0.1", &[]),
    ("train diabetes --statistics --epochs 3", &[]),
    ("train digits --statistics", &[]),
    ("train noise.csv --statistics --max-iterations 1", &[("noise.csv", NOISE)]),
    ("train diabetes --influence i.csv", &[]),
    ("train digits --statistics --intervals i.csv", &[]),
    ("train diabetes --statistics --influence i.parquet", &[]),
    ("train diabetes --statistics --influence nowhere/i.csv", &[]),
    ("train diabetes --statistics --influence i.csv --intervals ./i.csv", &[]),
    (
        "train rooms.csv --statistics --intervals rooms.csv",
        &[("rooms.csv", "a,b\n1,2.5\n2,3\n3,4\n")],
    ),
    ("train digits --weight pixel", &[]),
    ("train w.csv --weight wt", &[("w.csv", "w,a,b\n1,2,2.5\n1,3,3.5\n")]),
    ("train w.csv --weight w", &[("w.csv", "w,a,b\n1,2,2.5\n-1,3,3.5\n")]),
    ("train w.csv --weight w", &[("w.csv", "w,a,b\n1,2,2.5\n,3,3.5\n")]),
    ("train w.csv --weight w", &[("w.csv", "w,a,b\n0,2,2.5\n0,3,3.5\n")]),
    ("train w.csv --weight b --target b", &[("w.csv", "w,a,b\n0,2,2.5\n0,3,3.5\n")]),
    ("train c.csv --cluster c", &[("c.csv", "c,a,b\n1,2,2.5\n1,3,3.5\n")]),
    ("train c.csv --cluster c --statistics", &[("c.csv", "c,a,b\n1,2,2.5\n1,3,3.5\n1,4,4.5\n")]),
    ("train digits --weight w --statistics --solver lbfgs", &[]),
    ("sweep g.csv --folds 3 --group g", &[("g.csv", "g,a,b\n1,2,2.5\n2,3,3.5\n1,4,4.5\n")]),
    ("sweep g.csv --folds 2 --group h", &[("g.csv", "g,a,b\n1,2,2.5\n2,3,3.5\n1,4,4.5\n")]),
    ("sweep t.csv --folds 2 --time t", &[("t.csv", "t,a,b\n1,2,2.5\n2,3,3.5\n1,4,4.5\n")]),
    ("sweep t.csv --folds 2 --time t", &[("t.csv", "t,a,b\nMon,2,2.5\nTue,3,3.5\nWed,4,4.5\n")]),
    ("sweep digits --group g", &[]),
    ("sweep digits --folds 3 --group g --time t", &[]),
    ("evaluate diabetes.safetensors diabetes --weight w", &[]),
    ("sweep diabetes --l2 0.1 --folds 400", &[]),
    ("train digits --tol 0", &[]),
    ("train digits --max-iterations 0", &[]),
    ("evaluate missing.safetensors digits", &[]),
    ("evaluate text.safetensors digits", &[("text.safetensors", "this is no model")]),
    ("evaluate diabetes.safetensors digits", &[]),
    ("evaluate diabetes.safetensors diabetes --part valid", &[]),
    ("predict x.csv diabetes.safetensors", &[("x.csv", "age,sex\n1,2\n")]),
    ("evaluate diabetes.safetensors x.csv", &[("x.csv", "age,sex\n1,2\n")]),
    ("predict diabetes.safetensors diabetes -o p.parquet", &[]),
    ("predict diabetes.safetensors diabetes --proba", &[]),
    ("datasets path nosuch", &[]),
    ("roofline --threads 0", &[]),
    ("man nosuch", &[]),
    ("fly", &[]),
];

#[test]
fn every_bad_input_has_its_error() {
    let mut text = String::new();
    for (arguments, files) in BAD {
        let folder = Folder::new();
        files.iter().for_each(|(name, content)| drop(folder.write(name, content)));
        if arguments.contains("diabetes.safetensors") {
            linnea(&folder).args(["train", "diabetes", "--epochs", "1", "-q"]).assert().success();
        }
        let before = listing(&folder);
        let output = linnea(&folder).args(arguments.split(' ')).output().unwrap();
        assert_eq!(listing(&folder), before, "{arguments}: no file may be left");
        let code = output.status.code().unwrap();
        assert!(code == 1 || code == 2, "{arguments}: {code}");
        assert!(output.stdout.is_empty(), "{arguments}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!errors.contains("panicked"), "{arguments}: {errors}");
        let error = errors.lines().find(|line| line.starts_with("error: ")).unwrap();
        let error = error.replace(&folder.path().display().to_string(), "[folder]");
        text += &format!("$ linnea {arguments}\n{error}\n=> {code}\n\n");
    }
    insta::assert_snapshot!(text);
}

fn listing(folder: &Folder) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
