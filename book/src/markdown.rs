//! Markdown as repository pages show it: tables, footnotes, and mathematics between dollars.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// What the text says, event by event, and where.
pub(crate) fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    Parser::new_ext(text, options).into_offset_iter()
}

/// What a chapter's checks and its table of contents look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A heading: its level, 1 for the title, and its words.
    Heading(usize, String),
    /// A block of code: what stands behind the opening fence, and the lines.
    Code(String, String),
    /// Where a link leads.
    Link(String),
    /// Where a picture is.
    Image(String),
    /// A formula in a line of text: where it stands in the chapter, dollars included.
    Inline(Range<usize>),
    /// A formula between double dollars.
    Display(Range<usize>),
}

/// What the text is made of, in order.
#[must_use]
pub fn parts(text: &str) -> Vec<Part> {
    let (mut parts, mut words, mut fence) = (Vec::new(), String::new(), String::new());
    for (event, range) in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => words.clear(),
            Event::Start(Tag::CodeBlock(kind)) => {
                words.clear();
                fence = language(&kind);
            }
            Event::Start(Tag::Link { dest_url, .. }) => parts.push(Part::Link(dest_url.into())),
            Event::Start(Tag::Image { dest_url, .. }) => parts.push(Part::Image(dest_url.into())),
            Event::End(TagEnd::Heading(level)) => {
                parts.push(Part::Heading(level as usize, words.clone()));
            }
            Event::End(TagEnd::CodeBlock) => parts.push(Part::Code(fence.clone(), words.clone())),
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::InlineMath(latex) => {
                words.push_str(&latex);
                parts.push(Part::Inline(range));
            }
            Event::DisplayMath(_) => parts.push(Part::Display(range)),
            _ => {}
        }
    }
    parts
}

/// The language of a block of code.
pub(crate) fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(language) => language.to_string(),
        CodeBlockKind::Indented => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_is_taken_apart_in_order() {
        let text = "# A `b`\n\nSee $x$ in [c](d.md).\n\n```rust\nlet e = 1;\n```\n\n![f](g.svg)\n";
        let parts = parts(text);
        let expected = [
            Part::Heading(1, "A b".into()),
            Part::Inline(13..16),
            Part::Link("d.md".into()),
            Part::Code("rust".into(), "let e = 1;\n".into()),
            Part::Image("g.svg".into()),
        ];
        assert_eq!(parts, expected);
    }
}
