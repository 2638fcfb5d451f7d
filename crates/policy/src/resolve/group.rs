//! Groups: the order of their rules, and their programs.

use std::sync::Arc;

use wire::Family;

use crate::cow::Paged;
use crate::model::{Action, Direction, Rule, SecurityGroup};
use crate::policy::{PolicyGroup, PolicyRule, RuleIndex};
use crate::profile::Evaluation;
use crate::program::{Program, Source};
use crate::remote::Survey;

/// Compiles a group whose rules are among `rules`, at the indices in `own`, in the order of the document.
pub(super) fn compile(
    evaluation: Evaluation,
    group: &SecurityGroup,
    own: Vec<RuleIndex>,
    rules: &Paged<PolicyRule>,
    survey: &Survey,
) -> PolicyGroup {
    let side = |direction| in_order(evaluation, &own, rules, direction).map(|rule| Source::of(rule, rules));
    let program = Program::compile(side(Direction::Ingress), side(Direction::Egress), survey);
    with_program(group, own, Arc::new(program))
}

/// A group whose rules are compiled.
pub(super) fn with_program(group: &SecurityGroup, own: Vec<RuleIndex>, program: Arc<Program>) -> PolicyGroup {
    let is_egress = |rule: &Rule| rule.enabled && rule.spec.direction == Direction::Egress;
    let names = |family: &Family| group.rules.iter().any(|rule| is_egress(rule) && rule.spec.family == *family);
    let egress: Vec<Family> = Family::ALL.into_iter().filter(names).collect();
    PolicyGroup {
        id: group.id.clone(),
        tracking: group.tracking,
        sources: group.sources.clone(),
        rules: own,
        egress,
        program,
    }
}

/// The rules of one direction in the order of evaluation (semantics: union in document order, ordered by priority, then deny
/// before allow).
fn in_order<'r>(
    evaluation: Evaluation,
    own: &[RuleIndex],
    rules: &'r Paged<PolicyRule>,
    direction: Direction,
) -> impl Iterator<Item = RuleIndex> + use<'r> {
    let spec = |index: &RuleIndex| &rules.at(index.0).rule.spec;
    let mut ordered: Vec<RuleIndex> = own.iter().copied().filter(|index| spec(index).direction == direction).collect();
    match evaluation {
        Evaluation::Union => {}
        Evaluation::Ordered => ordered.sort_by_key(|index| (spec(index).priority, spec(index).action != Action::Deny)),
    }
    ordered.into_iter()
}
