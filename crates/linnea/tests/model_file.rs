//! The model's file: what is written is read, and what is damaged is refused.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::prelude::*;
use tempfile::TempDir;

fn digits() -> Model {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    Trainer::new().epochs(2).fit(&train).unwrap().model
}

fn load(bytes: &[u8]) -> Result<Model, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("m.safetensors");
    std::fs::write(&path, bytes).unwrap();
    Model::load(&path).map_err(|error| error.to_string())
}

#[test]
fn a_model_comes_back_as_it_was() {
    let model = digits();
    let bytes = model.to_bytes().unwrap();
    assert!(load(&bytes).unwrap() == model);
    assert!(digits().to_bytes().unwrap() == bytes, "the same bytes twice in a row");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = digits().to_bytes().unwrap();
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        let error = load(&bytes[..length]).unwrap_err();
        assert!(error.contains("no whole safetensors file"), "{length}: {error}");
    }
}

#[test]
fn another_schema_is_refused() {
    let bytes = digits().to_bytes().unwrap();
    let text = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let from = from.as_bytes();
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    };
    let error = load(&text(r#""shape\":[8,8]"#, r#""shape\":[8,9]"#)).unwrap_err();
    assert!(error.contains("the schema asks for F64 [10, 72]"), "{error}");
    let error = load(&text(r#""shape\":[8,8]"#, r#""shape\":[0,8]"#)).unwrap_err();
    assert!(error.contains("it has no features"), "{error}");
    let error = load(&text(r#""loss\":\"softmax"#, r#""loss\":\"squared"#)).unwrap_err();
    assert!(error.contains("its target does not go with its loss"), "{error}");
    let error = load(&text(r#""valid\":null"#, r#""valid\":1.75"#)).unwrap_err();
    assert!(error.contains("validation rows"), "{error}");
    let error = load(&text(r#""format\":1"#, r#""format\":7"#)).unwrap_err();
    assert!(error.contains("is of format 7"), "{error}");
    let error = load(&text(r#""linnea":"#, r#""linneb":"#)).unwrap_err();
    assert!(error.contains("holds no Linnea model"), "{error}");
}

#[test]
fn a_failed_save_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    let model = digits();
    let path = folder.path().join("missing").join("m.safetensors");
    assert!(matches!(model.save(&path), Err(Error::Write { .. })));
    assert!(model.save(folder.path()).is_err(), "a folder is no file");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
