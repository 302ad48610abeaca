//! SVG as plain text: no dates, no fonts, no identifiers, so that a page may hold several figures.
//!
//! A shape has classes: what it is (`line`, `mark`, `area`) and its colour (`a` to `e`, `ink`,
//! `faint`). The colours come in two sets, for light and dark pages, each with its own background,
//! so that a figure is readable even on a page of the other kind.

use std::fmt::Write;

/// A place in the figure, in pixels from its upper left corner.
pub type Point = (f64, f64);

const STYLE: &str = "\
.plot{font:13px system-ui,sans-serif;color:#1f2328}
.plot .page{fill:#fff}
.plot text{fill:currentColor}
.plot .math{font:16px 'STIX Two Text','Latin Modern Roman','Cambria Math',Georgia,serif}
.plot .variable{font-style:italic}.plot .index{font-size:11px}
.plot .middle{text-anchor:middle}.plot .end{text-anchor:end}
.plot .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.plot .thin{stroke-width:1}.plot .dashed{stroke-dasharray:5 5}
.plot .mark{fill:currentColor}.plot .area{fill:currentColor;fill-opacity:.16}
.plot .hollow{fill:#fff;stroke:currentColor;stroke-width:2}
.plot .faint{color:#d8dee4}.plot .soft{color:#59636e}
.plot .a{color:#0969da}.plot .b{color:#cf222e}.plot .c{color:#1a7f37}
.plot .d{color:#9a6700}.plot .e{color:#8250df}
@media(prefers-color-scheme:dark){
.plot{color:#e6edf3}.plot .page,.plot .hollow{fill:#0d1117}
.plot .faint{color:#2f353d}.plot .soft{color:#9198a1}
.plot .a{color:#58a6ff}.plot .b{color:#ff7b72}.plot .c{color:#3fb950}
.plot .d{color:#d29922}.plot .e{color:#bc8cff}
}
";

/// A figure that is being drawn.
#[derive(Debug)]
pub struct Svg {
    width: u32,
    height: u32,
    title: String,
    body: String,
}

impl Svg {
    /// An empty figure; the title is for who cannot see it.
    #[must_use]
    pub fn new(title: &str, width: u32, height: u32) -> Self {
        Self { width, height, title: title.to_owned(), body: String::new() }
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: Point, to: Point) {
        self.path(&format!("line {class}"), &[from, to], "");
    }

    /// A line through all points.
    pub fn curve(&mut self, class: &str, points: &[Point]) {
        self.path(&format!("line {class}"), points, "");
    }

    /// The area that the points go around.
    pub fn area(&mut self, class: &str, points: &[Point]) {
        self.path(&format!("area {class}"), points, "Z");
    }

    /// A filled disc.
    pub fn disc(&mut self, class: &str, (x, y): Point, radius: f64) {
        let (x, y, radius) = (number(x), number(y), number(radius));
        self.element(&format!(r#"<circle class="mark {class}" cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    /// A circle in the colour of the page, with a rim.
    pub fn ring(&mut self, class: &str, (x, y): Point, radius: f64) {
        let (x, y, radius) = (number(x), number(y), number(radius));
        self.element(&format!(
            r#"<circle class="hollow {class}" cx="{x}" cy="{y}" r="{radius}"/>"#
        ));
    }

    /// A rectangle between two opposite corners.
    pub fn bar(&mut self, class: &str, (x0, y0): Point, (x1, y1): Point) {
        let (x, y) = (number(x0.min(x1)), number(y0.min(y1)));
        let (width, height) = (number((x1 - x0).abs()), number((y1 - y0).abs()));
        self.element(&format!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="2"/>"#
        ));
    }

    /// Words, or with the class `math` a formula, in which letters that stand alone are variables;
    /// `middle` or `end` in the class say where in the text the point is.
    pub fn text(&mut self, class: &str, (x, y): Point, text: &str) {
        let math = class.split(' ').any(|class| class == "math");
        let text = if math { formula(text) } else { escaped(text) };
        let (x, y) = (number(x), number(y));
        self.element(&format!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// The whole file.
    #[must_use]
    pub fn finish(self) -> String {
        let Self { width, height, title, body } = self;
        let title = escaped(&title);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<title>{title}</title>
<style>
{STYLE}</style>
<rect class="page" width="{width}" height="{height}" rx="6"/>
{body}</svg>
"#
        )
    }

    fn path(&mut self, class: &str, points: &[Point], end: &str) {
        let mut d = String::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            write!(d, "{command}{} {}", number(x), number(y)).expect("a string takes all");
        }
        self.element(&format!(r#"<path class="{class}" d="{d}{end}"/>"#));
    }

    fn element(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }
}

/// A coordinate, to a tenth of a pixel.
fn number(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A formula, in which letters that have no letter beside them are variables, in italics, and
/// subscripts (`₁`) are set lower: few fonts have good ones.
fn formula(formula: &str) -> String {
    let letters: Vec<char> = formula.chars().collect();
    let (mut marked, mut lowered) = (String::new(), false);
    for (i, letter) in letters.iter().enumerate() {
        let index = subscript(*letter);
        let shift = match (lowered, index.is_some()) {
            (false, true) => " dy=\"4\"",
            (true, false) => " dy=\"-4\"",
            _ => "",
        };
        lowered = index.is_some();
        let class = match index {
            Some(index) if index.is_alphabetic() => " class=\"index variable\"",
            Some(_) => " class=\"index\"",
            None if is_variable(&letters, i) => " class=\"variable\"",
            None => "",
        };
        let letter = index.unwrap_or(*letter);
        let piece = match (class, shift) {
            ("", "") => escaped(&letter.to_string()),
            _ => format!("<tspan{class}{shift}>{}</tspan>", escaped(&letter.to_string())),
        };
        marked.push_str(&piece);
    }
    marked
}

fn is_variable(letters: &[char], i: usize) -> bool {
    let is_letter = |i: usize| {
        letters.get(i).is_some_and(|letter| letter.is_alphabetic() && subscript(*letter).is_none())
    };
    letters[i] != 'Σ' && is_letter(i) && !is_letter(i + 1) && !(i > 0 && is_letter(i - 1))
}

/// What a subscript stands for.
fn subscript(letter: char) -> Option<char> {
    match letter {
        '₀'..='₉' => char::from_digit(letter as u32 - '₀' as u32, 10),
        'ᵢ' => Some('i'),
        'ₚ' => Some('p'),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_one_zero() {
        let texts = [1.04, 2.0, -0.04, -3.25001, 12.96].map(number);
        assert_eq!(texts, ["1", "2", "0", "-3.3", "13"]);
    }

    #[test]
    fn shapes_stand_in_the_order_in_which_they_were_drawn() {
        let mut svg = Svg::new("a < b", 10, 20);
        svg.line("a", (0.0, 1.0), (2.5, 3.0));
        svg.text("soft", (1.0, 2.0), "p < q & r");
        let file = svg.finish();
        assert!(file.contains("<title>a &lt; b</title>"));
        assert!(file.ends_with(
            "<path class=\"line a\" d=\"M0 1L2.5 3\"/>\n\
             <text class=\"soft\" x=\"1\" y=\"2\">p &lt; q &amp; r</text>\n</svg>\n"
        ));
    }

    #[test]
    fn a_letter_alone_is_a_variable_and_an_index_stands_lower() {
        assert_eq!(
            formula("log p₁ < 2"),
            "log <tspan class=\"variable\">p</tspan><tspan class=\"index\" dy=\"4\">1</tspan>\
             <tspan dy=\"-4\"> </tspan>&lt; 2"
        );
    }
}
