//! The numbers that flags take, and what is said of others.

fn number(text: &str, good: impl Fn(f64) -> bool, range: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if good(number) => Ok(number),
        _ => Err(format!("it must be {range}")),
    }
}

pub(super) fn fraction(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0 && x < 1.0, "a number above 0 and below 1")
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    number(text, |x| x.is_finite() && x > 0.0, "a finite number above 0")
}

/// The weight of a penalty: as large as numbers in data may be.
pub(super) fn penalty(text: &str) -> Result<f64, String> {
    number(text, |x| (0.0..=1e100).contains(&x), "a number from 0 to 1e100")
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    number(text, |x| (0.0..=1e6).contains(&x), "a number from 0 to 1e6")
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("it must be a whole number from 0 to {}", u64::MAX))
}

pub(super) fn momentum(text: &str) -> Result<f64, String> {
    number(text, |x| (0.0..1.0).contains(&x), "at least 0 and below 1")
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("it must be a whole number of at least 1".into()),
    }
}

pub(super) fn folds(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count >= 2 => Ok(count),
        _ => Err("it must be a whole number of at least 2".into()),
    }
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if (1..=1024).contains(&count) => Ok(count),
        _ => Err("it must be a whole number from 1 to 1024".into()),
    }
}
