//! Text of a case in the page.

use std::fmt::Write as _;

use maud::Render;
use objclass::text::is_unprintable;

/// Text for an element or a quoted attribute.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Render for Text<'_> {
    fn render_to(&self, page: &mut String) {
        for c in self.0.chars() {
            match c {
                '&' => page.push_str("&amp;"),
                '<' => page.push_str("&lt;"),
                '>' => page.push_str("&gt;"),
                '"' => page.push_str("&quot;"),
                '\'' => page.push_str("&#39;"),
                // Neither layout tricks nor terminal sequences when the page is printed or copied.
                c if c != '\n' && is_unprintable(c) => {
                    let _infallible = write!(page, "{}", c.escape_default());
                }
                c => page.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_means_something_is_escaped() {
        let text = Text("<a href='x' title=\"y\">&\u{1b}[31m\u{202e}").render();
        assert_eq!(
            text.into_string(),
            "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;\\u{1b}[31m\\u{202e}"
        );
    }
}
