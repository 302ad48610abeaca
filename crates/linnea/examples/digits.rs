//! Trains on handwritten digits, tests, and keeps the model: the README's ten lines.

use linnea::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (train, test) = Builtin::Digits.train_test()?;
    let fit = Trainer::new().epochs(50).seed(1).fit(&train)?;
    println!("{:?}", fit.model.evaluate(&test, None)?);
    fit.model.save(std::env::temp_dir().join("digits.safetensors"))?;
    Ok(())
}
