//! The data sets that are known by name, and where their files are looked for.

use std::path::PathBuf;

use crate::builtin::Builtin;
use crate::error::{DataError, Result};

/// A data set that is known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The name for the command line.
    pub name: &'static str,
    /// `classification` or `regression`.
    pub task: &'static str,
    /// Rows, test set included.
    pub rows: usize,
    /// Columns, the target not counted.
    pub columns: usize,
    /// What it is and where it comes from.
    pub about: &'static str,
    /// Its licence.
    pub licence: &'static str,
    /// Where its rows are.
    pub place: Place,
}

/// Where the rows of a known data set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Inside the binary.
    Builtin(Builtin),
    /// A file or folder below [`data_home`].
    File(&'static str),
}

/// Every data set known by name.
pub const CATALOG: [Known; 4] = [
    Known {
        name: "digits",
        task: "classification",
        rows: 1797,
        columns: 64,
        about: "8×8 handwritten digits (Alpaydin & Kaynak 1998, UCI)",
        licence: "CC BY 4.0",
        place: Place::Builtin(Builtin::Digits),
    },
    Known {
        name: "diabetes",
        task: "regression",
        rows: 442,
        columns: 10,
        about: "disease progression (Efron, Hastie, Johnstone & Tibshirani 2004)",
        licence: "public",
        place: Place::Builtin(Builtin::Diabetes),
    },
    Known {
        name: "mnist",
        task: "classification",
        rows: 70_000,
        columns: 784,
        about: "28×28 handwritten digits (LeCun, Cortes & Burges)",
        licence: "CC BY-SA 3.0",
        place: Place::File("mnist"),
    },
    Known {
        name: "housing",
        task: "regression",
        rows: 20_640,
        columns: 9,
        about: "California census blocks 1990 (Pace & Barry 1997)",
        licence: "public domain",
        place: Place::File("housing/housing.csv"),
    },
];

impl Known {
    /// The data set of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        CATALOG.iter().find(|known| known.name == name)
    }

    /// Where its file or folder is. A built-in set has none until it is written there as CSV.
    ///
    /// # Errors
    /// [`DataError::NotHere`] if it is not there.
    pub fn path(&self) -> Result<PathBuf> {
        let place = match self.place {
            Place::Builtin(builtin) => builtin.csv_path(&data_home()),
            Place::File(file) => data_home().join(file),
        };
        if place.exists() {
            return Ok(place);
        }
        Err(DataError::NotHere { name: self.name.to_owned(), place })
    }
}

/// The folder in which data sets are looked for: `$LINNEA_DATA`, else `linnea` in the user's cache.
#[must_use]
pub fn data_home() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("LINNEA_DATA") {
        return folder.into();
    }
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    cache
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_default()
        .join("linnea")
}
