//! The rules of a group in one direction.

use leptos::prelude::*;
use policy::{Action, Direction, EgressDefault, Evaluation, GroupId, Profile, Rule, RuleId, Tracking};
use serde_json::json;

use super::findings::{Findings, Found, by_rule};
use super::rule_editor::RuleEditor;
use super::rule_form::{RuleForm, Target};
use super::rule_row::RuleRow;
use super::suggestions::Suggestions;
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rows::Rows;
use crate::text::say;
use crate::workspace::Workspace;

/// Of the table, with those of an order.
const COLUMNS: usize = 10;

/// The row that somebody edits.
#[derive(Clone, Debug, PartialEq)]
enum Editing {
    Nothing,
    New,
    /// A new rule like this one.
    Like(RuleId),
    Rule(RuleId),
}

#[component]
pub(super) fn RuleGrid(group: GroupId, direction: Direction) -> impl IntoView {
    let workspace = Workspace::here();
    let editing = RwSignal::new(Editing::Nothing);
    let add = NodeRef::<leptos::html::Button>::new();
    // The keyboard goes on where the next rule starts.
    let done = Callback::new(move |()| {
        editing.set(Editing::Nothing);
        // Not before the editor is gone: to take the focus the page must be laid out.
        if let Some(button) = add.get_untracked() {
            request_animation_frame(move || drop(button.focus()));
        }
    });
    let group = StoredValue::new(group);
    let rules = memo(move || {
        workspace.read(|draft| {
            let rules = draft.group(group.get_value().as_str()).map_or(&[][..], |group| &group.rules);
            let rules = rules.iter().filter(|rule| rule.spec.direction == direction).cloned().collect();
            as_asked(rules, draft.profile.evaluation)
        })
    });
    let new_form = move || {
        let id = workspace.peek(|draft| draft.free_rule_id(&group.get_value())).to_string();
        let model = match editing.get_untracked() {
            Editing::Like(rule) => workspace.peek(|draft| draft.rule(&rule).map(|(_, rule)| rule.clone())),
            Editing::Nothing | Editing::New | Editing::Rule(_) => None,
        };
        model.map_or_else(|| RuleForm::blank(direction, id.clone()), |model| RuleForm::like(&model, id.clone()))
    };
    let (remote, add_label) = match direction {
        Direction::Ingress => (say("Source"), say("Add ingress rule")),
        Direction::Egress => (say("Destination"), say("Add egress rule")),
    };
    let answer = workspace.ask_about_draft(Signal::derive(|| Some(json!({ "ask": "lints" }))));
    let found = memo(move || by_rule(answer.get()));
    let evaluation = memo(move || workspace.read(|draft| draft.profile.evaluation));
    let line = move |rule| {
        view! { <Line rule=rule group=group evaluation=evaluation editing=editing done=done found=found /> }.into_any()
    };
    let is_ordered = move || evaluation.get() == Evaluation::Ordered;
    view! {
        <Suggestions />
        <div class="surface">
            <table id=format!("rules-{direction}") class="grid">
                <thead>
                    <tr>
                        <th scope="col">{say("Type")}</th>
                        <When case=is_ordered>
                            <th scope="col">{say("Priority")}</th>
                            <th scope="col">{say("Action")}</th>
                        </When>
                        <th scope="col">{say("Family")}</th>
                        <th scope="col">{say("Protocol")}</th>
                        <th scope="col">{say("Ports")}</th>
                        <th scope="col">{remote}</th>
                        <th scope="col">{say("Description")}</th>
                        <th scope="col">{say("Id")}</th>
                        <th scope="col">
                            <span class="visually-hidden">{say("Actions")}</span>
                        </th>
                    </tr>
                </thead>
                <Rows items=Signal::derive(move || items(rules.get(), key, line)) columns=COLUMNS />
                <tbody>
                    <When case=move || matches!(editing.get(), Editing::New | Editing::Like(_))>
                        <RuleEditor
                            group=group.get_value()
                            form=new_form()
                            evaluation=evaluation.get_untracked()
                            target=Target::New
                            done=done
                        />
                    </When>
                    <DefaultRow group=group direction=direction />
                </tbody>
            </table>
        </div>
        <div class="grid-foot">
            <button id="add-rule" type="button" data-new="" node_ref=add on:click=move |_| editing.set(Editing::New)>
                <Icon glyph=Glyph::Add />
                <span>{add_label}</span>
            </button>
            <p class="hint">{say("Enter saves, Esc cancels, double click edits. Ctrl+Z takes any change back.")}</p>
        </div>
    }
}

/// A rule, or its editor.
#[component]
fn Line(
    rule: Rule,
    group: StoredValue<GroupId>,
    evaluation: Memo<Evaluation>,
    editing: RwSignal<Editing>,
    done: Callback<()>,
    /// What the analysis finds at rules.
    found: Memo<Found>,
) -> impl IntoView {
    let id = rule.id.clone();
    let mine = memo(move || editing.with(|editing| matches!(editing, Editing::Rule(rule) if *rule == id)));
    let id = rule.id.clone();
    let edit = Callback::new(move |()| editing.set(Editing::Rule(id.clone())));
    let id = rule.id.clone();
    let copy = Callback::new(move |()| editing.set(Editing::Like(id.clone())));
    let named = rule.id.clone();
    let row = move || match mine.get() {
        true => {
            let (form, target) = (RuleForm::of(&rule), Target::Old(rule.clone()));
            let (group, evaluation) = (group.get_value(), evaluation.get());
            view! { <RuleEditor group=group form=form evaluation=evaluation target=target done=done /> }.into_any()
        }
        false => view! { <RuleRow rule=rule.clone() evaluation=evaluation.get() edit=edit copy=copy /> }.into_any(),
    };
    view! {
        {row}
        <Findings rule=named found=found />
    }
}

/// What happens to everything that no rule names.
#[component]
fn DefaultRow(group: StoredValue<GroupId>, direction: Direction) -> impl IntoView {
    let workspace = Workspace::here();
    let says = move || workspace.read(|draft| default_text(&draft.profile, direction));
    let tracking = move || {
        let found = workspace.read(|draft| draft.group(group.get_value().as_str()).map(|group| group.tracking));
        found.unwrap_or_default()
    };
    let replies = move || match tracking() {
        Tracking::Stateful => say("Replies to what a rule allows pass without a rule: flows are tracked."),
        Tracking::Stateless => say("Replies need rules of their own: nothing is tracked."),
    };
    view! {
        <tr class="default-rule">
            <td data-label=say("Type")>{say("Everything else")}</td>
            <td colspan="9">{move || says()} " " {move || replies()}</td>
        </tr>
    }
}

fn default_text(profile: &Profile, direction: Direction) -> &'static str {
    match (direction, profile.egress_default) {
        (Direction::Ingress, _) | (Direction::Egress, EgressDefault::Deny) => {
            say("Dropped, unless another group of the vnic allows it.")
        }
        (Direction::Egress, EgressDefault::AllowUntilFirstRule) => {
            say("Allowed as long as no group of the vnic has an egress rule, then dropped.")
        }
        (Direction::Egress, EgressDefault::AllowUntilFirstRuleOfFamily) => {
            say("Allowed as long as no group of the vnic has an egress rule of the packet's family, then dropped.")
        }
    }
}

/// The rules in the order in which they are asked, where they have one.
fn as_asked(mut rules: Vec<Rule>, evaluation: Evaluation) -> Vec<Rule> {
    match evaluation {
        Evaluation::Union => {}
        Evaluation::Ordered => rules.sort_by_key(|rule| (rule.spec.priority, rule.spec.action == Action::Allow)),
    }
    rules
}

/// A row is made anew when anything in it changes.
fn key(rule: &Rule) -> String {
    format!("{} {} {} {}", rule.id, rule.spec, rule.enabled, rule.description)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    /// The ingress rules of the sample's group `web`, on a page of their own.
    async fn grid() -> Page {
        Page::open(|| view! { <RuleGrid group="web".parse().expect("an id") direction=Direction::Ingress /> }).await
    }

    #[wasm_bindgen_test]
    async fn a_rule_is_added_inline() {
        let page = grid().await;
        page.click("#add-rule").await;
        page.choose("#rule-new-type", "PostgreSQL").await;
        page.write("#rule-new-remote", "group:bastion").await;
        page.write("#rule-new-id", "web-postgres").await;
        page.press("#rule-new-id", "Enter").await;
        let spec = page
            .workspace()
            .peek(|draft| draft.rule(&"web-postgres".parse().expect("an id")).map(|(_, rule)| rule.spec.to_string()));
        assert_eq!(spec.as_deref(), Some("ingress ipv4 tcp 5432 from group:bastion"));
        assert!(page.text("[data-rule=web-postgres]").contains("PostgreSQL"));
        assert!(!page.has("#rule-new-id"), "the editor is closed");
        page.workspace().undo();
        page.settle().await;
        assert!(!page.has("[data-rule=web-postgres]"));
    }

    #[wasm_bindgen_test]
    async fn a_faulty_port_shows_what_the_core_says() {
        let page = grid().await;
        page.click("#add-rule").await;
        page.write("#rule-new-ports", "90-80").await;
        page.write("#rule-new-remote", "any").await;
        let error = "90-80".parse::<policy::PortMatch>().expect_err("it runs backwards").to_string();
        assert!(
            page.text("#rule-new-ports-said").contains(&error.replace('`', "")),
            "{}",
            page.text("#rule-new-ports-said")
        );
        page.press("#rule-new-ports", "Enter").await;
        assert!(page.has("#rule-new-ports"), "a faulty rule is not saved");
        page.click("#rule-new-ports-said .fix").await;
        assert_eq!(page.text("#rule-new-ports-said"), "");
        page.press("#rule-new-ports", "Enter").await;
        assert!(!page.has("#rule-new-ports"), "the mended rule is saved");
    }

    #[wasm_bindgen_test]
    async fn escape_leaves_everything_as_it_was() {
        let page = grid().await;
        let before = page.workspace().peek(Clone::clone);
        page.click("[data-rule=web-http] [data-action=edit]").await;
        page.write("#rule-edit-ports", "8080").await;
        page.press("#rule-edit-ports", "Escape").await;
        assert!(page.has("[data-rule=web-http]"));
        assert!(page.workspace().peek(|draft| *draft == before));
    }

    #[wasm_bindgen_test]
    async fn where_rules_have_an_order_they_are_ranked_and_deny() {
        let page = grid().await;
        assert!(!page.has("[data-action=earlier]"), "any match allows, so there is no order");
        let profile = Profile::named("huawei").expect("it is built in");
        page.workspace().perform("set profile", vec![policy::Edit::SetProfile { profile }]).expect("it fits");
        page.settle().await;
        page.click("[data-rule=web-http] [data-action=later]").await;
        page.click("[data-rule=web-http] [data-action=edit]").await;
        page.choose("#rule-edit-action", "deny").await;
        page.write("#rule-edit-priority", "101").await;
        assert!(page.text("#rule-edit-priority-said").contains("1 to 100"));
        page.write("#rule-edit-priority", "7").await;
        page.press("#rule-edit-priority", "Enter").await;
        let text = page.text("[data-rule=web-http]");
        assert!(text.contains('7') && text.contains("deny"), "{text}");
        let spec = page
            .workspace()
            .peek(|draft| draft.rule(&"web-http".parse().expect("an id")).map(|(_, rule)| rule.spec.to_string()));
        assert_eq!(spec.as_deref(), Some("deny ingress ipv4 tcp 80,443 from any priority 7"));
    }

    #[wasm_bindgen_test]
    async fn a_rule_is_disabled_and_deleted_by_its_buttons() {
        let page = grid().await;
        page.click("[data-rule=web-http] [data-action=toggle]").await;
        assert!(page.text("[data-rule=web-http]").contains("disabled"));
        page.click("[data-rule=web-http] [data-action=delete]").await;
        assert!(!page.has("[data-rule=web-http]"));
        page.workspace().undo();
        page.workspace().undo();
        page.settle().await;
        assert!(!page.text("[data-rule=web-http]").contains("disabled"));
    }
}
