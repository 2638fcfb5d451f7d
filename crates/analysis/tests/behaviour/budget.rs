//! What is too much is refused, and where it is.

use analysis::weigh;

use crate::project::resolved;

/// Rules whose prefixes lie in each other, each with ports of its own.
fn entangled(rules: usize) -> Vec<String> {
    let rule = |at: usize| {
        let (length, first) = (32 - at % 24, 1000 + 3 * at);
        format!("r{at}: ingress ipv4 tcp {first}-{} from 10.0.0.0/{length}", first + 1)
    };
    (0..rules).map(rule).collect()
}

#[test]
fn what_takes_more_than_the_budget_is_refused() {
    let rules = entangled(96);
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let project = resolved("portcullis", &rules, &[]);
    let nodes = weigh(project.policy(), usize::MAX).expect("there is no end");
    assert!(nodes > 1000, "{nodes}");
    assert_eq!(weigh(project.policy(), nodes), Ok(nodes));
    let refused = weigh(project.policy(), nodes / 2).expect_err("it is too much");
    assert_eq!(
        refused.to_string(),
        format!(
            "the rules say more different things than {} nodes hold, which was spent at ipv4 ingress of `web-1`: name prefixes \
             that do not overlap in part, or allow more nodes",
            nodes / 2
        )
    );
}
