//! How well a few letters fit a text.

/// How far a text is from what was typed: the letters between those that fit, and where the first one stands. `None` where
/// the letters are not in the text in their order. Nothing typed fits everything alike.
pub(super) fn distance(query: &str, text: &str) -> Option<usize> {
    let (query, text) = (query.trim().to_lowercase(), text.to_lowercase());
    if let Some(at) = text.find(&query) {
        let starts_word = text[..at].chars().next_back().is_none_or(|letter| !letter.is_alphanumeric());
        return Some(if query.is_empty() { 0 } else { at + if starts_word { 0 } else { 100 } });
    }
    let mut gaps = 0;
    let mut rest = text.chars();
    for letter in query.chars().filter(|letter| !letter.is_whitespace()) {
        gaps += rest.by_ref().position(|found| found == letter)?;
    }
    Some(1000 + gaps)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::distance;

    #[wasm_bindgen_test]
    fn what_fits_better_is_nearer() {
        let check = |query: &str, better: &str, worse: &str| {
            let far = |text| distance(query, text).unwrap_or(usize::MAX);
            assert!(far(better) < far(worse), "{query}: {better} {worse}");
        };
        check("web", "web", "the web");
        check("web", "the web", "cobweb");
        check("web", "cobweb", "we build");
        check("wht", "web-http", "group");
        check("WEB", "web", "w e b");
        assert_eq!(distance("", "anything"), Some(0));
        assert_eq!(distance("xyz", "web"), None);
    }
}
