//! Wald statistics of softmax and logistic regression.

/// Placeholder.
#[derive(Debug)]
pub struct WaldStatistics;
