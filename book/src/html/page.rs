//! A page: the chapter between a list of the chapters and the other language.

use super::body::{body, sections};
use super::file;
use super::highlight::escaped;
use crate::chapter::Chapter;
use std::error::Error;
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// The page of one of the chapters.
pub(super) fn page(chapters: &[Chapter], chapter: &Chapter) -> Result<String, Box<dyn Error>> {
    let (language, title) = (chapter.language, escaped(&chapter.title()));
    let (code, contents, body) = (language.code(), contents(chapters, chapter), body(chapter)?);
    let (other, file) = (language.other(), file(chapter.name));
    let (other_code, other_name) = (other.code(), other.name());
    Ok(format!(
        r#"<!doctype html>
<html lang="{code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Linnea</title>
<style>
{STYLE}</style>
</head>
<body>
<nav>
<p class="book"><a href="index.html">Linnea</a>
<a class="language" href="../{other_code}/{file}" hreflang="{other_code}" lang="{other_code}">{other_name}</a></p>
{contents}</nav>
<main>
{body}</main>
</body>
</html>
"#
    ))
}

/// The list of chapters, with the sections of the one that is open.
fn contents(chapters: &[Chapter], open: &Chapter) -> String {
    let mut list = String::from("<ul>\n");
    for chapter in chapters {
        let (link, title) = (file(chapter.name), escaped(&chapter.title()));
        let (mark, sections) = match chapter.name == open.name {
            true => (" aria-current=\"page\"", section_list(chapter)),
            false => ("", String::new()),
        };
        writeln!(list, "<li><a href=\"{link}\"{mark}>{title}</a>{sections}</li>")
            .expect("a string takes all");
    }
    list + "</ul>\n"
}

fn section_list(chapter: &Chapter) -> String {
    let sections = sections(chapter).into_iter().filter(|section| section.level == 2);
    let items: String = sections
        .map(|section| {
            format!("<li><a href=\"#{}\">{}</a></li>", section.id, escaped(&section.title))
        })
        .collect();
    if items.is_empty() { items } else { format!("<ul>{items}</ul>") }
}
