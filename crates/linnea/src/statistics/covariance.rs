//! Which covariance of the coefficients to estimate.

use std::collections::HashSet;

use serde::Serialize;

use crate::error::{Error, Result};

/// How the covariance of least-squares coefficients is estimated.
///
/// With e the residuals, h the leverages, n rows and k parameters, (XᵀX)⁻¹ (Σ ωᵢ xᵢxᵢᵀ) (XᵀX)⁻¹, where
/// rows and residuals are times the roots of the weights. Classic statistics are compared with
/// Student's t with n − k degrees of freedom; robust ones with the normal, as statsmodels does it in
/// `fit(cov_type=…)`. The F statistic of robust ones is Wald's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Covariance {
    /// σ̂²(XᵀX)⁻¹: right if all rows have the same noise, independent of one another.
    #[default]
    Classic,
    /// ω = e² (White 1980).
    Hc0,
    /// ω = e²·n/(n − k) (Hinkley 1977).
    Hc1,
    /// ω = e²/(1 − h) (MacKinnon & White 1985).
    Hc2,
    /// ω = e²/(1 − h)² (MacKinnon & White 1985): for up to some hundreds of rows.
    Hc3,
    /// Rows of one cluster may depend on each other (Liang & Zeger 1986): a label for each row.
    /// Σ over G clusters of (Σ e x)(Σ e x)ᵀ, times G/(G − 1)·(n − 1)/(n − k). F has G − 1
    /// denominator degrees of freedom.
    #[serde(serialize_with = "clusters_of")]
    Clustered(Vec<u64>),
}

/// Of all labels, what is told is how many clusters there are.
fn clusters_of<S: serde::Serializer>(
    labels: &[u64],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u64(count(labels) as u64)
}

fn count(labels: &[u64]) -> usize {
    labels.iter().collect::<HashSet<_>>().len()
}

impl Covariance {
    /// Its name, as the command knows it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Hc0 => "hc0",
            Self::Hc1 => "hc1",
            Self::Hc2 => "hc2",
            Self::Hc3 => "hc3",
            Self::Clustered(_) => "clustered",
        }
    }

    /// How many clusters there are, if rows are clustered.
    #[must_use]
    pub fn clusters(&self) -> Option<usize> {
        match self {
            Self::Clustered(labels) => Some(count(labels)),
            _ => None,
        }
    }

    pub(crate) fn check(&self, rows: usize) -> Result<()> {
        let Self::Clustered(labels) = self else { return Ok(()) };
        if labels.len() != rows {
            let count = labels.len();
            let reason =
                format!("{count} cluster labels for {rows} rows; there must be one for each");
            return Err(Error::Mismatch(reason));
        }
        if labels.iter().all(|label| *label == labels[0]) {
            let reason = "all rows are in one cluster; clustered standard errors need at least two";
            return Err(Error::Mismatch(reason.into()));
        }
        Ok(())
    }
}
