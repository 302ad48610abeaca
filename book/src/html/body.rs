//! A chapter's text as HTML.

use super::highlight::{escaped, highlight};
use super::math::mathml;
use crate::chapter::{Chapter, NAMES};
use crate::markdown::{self, Part};
use math_core::MathDisplay;
use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd, html};
use std::error::Error;
use std::fs;
use std::iter::Peekable;

/// The chapter as it stands between the tags of a page.
pub(super) fn body(chapter: &Chapter) -> Result<String, Box<dyn Error>> {
    let ids: Vec<_> = sections(chapter).into_iter().map(|section| section.id).collect();
    let events = markdown::events(&chapter.text).map(|(event, _)| event).peekable();
    let mut writer = Writer { chapter, events, out: Vec::new(), in_pair: false, leads_out: false };
    writer.write(&mut ids.into_iter())?;
    let mut body = String::new();
    html::push_html(&mut body, writer.out.into_iter());
    Ok(body)
}

/// Turns events of the text into events of the page.
struct Writer<'a, E: Iterator<Item = Event<'a>>> {
    chapter: &'a Chapter,
    events: Peekable<E>,
    out: Vec<Event<'a>>,
    /// Whether the next block of code ends a pair.
    in_pair: bool,
    /// Whether the open link leads to what is not among the pages.
    leads_out: bool,
}

impl<'a, E: Iterator<Item = Event<'a>>> Writer<'a, E> {
    fn write(&mut self, ids: &mut impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => self.code(&markdown::language(&kind))?,
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let alt = words(&mut self.events, TagEnd::Image);
                    self.html(figure(self.chapter, &dest_url, &alt)?);
                }
                Event::Start(Tag::Link { dest_url, title, .. }) => self.link(&dest_url, title),
                Event::End(TagEnd::Link) if self.leads_out => {}
                Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                    let id = ids.next().map(CowStr::from);
                    self.out.push(Event::Start(Tag::Heading { level, id, classes, attrs }));
                }
                Event::SoftBreak if joins(self.out.last(), self.events.peek()) => {}
                Event::Text(text) => self.out.push(Event::Text(without_gaps(&text).into())),
                Event::InlineMath(latex) => self.html(mathml(&latex, MathDisplay::Inline)?),
                Event::DisplayMath(latex) => self.html(mathml(&latex, MathDisplay::Block)?),
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    fn html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    /// A block of code. Python that Rust follows at once stands with it in one frame.
    fn code(&mut self, language: &str) -> Result<(), String> {
        let block = block(language, &words(&mut self.events, TagEnd::CodeBlock))?;
        let opens = language == "python" && next_is_rust(self.events.peek());
        let start = if opens { "<div class=\"pair\">" } else { "" };
        let end = if self.in_pair { "</div>" } else { "" };
        self.in_pair = opens;
        self.html(format!("{start}{block}{end}\n"));
        Ok(())
    }

    fn link(&mut self, link: &str, title: CowStr<'a>) {
        let page = page_link(link);
        self.leads_out = page.is_none();
        self.out.extend(page.map(|page| {
            let (link_type, id) = (LinkType::Inline, CowStr::Borrowed(""));
            Event::Start(Tag::Link { link_type, dest_url: page.into(), title, id })
        }));
    }
}

/// A heading, and where a link finds it.
pub(super) struct Section {
    pub(super) level: usize,
    pub(super) title: String,
    pub(super) id: String,
}

/// The chapter's headings, with the identifiers that repository pages give them.
pub(super) fn sections(chapter: &Chapter) -> Vec<Section> {
    let section = |part| match part {
        Part::Heading(level, title) => Some(Section { level, id: anchor(&title), title }),
        _ => None,
    };
    chapter.parts().into_iter().filter_map(section).collect()
}

/// The identifier of a heading: small letters, and hyphens for spaces.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

/// Whether a line goes on without a space: Chinese has none between its characters.
fn joins(before: Option<&Event<'_>>, behind: Option<&Event<'_>>) -> bool {
    let last = match before {
        Some(Event::Text(text)) => text.chars().next_back(),
        _ => None,
    };
    let first = match behind {
        Some(Event::Text(text)) => text.chars().next(),
        _ => None,
    };
    last.is_some_and(is_mark) || (last.is_some_and(is_wide) && first.is_some_and(is_wide))
}

/// The text without the spaces behind Chinese punctuation, which brings its own. (In the chapters
/// they stand before formulas: a repository page knows no dollar beside a Chinese mark.)
fn without_gaps(text: &str) -> String {
    let mut last = ' ';
    let kept = text.chars().filter(|&c| {
        let is_gap = c == ' ' && is_mark(last);
        last = c;
        !is_gap
    });
    kept.collect()
}

/// A Chinese character or mark.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

fn is_mark(c: char) -> bool {
    "，。、；：？！（）「」《》".contains(c)
}

/// The text up to an end tag.
fn words<'a>(events: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> String {
    let mut words = String::new();
    for event in events.take_while(|event| *event != Event::End(end)) {
        if let Event::Text(text) | Event::Code(text) | Event::InlineMath(text) = event {
            words.push_str(&text);
        }
    }
    words
}

fn next_is_rust(event: Option<&Event<'_>>) -> bool {
    matches!(event, Some(Event::Start(Tag::CodeBlock(kind))) if markdown::language(kind) == "rust")
}

/// A block of code, or of mathematics.
fn block(language: &str, code: &str) -> Result<String, String> {
    if language == "math" {
        return mathml(code, MathDisplay::Block);
    }
    let (language, name) = match language {
        "" | "rust" => ("rust", "Rust"),
        "python" => ("python", "PyTorch"),
        other => (other, ""),
    };
    let code = highlight(language, code.trim_end());
    Ok(format!("<pre class=\"{language}\" data-name=\"{name}\"><code>{code}</code></pre>"))
}

/// A figure as part of the page, with the words that the chapter gives it.
fn figure(chapter: &Chapter, link: &str, alt: &str) -> Result<String, Box<dyn Error>> {
    let path = Chapter::folder(chapter.language).join(link);
    let svg = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (head, rest) = svg.split_once("<title>").ok_or("a figure without a title")?;
    let (_, tail) = rest.split_once("</title>").ok_or("a figure without a title")?;
    let alt = escaped(alt);
    Ok(format!("<span class=\"figure\">{head}<title>{alt}</title>{tail}</span>").replace('\n', ""))
}

/// Where a link leads from a page: to another page, or to the web. What is elsewhere in the
/// repository is not among the pages.
fn page_link(link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with('#') {
        return Some(link.to_owned());
    }
    let (path, fragment) = link.find('#').map_or((link, ""), |at| link.split_at(at));
    let (folder, file) = path.rfind('/').map_or(("", path), |at| path.split_at(at + 1));
    let name = file.strip_suffix(".md").filter(|name| NAMES.contains(name))?;
    let is_book = matches!(folder, "" | "../en/" | "../zh/");
    is_book.then(|| format!("{folder}{}{fragment}", super::file(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chapter::Language;

    fn of(text: &str) -> String {
        let chapter = Chapter { language: Language::English, name: "norms", text: text.into() };
        body(&chapter).unwrap()
    }

    #[test]
    fn links_lead_to_pages() {
        let pages = [
            ("../zh/README.md#a", Some("../zh/index.html#a")),
            ("norms.md", Some("norms.html")),
            ("#a", Some("#a")),
            ("https://example.org/a.md", Some("https://example.org/a.md")),
            ("../../README.md", None),
            ("../src/lib.rs", None),
        ];
        for (link, page) in pages {
            assert_eq!(page_link(link).as_deref(), page, "{link}");
        }
        assert_eq!(of("[a](softmin.md)\n"), "<p><a href=\"softmin.html\">a</a></p>\n");
        assert_eq!(of("[a](../../README.md)\n"), "<p>a</p>\n");
    }

    #[test]
    fn both_languages_of_a_step_stand_together() {
        let html =
            of("```python\nf(1)\n```\n\n```rust\nf(1);\n```\n\nText\n\n```rust\ng();\n```\n");
        let pair = html.find("<div class=\"pair\">").unwrap();
        let end = html.find("</div>").unwrap();
        let rust: Vec<_> = html.match_indices("<pre class=\"rust\"").map(|(at, _)| at).collect();
        assert!(pair < rust[0] && rust[0] < end && end < rust[1], "{html}");
        assert_eq!(html.matches("</div>").count(), 1);
    }

    #[test]
    fn chinese_lines_go_on_without_a_space() {
        assert!(of("三、 a\n四\n五\n").contains("<p>三、a\n四五</p>"));
        assert!(of("one,\ntwo three").contains("one,\ntwo three"));
    }

    #[test]
    fn headings_can_be_linked_to() {
        assert!(
            of("## Numbers, too *large* `f32`!\n").starts_with("<h2 id=\"numbers-too-large-f32\">")
        );
    }

    #[test]
    fn mathematics_becomes_mathml_in_all_its_spellings() {
        for text in ["a $x^2$ b", "a $`x^2`$ b", "$$\nx^2\n$$", "```math\nx^2\n```"] {
            assert!(of(text).contains("<msup><mi>x</mi><mn>2</mn></msup>"), "{}", of(text));
        }
    }
}
