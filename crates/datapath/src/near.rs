//! Which of the names that exist a mistyped one may have meant.

/// The names in order of their edit distance to `wanted`, at most five.
pub(crate) fn nearest(wanted: &str, mut names: Vec<String>) -> Vec<String> {
    names.sort_by_cached_key(|name| (distance(wanted, name), name.clone()));
    names.truncate(5);
    names
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &str, names: &[&str], expect: &[&str]) {
        assert_eq!(nearest(wanted, names.iter().map(ToString::to_string).collect()), expect, "{wanted}");
    }

    #[test]
    fn the_most_similar_names_come_first() {
        check("tap01", &["lo", "eth0", "tap0", "tap1"], &["tap0", "tap1", "eth0", "lo"]);
        check("eth0", &["eth1", "eth0"], &["eth0", "eth1"]);
        check("x", &["f", "e", "d", "c", "b", "a"], &["a", "b", "c", "d", "e"]);
        check("tap0", &[], &[]);
    }
}
