//! The rules of a group in one direction.

use leptos::prelude::*;
use policy::{Action, Direction, EgressDefault, Evaluation, GroupId, Profile, Rule, RuleId, Tracking};
use serde_json::json;

use super::findings::{Findings, Found, by_rule};
use super::rule_editor::RuleEditor;
use super::rule_form::{RuleForm, Target};
use super::rule_row::RuleRow;
use super::rule_view::{Column, Narrow, Only, RuleView, SortHead};
use super::selection::{PickAll, Selection, SelectionBar};
use super::suggestions::Suggestions;
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rows::Rows;
use crate::text::say;
use crate::workspace::Workspace;

/// Of the table, with those of an order.
const COLUMNS: usize = 11;

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
    let chosen = RuleView::of_address(direction.to_string());
    let shown = memo(move || {
        let remarked = match chosen.only() {
            Only::Remarked => workspace.remarked(&group.get_value(), &found.get()),
            Only::All | Only::Enabled | Only::Disabled | Only::Open => Vec::new(),
        };
        rules.with(|rules| chosen.shown(rules, |rule| remarked.contains(&rule.id)))
    });
    let selection = Selection::of(shown);
    let line = move |rule| {
        let (context, selection) = (Context { group, evaluation, editing, done, found }, selection);
        view! { <Line rule=rule context=context selection=selection /> }.into_any()
    };
    let is_ordered = move || evaluation.get() == Evaluation::Ordered;
    let counts = Signal::derive(move || (shown.with(Vec::len), rules.with(Vec::len)));
    view! {
        <Suggestions />
        <When case=move || { counts.get().1 > 0 }>
            <div class="grid-tools">
                <Narrow view=chosen counts=counts />
                <SelectionBar selection=selection group=group.get_value() />
            </div>
        </When>
        <div class="surface">
            <table id=format!("rules-{direction}") class="grid">
                <thead>
                    <tr>
                        <PickAll selection=selection />
                        <SortHead view=chosen column=Column::Type label=say("Type") />
                        <When case=is_ordered>
                            <th scope="col">{say("Priority")}</th>
                            <th scope="col">{say("Action")}</th>
                        </When>
                        <SortHead view=chosen column=Column::Family label=say("Family") />
                        <SortHead view=chosen column=Column::Protocol label=say("Protocol") />
                        <SortHead view=chosen column=Column::Ports label=say("Ports") />
                        <SortHead view=chosen column=Column::Remote label=remote />
                        <SortHead view=chosen column=Column::Description label=say("Description") />
                        <SortHead view=chosen column=Column::Id label=say("Id") />
                        <th scope="col">
                            <span class="visually-hidden">{say("Actions")}</span>
                        </th>
                    </tr>
                </thead>
                <Rows items=Signal::derive(move || items(shown.get(), key, line)) columns=COLUMNS />
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
            <When case=move || matches!(counts.get(), (0, 1..))>
                <p class="nothing">{say("No rule is like that. Clear the search and the filter to see all of them.")}</p>
            </When>
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

/// What every row needs of its grid.
#[derive(Clone, Copy)]
struct Context {
    group: StoredValue<GroupId>,
    evaluation: Memo<Evaluation>,
    editing: RwSignal<Editing>,
    done: Callback<()>,
    /// What the analysis finds at rules.
    found: Memo<Found>,
}

/// A rule, or its editor.
#[component]
fn Line(rule: Rule, context: Context, selection: Selection) -> impl IntoView {
    let Context { group, evaluation, editing, done, found } = context;
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
        false => {
            let (rule, evaluation) = (rule.clone(), evaluation.get());
            view! { <RuleRow rule=rule evaluation=evaluation selection=selection edit=edit copy=copy /> }.into_any()
        }
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
            <td colspan="2" data-label=say("Type")>
                {say("Everything else")}
            </td>
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
    use crate::browser::route::Route;
    use crate::parts::page::Page;

    /// The ingress rules of the sample's group `web`, on a page of their own.
    async fn grid() -> Page {
        let grid = || {
            // The test before may have left its own.
            Route::open().replace_query(&[]);
            view! { <RuleGrid group="web".parse().expect("an id") direction=Direction::Ingress /> }
        };
        Page::open(grid).await
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

    #[wasm_bindgen_test]
    async fn rules_are_narrowed_and_sorted() {
        let page = grid().await;
        let at = |rule: &str| page.text("#rules-ingress").find(rule);
        assert!(at("web-ping").is_some());
        page.write("#rule-search", "ipv4 443").await;
        assert!(at("web-http").is_some() && at("web-ping").is_none());
        assert!(page.text("#rule-count").starts_with('1'));
        page.choose("#rule-only", "disabled").await;
        assert!(page.text(".nothing").contains("No rule is like that"));
        page.write("#rule-search", "").await;
        page.choose("#rule-only", "").await;
        page.click("[data-sort=id]").await;
        assert!(at("web-http") < at("web-ping") && page.has("th[aria-sort=ascending] [data-sort=id]"));
        page.click("[data-sort=id]").await;
        assert!(at("web-http") > at("web-ping"));
        page.click("[data-sort=id]").await;
        assert!(!page.has("th[aria-sort=descending]"));
    }

    #[wasm_bindgen_test]
    async fn selected_rules_change_in_one_step() {
        let page = grid().await;
        let before = page.workspace().peek(Clone::clone);
        let rules =
            |group: &str| page.workspace().peek(|draft| draft.group(group).map_or(0, |group| group.rules.len()));
        page.click("[data-rule=web-http] [data-action=select]").await;
        assert!(page.text("#selection").starts_with("1 rule selected"));
        page.write("#rule-search", "ping").await;
        assert!(!page.has("#selection"), "what is not shown is not selected");
        page.write("#rule-search", "").await;
        page.click("#pick-all").await;
        page.click("[data-all=disable]").await;
        assert!(page.workspace().peek(|draft| draft.rules().filter(|(_, rule)| !rule.enabled).count() > 1));
        page.workspace().undo();
        page.settle().await;
        assert!(page.workspace().peek(|draft| *draft == before), "it was one step");
        let (web, db) = (rules("web"), rules("db"));
        page.choose("[data-all=copy]", "db").await;
        assert!(rules("db") > db + 1);
        page.click("[data-all=delete]").await;
        assert!(rules("web") + 1 < web && !page.has("#selection"));
        page.workspace().undo();
        page.workspace().undo();
        assert!(page.workspace().peek(|draft| *draft == before));
    }
}
