//! From what a user names to a data set: a built-in, a text file, images, or standard input.

use std::path::{Path, PathBuf};

use crate::builtin::Builtin;
use crate::catalog::{CATALOG, Known, Place};
use crate::csv::{Purpose, Table, encode, infer, is_numbered};
use crate::dataset::{Dataset, Targets};
use crate::error::{DataError, Result, nearest};
use crate::notice::Notice;
use crate::options::{Header, Missing, ReadOptions, Task};
use crate::schema::{Schema, TargetKind};
use crate::split::split;
use crate::{idx, images, io};

/// Where data come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A data set inside the binary, with a test set of its own.
    Builtin(Builtin),
    /// A CSV or TSV file.
    Text(PathBuf),
    /// CSV or TSV on standard input.
    Stdin,
    /// IDX images, their labels beside them, and perhaps a test set.
    Images {
        /// The training images.
        train: PathBuf,
        /// The test images.
        test: Option<PathBuf>,
    },
}

/// Data as they were read: missing cells are NaN until [`Loaded::prepare`].
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The rows; the training rows where the source has a test set.
    pub train: Dataset,
    /// The source's own test set.
    pub test: Option<Dataset>,
    /// What the reader decided or mended.
    pub notices: Vec<Notice>,
}

/// Data ready to train on: nothing is missing.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The rows to learn from.
    pub train: Dataset,
    /// Rows held out of the training rows.
    pub valid: Option<Dataset>,
    /// The source's own test set.
    pub test: Option<Dataset>,
}

impl Source {
    /// What `name` stands for: `-`, a built-in or known data set, a file or a folder.
    ///
    /// # Errors
    /// If there is nothing of that name, or a folder holds no data.
    pub fn find(name: &str) -> Result<Self> {
        if name == "-" {
            return Ok(Self::Stdin);
        }
        let known = Known::find(name);
        if let Some(Known { place: Place::Builtin(builtin), .. }) = known {
            return Ok(Self::Builtin(*builtin));
        }
        let path = PathBuf::from(name);
        if path.exists() {
            return Self::of_path(path);
        }
        match known {
            Some(known) => Self::of_path(known.path()?),
            None => Err(DataError::NotFound { name: name.to_owned(), nearest: nearest_name(name) }),
        }
    }

    fn of_path(path: PathBuf) -> Result<Self> {
        if path.is_dir() {
            let train = images::images_in(&path, "train").ok_or_else(|| DataError::Format {
                origin: path.display().to_string(),
                reason: "the folder has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz; \
                         name a file, or a folder with MNIST-style IDX files"
                    .into(),
            })?;
            return Ok(Self::Images { train, test: images::images_in(&path, "t10k") });
        }
        // A pipe can be read only once, so it is not looked into: it is text.
        if path.is_file() && (is_named_idx(&path) || idx::is_idx(&io::peek(&path, 4)?)) {
            return Ok(Self::Images { train: path, test: None });
        }
        Ok(Self::Text(path))
    }

    /// A short name for what is made of the data: a file's stem, a folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        let (path, fallback) = match self {
            Self::Builtin(builtin) => return builtin.name().to_owned(),
            Self::Stdin => return "stdin".to_owned(),
            Self::Text(path) => (path.as_path(), "data"),
            Self::Images { train, .. } => {
                (train.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(train), "images")
            }
        };
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let stem = name.as_deref().and_then(|name| name.split('.').find(|part| !part.is_empty()));
        stem.unwrap_or(fallback).to_owned()
    }

    /// Reads the data and finds out what they are.
    ///
    /// # Errors
    /// If the data cannot be read, or not as `options` wants them.
    pub fn read(&self, options: &ReadOptions) -> Result<Loaded> {
        let mut notices = Vec::new();
        let is_header = |guess: bool, _: &[String]| match options.header {
            Header::Auto => guess,
            header => header == Header::Yes,
        };
        if let Some(mut table) = self.table(is_header)? {
            if !table.header && options.header == Header::Auto {
                notices.push(Notice::NoHeader { origin: table.origin.clone() });
            }
            let schema = infer(&mut table, options, &mut notices)?;
            let train = encode(&mut table, &schema, options, Purpose::Learn, &mut notices)?;
            return Ok(Loaded { train, test: None, notices });
        }
        let targets = !options.may_lack_target || self.is_labelled();
        let loaded = self.read_whole(targets, None)?;
        check_options(&loaded.train, options, &self.origin())?;
        Ok(loaded)
    }

    /// Whether all images have labels.
    fn is_labelled(&self) -> bool {
        match self {
            Self::Images { train, test } => {
                std::iter::once(train).chain(test).all(|images| images::labels_of(images).is_some())
            }
            _ => true,
        }
    }

    /// Reads the data as a model's schema has them: columns are found by name, in any order, and
    /// missing cells are filled as in training. With `targets`, every row needs one, and a weight if
    /// the schema names their column; without, neither is read and no row is left out.
    ///
    /// # Errors
    /// If the data cannot be read, or do not have the schema's columns.
    pub fn read_as(&self, schema: &Schema, missing: Missing, targets: bool) -> Result<Loaded> {
        let purpose = if targets { Purpose::Learn } else { Purpose::Predict };
        // Where training found no names, line 1 is a row.
        let named = schema.columns.iter().any(|column| !is_numbered(&column.name));
        let is_header = |guess: bool, first: &[String]| {
            guess && named || schema.columns.iter().any(|column| first.contains(&column.name))
        };
        let mut loaded = if let Some(mut table) = self.table(is_header)? {
            check_names(schema, &table)?;
            let mut notices = Vec::new();
            let options = ReadOptions { missing, ..ReadOptions::default() };
            let train = encode(&mut table, schema, &options, purpose, &mut notices)?;
            Loaded { train, test: None, notices }
        } else {
            let weight = schema.weight.as_ref().filter(|_| targets);
            refuse_roles(weight.map(|name| ("weight", name)).into_iter(), &self.origin())?;
            self.read_whole(targets, schema.labels())?
        };
        check_columns(schema, loaded.train.schema(), &self.origin())?;
        if targets {
            check_target(schema, &loaded.train, &self.origin())?;
        }
        if let Some(fills) = schema.fills() {
            loaded.train = loaded.train.fill_missing(&fills);
            loaded.test = loaded.test.map(|test| test.fill_missing(&fills));
        }
        Ok(loaded)
    }

    /// The table, if this is text.
    fn table(&self, is_header: impl Fn(bool, &[String]) -> bool) -> Result<Option<Table>> {
        let (origin, text) = match self {
            Self::Text(path) => (self.origin(), io::read_all(path)?),
            Self::Stdin => (self.origin(), io::read_stdin()?),
            _ => return Ok(None),
        };
        Table::parse(origin, text, is_header).map(Some)
    }

    /// Data that carry their own schema.
    fn read_whole(&self, targets: bool, labels: Option<&[String]>) -> Result<Loaded> {
        let (train, test) = match self {
            Self::Images { train, test } => {
                let train = read_images(train, targets, labels)?;
                let labels = labels.or(train.schema().labels()).map(<[String]>::to_vec);
                let test = test.as_ref().map(|path| read_images(path, targets, labels.as_deref()));
                (train, test.transpose()?)
            }
            Self::Builtin(builtin) => {
                let (train, test) = builtin.train_test()?;
                (train, Some(test))
            }
            Self::Text(_) | Self::Stdin => unreachable!("text has no schema of its own"),
        };
        Ok(Loaded { train, test, notices: Vec::new() })
    }

    /// What the data are called in messages.
    #[must_use]
    pub fn origin(&self) -> String {
        match self {
            Self::Builtin(builtin) => builtin.name().to_owned(),
            Self::Stdin => "standard input".to_owned(),
            Self::Text(path) | Self::Images { train: path, .. } => path.display().to_string(),
        }
    }
}

impl Loaded {
    /// Holds out `valid` (a fraction and a seed) of the training rows, then puts the training
    /// rows' means where values are missing: what is held out has no say in them.
    ///
    /// # Errors
    /// If a part would be empty.
    pub fn prepare(self, valid: Option<(f64, u64)>) -> Result<Parts> {
        let (mut train, mut valid) = match valid {
            None => (self.train, None),
            Some((fraction, seed)) => {
                let (train, valid) = split(&self.train, fraction, seed);
                if train.rows() == 0 || valid.rows() == 0 {
                    return Err(DataError::Shape(format!(
                        "holding out {fraction:?} of {} rows leaves a part empty; \
                         choose another --valid",
                        self.train.rows()
                    )));
                }
                (train, Some(valid))
            }
        };
        let mut test = self.test;
        if !train.schema().is_grid() {
            let means = train.present_means();
            train = train.fill_missing(&means);
            valid = valid.map(|data| data.fill_missing(&means));
            test = test.map(|data| data.fill_missing(&means));
        }
        Ok(Parts { train, valid, test })
    }
}

/// Whether a file has the name of an IDX file, so that a wrong magic number is worth a word.
fn is_named_idx(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.is_some_and(|name| name.trim_end_matches(".gz").ends_with("-ubyte"))
}

fn read_images(images: &Path, targets: bool, labels: Option<&[String]>) -> Result<Dataset> {
    let labels_path = if targets { images::labels_of(images) } else { None };
    if targets && labels_path.is_none() {
        return Err(DataError::Format {
            origin: images.display().to_string(),
            reason: "there is no labels file beside the images; \
                     its name has labels-idx1 where theirs has images-idx3"
                .into(),
        });
    }
    images::read(images, labels_path.as_deref(), labels)
}

/// Images and built-in sets bring their own schema, so most options cannot apply to them.
fn check_options(data: &Dataset, options: &ReadOptions, origin: &str) -> Result<()> {
    refuse_roles(options.roles(), origin)?;
    let Some(target) = &data.schema().target else {
        return Ok(());
    };
    let refuse = |reason: String| Err(DataError::Format { origin: origin.to_owned(), reason });
    if let Some(name) = options.target.as_ref().filter(|name| **name != target.name) {
        return Err(DataError::NoColumn {
            origin: origin.to_owned(),
            role: "target",
            name: name.clone(),
            hint: format!("; it is {:?}", target.name),
        });
    }
    if let Some(name) = options.ignore.iter().chain(&options.categorical).next() {
        return refuse(format!(
            "column {name:?} cannot be changed: the data set has its own schema"
        ));
    }
    let classes = matches!(target.kind, TargetKind::Classes { .. });
    match options.task {
        Task::Regression if classes => refuse(
            "the target is a class; leave out --task, or the --loss that is for numbers".into(),
        ),
        Task::Classification if !classes => refuse(
            "the target is a number; leave out --task, or the --loss that is for classes".into(),
        ),
        _ => Ok(()),
    }
}

/// Data with their own schema have no columns but features and target.
fn refuse_roles<'a>(
    mut roles: impl Iterator<Item = (&'static str, &'a String)>,
    origin: &str,
) -> Result<()> {
    roles.next().map_or(Ok(()), |(role, name)| {
        Err(DataError::NoColumn {
            origin: origin.to_owned(),
            role,
            name: name.clone(),
            hint: ": the data set has its own schema, of features and target alone".into(),
        })
    })
}

fn check_columns(wanted: &Schema, found: &Schema, origin: &str) -> Result<()> {
    let same = wanted.columns.len() == found.columns.len()
        && wanted
            .columns
            .iter()
            .zip(&found.columns)
            .all(|(a, b)| a.name == b.name && a.kind == b.kind);
    if same {
        return Ok(());
    }
    Err(DataError::Format {
        origin: origin.to_owned(),
        reason: format!(
            "the data have {} but the model was trained on {}; give it data of the same kind",
            describe(found),
            describe(wanted)
        ),
    })
}

/// A table that has none of a model's columns has other names, or is of another kind.
fn check_names(schema: &Schema, table: &Table) -> Result<()> {
    let wanted: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    if schema.is_grid() || wanted.iter().any(|name| table.find(name).is_some()) {
        return Ok(());
    }
    let found: Vec<&str> = table.names.iter().map(String::as_str).collect();
    Err(DataError::Format {
        origin: table.origin.clone(),
        reason: format!(
            "its columns are called {}, but the model was trained on {}; line 1 must have these names",
            list(&found),
            list(&wanted)
        ),
    })
}

/// The first few names.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    names[..names.len().min(SHOWN)].join(", ") + more
}

fn describe(schema: &Schema) -> String {
    match schema.columns.as_slice() {
        [column] if schema.is_grid() => match &column.kind {
            crate::ColumnKind::Grid { shape } => format!("images of {shape:?}"),
            _ => column.name.clone(),
        },
        columns => {
            let names: Vec<&str> = columns.iter().take(4).map(|c| c.name.as_str()).collect();
            let more = if columns.len() > 4 { ", …" } else { "" };
            format!("{} columns ({}{more})", columns.len(), names.join(", "))
        }
    }
}

fn check_target(wanted: &Schema, found: &Dataset, origin: &str) -> Result<()> {
    let reason = match (wanted.labels(), found.schema().labels(), found.targets()) {
        (_, _, Targets::Absent) => "there is no target to compare with",
        (Some(a), Some(b), _) if a == b => return Ok(()),
        (None, None, _) => return Ok(()),
        _ => "the target is not what the model was trained to predict",
    };
    Err(DataError::Format { origin: origin.to_owned(), reason: reason.into() })
}

/// The name most like a mistyped one, among the known data sets and the neighbouring files.
fn nearest_name(name: &str) -> Option<String> {
    let path = Path::new(name);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok();
    let files: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let wanted = path.file_name()?.to_string_lossy();
    let known = CATALOG.iter().map(|known| known.name).filter(|_| folder.is_none());
    let found = nearest(&wanted, files.iter().map(String::as_str).chain(known))?;
    Some(folder.map_or_else(|| found.clone(), |folder| folder.join(&found).display().to_string()))
}
