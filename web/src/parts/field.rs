//! A labelled input with what the core says of its text.

use leptos::prelude::*;

use policy::{Diagnostic, Severity};

use super::faults::Message;
use super::flow::{Each, items, memo};
use crate::text::say_with;

/// What is wrong with the fields of one form, with paths within the form.
pub(crate) type Faults = Signal<Vec<Diagnostic>>;

/// Whether a label is for screen readers only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bare {
    /// It shows.
    #[default]
    No,
    /// It does not.
    Yes,
}

/// Whether a field takes the focus when it appears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Autofocus {
    /// It waits.
    #[default]
    No,
    /// It does.
    Yes,
}

/// A text field. Its faults stand under it, each with a button that mends it where the core knows how.
#[component]
pub(crate) fn TextField(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    /// Hides the label where a column heads it; it stays for screen readers.
    #[prop(optional)]
    bare: Bare,
    value: RwSignal<String>,
    #[prop(optional, into)] faults: Faults,
    /// The paths that belong to this field.
    #[prop(optional)]
    paths: Vec<String>,
    #[prop(optional, into)] placeholder: Signal<String>,
    #[prop(optional, into)] hint: String,
    /// The id of a `datalist`.
    #[prop(optional, into)]
    list: String,
    #[prop(optional)] autofocus: Autofocus,
) -> impl IntoView {
    let mine = memo(move || faults.with(|faults| of_paths(faults, &paths)));
    let input = NodeRef::<leptos::html::Input>::new();
    if autofocus == Autofocus::Yes {
        Effect::new(move |_| {
            if let Some(input) = input.get() {
                // Where it cannot have the focus the person clicks.
                let _ = input.focus();
                input.select();
            }
        });
    }
    let said = format!("{id}-said");
    let described = format!("{id}-said {id}-hint");
    view! {
        <div class="field">
            <label class:visually-hidden=bare == Bare::Yes for=id.clone()>
                {label}
            </label>
            <input
                id=id.clone()
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                list=(!list.is_empty()).then_some(list)
                placeholder=move || placeholder.get()
                node_ref=input
                aria-describedby=described
                aria-invalid=move || mine.with(|mine| mine.iter().any(is_error)).then_some("true")
                bind:value=value
            />
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p class="hint" id=format!("{id}-hint")>
                            {hint}
                        </p>
                    }
                })}
            <Said id=said faults=mine value=value />
        </div>
    }
}

/// The faults under a field.
#[component]
pub(crate) fn Said(
    #[prop(into)] id: String,
    #[prop(into)] faults: Faults,
    /// What a fix replaces.
    value: RwSignal<String>,
) -> impl IntoView {
    let fault_key = |fault: &Diagnostic| format!("{} {:?}", fault.message, fault.fix);
    let fault_view = move |fault: Diagnostic| view! { <Fault fault=fault value=value /> }.into_any();
    view! {
        <div class="said" id=id role="alert">
            <Each items=Signal::derive(move || items(faults.get(), fault_key, fault_view)) />
        </div>
    }
}

/// One fault, and the button that mends it.
#[component]
fn Fault(fault: Diagnostic, value: RwSignal<String>) -> impl IntoView {
    let mild = !is_error(&fault);
    let Diagnostic { message, fix, .. } = fault;
    view! {
        <p class="fault" class:mild=mild>
            <Message text=message />
        </p>
        {fix.map(|fix| {
                let text = say_with("Use {fix}", &[("fix", &fix)]);
                view! {
                    <button type="button" class="fix" on:click=move |_| value.set(fix.clone())>
                        {text}
                    </button>
                }
            })}
    }
}

/// Paths of one field.
pub(crate) fn fields(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

/// The faults of a field: the path itself, or anything within it.
pub(crate) fn of_paths(faults: &[Diagnostic], paths: &[String]) -> Vec<Diagnostic> {
    let within = |path: &str, field: &str| {
        path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    };
    faults.iter().filter(|fault| paths.iter().any(|field| within(&fault.path, field))).cloned().collect()
}

fn is_error(fault: &Diagnostic) -> bool {
    fault.severity == Severity::Error
}
