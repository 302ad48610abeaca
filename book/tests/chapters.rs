//! Both languages say the same, every link leads somewhere, and what is written renders both here
//! and on a repository page.

use linnea_book::chapter::{Chapter, Language, NAMES};
use linnea_book::figures::FIGURES;
use linnea_book::html;
use linnea_book::markdown::Part;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;

/// What may stand behind an opening fence. Nothing that keeps rustdoc from running a block.
const FENCES: [&str; 6] = ["rust", "python", "sh", "text", "toml", "math"];

fn chapters() -> Vec<Chapter> {
    Language::ALL
        .into_iter()
        .flat_map(|language| Chapter::read_all(language).expect("the chapters are there"))
        .collect()
}

fn name(chapter: &Chapter) -> String {
    format!("{}/{}.md", chapter.language.code(), chapter.name)
}

#[test]
fn each_language_has_the_chapters_and_no_others() {
    for language in Language::ALL {
        let files = fs::read_dir(Chapter::folder(language)).unwrap();
        let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, NAMES.iter().map(|name| format!("{name}.md").into()).collect());
    }
}

#[test]
fn both_languages_have_the_same_code() {
    for name in NAMES {
        let [english, chinese] = Language::ALL.map(|language| rust_blocks(language, name));
        assert_eq!(english.len(), chinese.len(), "Rust blocks of {name}");
        for (english, chinese) in english.iter().zip(&chinese) {
            assert_eq!(english, chinese, "{name}");
        }
    }
}

/// The Rust blocks of a chapter, each without comments and empty lines.
fn rust_blocks(language: Language, name: &'static str) -> Vec<String> {
    let parts = Chapter::read(language, name).expect("the chapter is there").parts();
    let code = parts.into_iter().filter_map(|part| match part {
        Part::Code(fence, text) if fence == "rust" => Some(without_comments(&text)),
        _ => None,
    });
    code.collect()
}

fn without_comments(code: &str) -> String {
    let lines = code.lines().map(|line| line.find("//").map_or(line, |at| &line[..at]).trim_end());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fence_says_its_language_and_no_block_is_left_out() {
    for chapter in chapters() {
        for part in chapter.parts() {
            if let Part::Code(fence, text) = part {
                assert!(FENCES.contains(&fence.as_str()), "{}: ```{fence}\n{text}", name(&chapter));
            }
        }
    }
}

#[test]
fn a_section_that_has_rust_has_pytorch_before_it() {
    for chapter in chapters().iter().filter(|chapter| chapter.name != "README") {
        let (mut section, mut has_python) = (String::new(), false);
        for part in chapter.parts() {
            match part {
                Part::Heading(2, title) => (section, has_python) = (title, false),
                Part::Code(fence, _) if fence == "python" => has_python = true,
                Part::Code(fence, _) if fence == "rust" => {
                    assert!(has_python, "{}, {section}: no ```python first", name(chapter));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_figure_is_shown_in_both_languages_and_every_picture_is_a_figure() {
    let known: BTreeSet<_> =
        FIGURES.iter().map(|figure| format!("../figures/{}.svg", figure.name)).collect();
    for language in Language::ALL {
        let parts = Chapter::read_all(language).unwrap().into_iter().flat_map(|c| c.parts());
        let shown = parts.filter_map(|part| match part {
            Part::Image(link) => Some(link),
            _ => None,
        });
        assert_eq!(shown.collect::<BTreeSet<_>>(), known, "{}", language.code());
    }
}

#[test]
fn every_link_leads_to_a_file_or_to_a_heading() {
    for chapter in chapters() {
        for part in chapter.parts() {
            if let Part::Link(link) = part {
                assert!(resolves(&chapter, &link), "{}: {link}", name(&chapter));
            }
        }
    }
}

fn resolves(chapter: &Chapter, link: &str) -> bool {
    if link.contains("://") {
        return true;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, id)| (path, Some(id)));
    let path = match path {
        "" => Chapter::folder(chapter.language).join(format!("{}.md", chapter.name)),
        path => Chapter::folder(chapter.language).join(path),
    };
    let Ok(path) = path.canonicalize() else { return false };
    let Some(anchor) = anchor else { return true };
    let other = chapters().into_iter().find(|chapter| {
        Chapter::folder(chapter.language).join(format!("{}.md", chapter.name)) == path
    });
    other.is_some_and(|other| html::anchors(&other).iter().any(|id| id == anchor))
}

#[test]
fn the_pages_build_and_fetch_nothing() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    html::build(folder.as_ref()).unwrap();
    for page in ["en/index.html", "zh/softmin.html"] {
        let page = fs::read_to_string(format!("{folder}/{page}")).unwrap();
        assert!(page.ends_with("</html>\n"));
        for fetched in ["<script", "<link", "src=", "@import", "url("] {
            assert!(!page.contains(fetched), "{fetched}");
        }
    }
}

/// A repository page takes Markdown's escapes out of a formula before it sets it, and knows a
/// dollar only beside a space or some marks. (Backticks inside the dollars avoid the former.)
#[test]
fn formulas_survive_a_repository_page() {
    for chapter in chapters() {
        let text = &chapter.text;
        for part in chapter.parts() {
            let (range, inline) = match part {
                Part::Inline(range) => (range, true),
                Part::Display(range) => (range, false),
                _ => continue,
            };
            let formula = &text[range.clone()];
            assert!(!is_escaped(formula), "{}: {formula}", name(&chapter));
            assert!(!inline || stands_free(text, range), "{}: {formula}", name(&chapter));
        }
    }
}

fn is_escaped(formula: &str) -> bool {
    let after =
        |(at, _): (usize, &str)| formula[at + 1..].starts_with(|c: char| c.is_ascii_punctuation());
    let tag = |(at, _): (usize, &str)| formula[at + 1..].starts_with(|c: char| c.is_alphabetic());
    !formula.contains('`')
        && (formula.match_indices('\\').any(after) || formula.match_indices('<').any(tag))
}

fn stands_free(text: &str, formula: Range<usize>) -> bool {
    let before = text[..formula.start].chars().next_back();
    let behind = text[formula.end..].chars().next();
    before.is_none_or(|c| c.is_whitespace() || "-'\"([{/*|".contains(c))
        && behind.is_none_or(|c| !c.is_alphanumeric() && c != '$')
}

#[test]
fn what_repository_pages_spoil_is_found() {
    assert!(is_escaped(r"$\{a\}$") && is_escaped(r"$a \\ b$") && is_escaped("$a <b$"));
    assert!(!is_escaped(r"$\frac a b$") && !is_escaped(r"$`\{a\}`$") && !is_escaped("$a < b$"));
    assert!(stands_free("a $x$, b", 2..5) && stands_free("$x$", 0..3));
    assert!(!stands_free("，$x$", 3..6) && !stands_free("$x$是", 0..3));
}
