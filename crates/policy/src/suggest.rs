//! The known word that somebody probably meant.

/// The nearest of the known words, where just one is near enough to be a slip of the fingers.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    let furthest = match length {
        0..=2 => 0,
        3..=5 => 1,
        6.. => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut is_tied = false;
    for candidate in known {
        // Most are told apart by their length, before anything is copied.
        if candidate.chars().count().abs_diff(length) > furthest {
            continue;
        }
        let other = candidate.to_lowercase();
        let distance = distance(&lower, &other);
        if distance > furthest || differs_in_number(&lower, &other) {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => is_tied = true,
            Some(_) | None => (best, is_tied) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|_| !is_tied).map(|(_, candidate)| candidate)
}

/// `web1` and `web2` are two things, not one and its misspelling.
fn differs_in_number(a: &str, b: &str) -> bool {
    let letters = |text: &str| text.replace(|character: char| character.is_ascii_digit(), "");
    a != b && letters(a) == letters(b)
}

/// The fewest characters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, a) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in to.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut best = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *a == to[column - 1] && from[row - 1] == *b {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_guesses_are_not_made() {
        let check = |word: &str, expect: Option<&str>| {
            let known = ["ingress", "egress", "web", "wet", "remote", "id"];
            assert_eq!(nearest(word, known), expect, "{word:?}");
        };
        check("ingres", Some("ingress"));
        check("ingressed", Some("ingress"));
        check("Egress", Some("egress"));
        check("reomte", Some("remote"));
        check("weeb", Some("web"));
        check("web1", None);
        check("wex", None);
        check("ip", None);
        check("inbound", None);
        check("", None);
    }
}
