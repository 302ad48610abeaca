//! `linnea-book figures` draws the figures anew; `linnea-book html FOLDER` builds the pages.

use linnea_book::chapter::Language;
use linnea_book::figures::FIGURES;
use linnea_book::html;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
linnea-book figures      draw book/figures anew
linnea-book html FOLDER  build the pages into FOLDER/en and FOLDER/zh";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["figures"] => draw_figures(),
        ["html", folder] => build_pages(Path::new(folder)),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn build_pages(folder: &Path) -> Result<(), Box<dyn Error>> {
    html::build(folder)?;
    for language in Language::ALL {
        println!("{}", folder.join(language.code()).join("index.html").display());
    }
    Ok(())
}

fn draw_figures() -> Result<(), Box<dyn Error>> {
    for figure in FIGURES {
        fs::write(figure.path(), figure.draw()?)?;
    }
    Ok(())
}
