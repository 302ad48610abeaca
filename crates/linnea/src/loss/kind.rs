//! Which losses there are.

use serde::{Deserialize, Serialize};

/// The loss that training makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Loss {
    /// Half the squared residual, (ŷ − y)²/2: linear regression.
    Squared,
    /// Cross-entropy of a softmax over the logits, log Σ exp o − o_y: softmax regression.
    Softmax,
    /// Half the squared residual up to a threshold δ, and δ(|ŷ − y| − δ/2) beyond it: linear
    /// regression of which no single row decides (Huber 1964). The threshold is
    /// [`Settings::delta`](crate::Settings::delta).
    Huber,
    /// exp o − y·o for a count y ≥ 0, whose predicted mean is exp o: Poisson regression. It is the
    /// negative log-likelihood without the term log y!.
    Poisson,
}

impl Loss {
    /// The name that the command line and the model file know.
    ///
    /// ```
    /// assert_eq!(linnea::Loss::Huber.name(), "huber");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Squared => "squared",
            Self::Softmax => "softmax",
            Self::Huber => "huber",
            Self::Poisson => "poisson",
        }
    }

    /// Whether the target is a class, and not a number.
    #[must_use]
    pub fn is_of_classes(self) -> bool {
        self == Self::Softmax
    }

    /// The prediction for a logit of a loss of numbers.
    pub(crate) fn mean(self, logit: f64) -> f64 {
        if self == Self::Poisson { logit.exp() } else { logit }
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
