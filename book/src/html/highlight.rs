//! Colours for Rust and Python: comments, strings, numbers, keywords. Nothing is parsed; a page
//! that colours a word too few is still right.

const RUST: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "else", "enum", "false", "fn", "for",
    "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "trait", "true", "type", "use", "where", "while",
];

const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "class", "def", "del", "elif", "else",
    "except", "for", "from", "global", "if", "import", "in", "is", "lambda", "not", "or", "pass",
    "raise", "return", "try", "while", "with", "yield",
];

/// A language that can be coloured.
#[derive(Clone, Copy)]
struct Language {
    comment: &'static str,
    keywords: &'static [&'static str],
}

/// Code as HTML.
#[must_use]
pub fn highlight(language: &str, code: &str) -> String {
    let language = match language {
        "rust" => Language { comment: "//", keywords: RUST },
        "python" => Language { comment: "#", keywords: PYTHON },
        _ => return escaped(code),
    };
    let (mut html, mut rest, mut last) = (String::new(), code, ' ');
    while !rest.is_empty() {
        let (class, length) = token(language, rest, last);
        let (text, tail) = rest.split_at(length);
        html.push_str(&span(class, text));
        last = text.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    html
}

/// The class and length of what the code begins with; `last` is the character before it.
fn token(language: Language, code: &str, last: char) -> (&'static str, usize) {
    let first = code.chars().next().unwrap_or(' ');
    if code.starts_with(language.comment) {
        return ("comment", code.find('\n').unwrap_or(code.len()));
    }
    if first == '"' {
        return ("string", string(code));
    }
    if first.is_ascii_digit() && !last.is_alphanumeric() && last != '_' {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        return ("number", code.find(|c| !is_part(c)).unwrap_or(code.len()));
    }
    if first.is_alphabetic() || first == '_' {
        let length = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
        let is_keyword = language.keywords.contains(&&code[..length]);
        return (if is_keyword { "keyword" } else { "" }, length);
    }
    ("", first.len_utf8())
}

/// The length of the string that the code begins with, quotes included: one, or three of them.
fn string(code: &str) -> usize {
    let quotes = if code.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut from = quotes.len();
    while let Some(found) = code[from..].find(quotes) {
        let end = from + found;
        from = end + quotes.len();
        if !code[..end].ends_with('\\') {
            return from;
        }
    }
    code.len()
}

fn span(class: &str, text: &str) -> String {
    match class {
        "" => escaped(text),
        _ => format!(r#"<span class="{class}">{}</span>"#, escaped(text)),
    }
}

/// Text that no browser takes for a tag.
#[must_use]
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_has_its_colours() {
        let html = highlight("rust", "let a1 = f(2.5, \"b\\\"\")?; // <c>\n");
        let expected = "<span class=\"keyword\">let</span> a1 = f(<span class=\"number\">2.5</span>, \
            <span class=\"string\">&quot;b\\&quot;&quot;</span>)?; \
            <span class=\"comment\">// &lt;c&gt;</span>\n";
        assert_eq!(html, expected);
    }

    #[test]
    fn python_has_its_own_comments_and_strings() {
        let html = highlight("python", "\"\"\"a \"b\" c\"\"\" # d");
        assert_eq!(
            html,
            "<span class=\"string\">&quot;&quot;&quot;a &quot;b&quot; c&quot;&quot;&quot;</span> \
             <span class=\"comment\"># d</span>"
        );
    }

    #[test]
    fn other_languages_and_open_strings_come_through() {
        assert_eq!(highlight("text", "let 1 < 2"), "let 1 &lt; 2");
        assert_eq!(highlight("rust", "\"open"), "<span class=\"string\">&quot;open</span>");
    }
}
