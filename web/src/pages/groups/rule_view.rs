//! Which rules the grid shows, and in which order. What is chosen stands in the address.

use leptos::prelude::*;
use policy::{PortMatch, Remote, Rule};

use super::presets::{CUSTOM, fitting};
use crate::browser::route::Route;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rule_text::{RuleTexts, family_label};
use crate::parts::search::SearchField;
use crate::text::{say, say_with};

/// Names in the address.
const WORDS: &str = "q";
const ONLY: &str = "only";
const ORDER: &str = "sort";

/// What is chosen. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct RuleView {
    words: RwSignal<String>,
    only: RwSignal<Only>,
    order: RwSignal<Option<Order>>,
}

/// Of which kind a rule must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Only {
    All,
    Enabled,
    Disabled,
    /// Its remote is any.
    Open,
    /// The core or the analysis says something of it.
    Remarked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    column: Column,
    backwards: bool,
}

/// What rules can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Type,
    Family,
    Protocol,
    Ports,
    Remote,
    Description,
    Id,
}

impl RuleView {
    /// What the address says, which follows from now on.
    pub(super) fn of_address(tab: String) -> RuleView {
        let route = Route::here();
        let said = |name: &str| untrack(|| route.query(name)).unwrap_or_default();
        let view = RuleView {
            words: RwSignal::new(said(WORDS)),
            only: RwSignal::new(Only::read(&said(ONLY))),
            order: RwSignal::new(Order::read(&said(ORDER))),
        };
        Effect::new(move |before: Option<()>| {
            let order = view.order.get().map(Order::text).unwrap_or_default();
            let (words, only) = (view.words.get(), view.only.get().name());
            if before.is_some() {
                route.replace_query(&[("tab", &tab), (WORDS, &words), (ONLY, only), (ORDER, &order)]);
            }
        });
        view
    }

    /// The kind of rules that is wanted.
    pub(super) fn only(self) -> Only {
        self.only.get()
    }

    /// The rules that are shown, of all that there are.
    pub(super) fn shown(self, rules: &[Rule], remarked: impl Fn(&Rule) -> bool) -> Vec<Rule> {
        let (words, only) = (self.words.get().to_lowercase(), self.only.get());
        let of_kind = |rule: &Rule| match only {
            Only::All => true,
            Only::Enabled => rule.enabled,
            Only::Disabled => !rule.enabled,
            Only::Open => rule.spec.remote == Remote::Any,
            Only::Remarked => remarked(rule),
        };
        let shown: Vec<&Rule> = rules.iter().filter(|rule| of_kind(rule) && is_about(rule, &words)).collect();
        let mut places: Vec<usize> = (0..shown.len()).collect();
        if let Some(Order { column, backwards }) = self.order.get() {
            let keys: Vec<_> = shown.iter().map(|rule| column.key(rule)).collect();
            places.sort_by(|one, other| {
                let order = keys[*one].cmp(&keys[*other]);
                if backwards { order.reverse() } else { order }
            });
        }
        places.into_iter().map(|place| shown[place].clone()).collect()
    }
}

/// The fields that narrow, and how much is left.
#[component]
pub(super) fn Narrow(
    view: RuleView,
    /// Rules that are shown, of all.
    counts: Signal<(usize, usize)>,
) -> impl IntoView {
    let option = move |only: Only| {
        view! {
            <option value=only.name() selected=move || view.only.get() == only>
                {only.label()}
            </option>
        }
    };
    let count = move || match counts.get() {
        (shown, all) if shown == all => String::new(),
        (shown, all) => say_with("{n} of {limit} rules", &[("n", &shown), ("limit", &all)]),
    };
    view! {
        <SearchField
            id="rule-search"
            label=say("Search rules")
            placeholder=say("Port, source, id, description")
            value=view.words
        />
        <select
            id="rule-only"
            aria-label=say("Which rules are shown")
            prop:value=move || view.only.get().name()
            on:change:target=move |event| view.only.set(Only::read(&event.target().value()))
        >
            {Only::EVERY.map(option)}
        </select>
        <span id="rule-count" class="muted small" role="status">
            {count}
        </span>
    }
}

/// The head of a column: a press sorts, another turns the order round, a third gives the rules their own order back.
#[component]
pub(super) fn SortHead(
    view: RuleView,
    column: Column,
    /// What the column is called.
    label: &'static str,
) -> impl IntoView {
    let mine = move || view.order.get().filter(|order| order.column == column).map(|order| order.backwards);
    let turn = move |_| {
        view.order.set(match mine() {
            None => Some(Order { column, backwards: false }),
            Some(false) => Some(Order { column, backwards: true }),
            Some(true) => None,
        });
    };
    let sorted = move || match mine() {
        None => "none",
        Some(false) => "ascending",
        Some(true) => "descending",
    };
    view! {
        <th scope="col" aria-sort=sorted>
            <button type="button" class="sort" data-sort=column.name() title=say("Sort by this column") on:click=turn>
                {label}
                {move || {
                    mine()
                        .map(|backwards| {
                            let glyph = if backwards { Glyph::Down } else { Glyph::Up };
                            view! { <Icon glyph=glyph /> }
                        })
                }}
            </button>
        </th>
    }
}

impl Only {
    const EVERY: [Only; 5] = [Only::All, Only::Enabled, Only::Disabled, Only::Open, Only::Remarked];

    fn read(name: &str) -> Only {
        Only::EVERY.into_iter().find(|only| only.name() == name).unwrap_or(Only::All)
    }

    /// As it stands in the address.
    fn name(self) -> &'static str {
        match self {
            Only::All => "",
            Only::Enabled => "enabled",
            Only::Disabled => "disabled",
            Only::Open => "open",
            Only::Remarked => "remarked",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Only::All => say("All rules"),
            Only::Enabled => say("Enabled"),
            Only::Disabled => say("Disabled"),
            Only::Open => say("Any remote"),
            Only::Remarked => say("With remarks"),
        }
    }
}

impl Order {
    /// `ports`, or `-ports` for the other way round.
    fn read(text: &str) -> Option<Order> {
        let name = text.trim_start_matches('-');
        let column = Column::EVERY.into_iter().find(|column| column.name() == name)?;
        Some(Order { column, backwards: text.starts_with('-') })
    }

    fn text(self) -> String {
        format!("{}{}", if self.backwards { "-" } else { "" }, self.column.name())
    }
}

impl Column {
    const EVERY: [Column; 7] = [
        Column::Type,
        Column::Family,
        Column::Protocol,
        Column::Ports,
        Column::Remote,
        Column::Description,
        Column::Id,
    ];

    fn name(self) -> &'static str {
        match self {
            Column::Type => "type",
            Column::Family => "family",
            Column::Protocol => "protocol",
            Column::Ports => "ports",
            Column::Remote => "remote",
            Column::Description => "description",
            Column::Id => "id",
        }
    }

    /// What is compared: a number, then a text.
    fn key(self, rule: &Rule) -> (u32, String) {
        let texts = RuleTexts::of(&rule.spec);
        match self {
            Column::Type => (0, kind(&texts).to_lowercase()),
            Column::Family => (0, texts.family),
            Column::Protocol => (0, texts.protocol),
            Column::Ports => (first_number(&texts.part), texts.part),
            Column::Remote => (first_number(&texts.remote), texts.remote),
            Column::Description => (0, rule.description.to_lowercase()),
            Column::Id => (0, rule.id.to_string()),
        }
    }
}

/// What the rule's row says in the column of types.
pub(super) fn kind(texts: &RuleTexts) -> &'static str {
    fitting(&texts.family, &texts.protocol, &texts.part).map_or(CUSTOM, |template| template.title)
}

/// The number that the text begins with: ports and addresses are sorted by it. Without one it comes first.
fn first_number(text: &str) -> u32 {
    let digits: &str = text.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    digits.parse::<u32>().map_or(0, |number| number.saturating_add(1))
}

/// Whether every word of a search stands somewhere in the row, or is a port that the rule has.
fn is_about(rule: &Rule, words: &str) -> bool {
    if words.trim().is_empty() {
        return true;
    }
    let texts = RuleTexts::of(&rule.spec);
    let row = [rule.id.as_str(), &rule.description, kind(&texts), &family_label(&texts.family), &texts.protocol];
    let row = format!("{} {} {}", row.join(" "), texts.part, texts.remote).to_lowercase();
    let has_port = |word: &str| match rule.spec.protocol.ports() {
        Some(ports @ PortMatch::Ranges(_)) => word.parse().is_ok_and(|port| ports.contains(port)),
        Some(PortMatch::Any) | None => false,
    };
    words.split_whitespace().all(|word| row.contains(word) || has_port(word))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn rule(id: &str, spec: &str) -> Rule {
        let (id, spec) = (id.parse().expect("an id"), spec.parse().expect("a rule"));
        Rule { id, spec, enabled: true, description: "for the shop".to_owned() }
    }

    #[wasm_bindgen_test]
    fn words_are_looked_for_in_the_whole_row() {
        let rule = rule("web-http", "ingress ipv4 tcp 80,8000-8100 from 198.51.100.0/24");
        let check = |words: &str, shown: bool| assert_eq!(is_about(&rule, words), shown, "{words}");
        check("", true);
        check("web shop", true);
        check("198.51 tcp", true);
        check("8050", true);
        check("8101", false);
        check("udp", false);
        check("80 udp", false);
    }

    #[wasm_bindgen_test]
    fn ports_and_addresses_are_sorted_as_numbers() {
        let key = |column: Column, spec: &str| column.key(&rule("one", spec));
        let ports = |ports: &str| key(Column::Ports, &format!("ingress ipv4 tcp {ports} from any"));
        assert!(ports("22") < ports("80,443") && ports("80,443") < ports("443") && ports("443") < ports("8080-8090"));
        let from = |remote: &str| key(Column::Remote, &format!("ingress ipv4 tcp 22 from {remote}"));
        assert!(from("any") < from("9.0.0.0/8") && from("9.0.0.0/8") < from("10.0.0.0/8"));
    }

    #[wasm_bindgen_test]
    fn an_order_reads_what_it_writes() {
        for column in Column::EVERY {
            for backwards in [false, true] {
                let order = Order { column, backwards };
                assert_eq!(Order::read(&order.text()), Some(order));
            }
        }
        assert_eq!(Order::read("colour"), None);
        for only in Only::EVERY {
            assert_eq!(Only::read(only.name()), only);
        }
    }
}
