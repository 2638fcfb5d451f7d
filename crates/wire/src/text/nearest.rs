//! The word that was perhaps meant.

use std::cmp::Reverse;

/// The known word with the fewest edits to the given one, case ignored, where that is at most a third of its letters. The
/// longer of two, because more of its letters were right.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_lowercase();
    // A word that is far too long is no slip of the finger, and would make the table large.
    let close = known.iter().filter(|candidate| candidate.len().abs_diff(word.chars().count()) <= 3);
    close
        .map(|candidate| (edits(&word, candidate), *candidate))
        .filter(|(edits, candidate)| edits * 3 <= candidate.len().max(3))
        .min_by_key(|(edits, candidate)| (*edits, Reverse(candidate.len())))
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn edits(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut fewest = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                fewest = fewest.min(rows[i - 2][j - 2] + 1);
            }
            row.push(fewest);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_finger_are_mended_and_other_words_are_not() {
        let known = ["tcp", "udp", "icmp", "icmpv6", "ethertype", "neighbor-solicitation"];
        let check = |word, expect| assert_eq!(nearest(word, &known), expect, "{word}");
        check("tpc", Some("tcp"));
        check("TCP", Some("tcp"));
        check("upd", Some("udp"));
        check("icpm", Some("icmp"));
        check("icmp6", Some("icmpv6"));
        check("neighbour-solicitation", Some("neighbor-solicitation"));
        check("http", None);
        check("ssh", None);
        check("", None);
    }
}
