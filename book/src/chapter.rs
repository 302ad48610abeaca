//! The chapters: which there are, and what is in them.

use crate::markdown::{self, Part};
use std::path::PathBuf;
use std::{fs, io};

/// The names of the chapters' files, in the order in which they are read.
pub const NAMES: [&str; 5] =
    ["README", "norms", "linear-regression", "softmax-regression", "softmin"];

/// A language that the book is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `book/en`.
    English,
    /// `book/zh`.
    Chinese,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The folder of its chapters, which is also the language's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }
}

/// A chapter in one language.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The language.
    pub language: Language,
    /// The name of its file, without `.md`.
    pub name: &'static str,
    /// The Markdown.
    pub text: String,
}

impl Chapter {
    /// Reads a chapter.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn read(language: Language, name: &'static str) -> io::Result<Self> {
        let path = Self::folder(language).join(name).with_extension("md");
        let text = fs::read_to_string(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        Ok(Self { language, name, text })
    }

    /// Reads all chapters of a language, in order.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read_all(language: Language) -> io::Result<Vec<Self>> {
        NAMES.into_iter().map(|name| Self::read(language, name)).collect()
    }

    /// Where a language's chapters are.
    #[must_use]
    pub fn folder(language: Language) -> PathBuf {
        crate::root().join(language.code())
    }

    /// What the chapter is made of, as far as it is checked.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        markdown::parts(&self.text)
    }

    /// The first heading.
    #[must_use]
    pub fn title(&self) -> String {
        let heading = self.parts().into_iter().find_map(|part| match part {
            Part::Heading(_, text) => Some(text),
            _ => None,
        });
        heading.unwrap_or_else(|| self.name.to_owned())
    }
}
