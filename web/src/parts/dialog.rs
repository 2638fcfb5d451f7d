//! The browser's own modal dialog.

use leptos::html;
use leptos::prelude::*;

use crate::parts::flow::When;
use crate::text::say;

/// What closes a dialog whose signal is its own.
pub(crate) fn closer(open: RwSignal<bool>) -> Callback<()> {
    Callback::new(move |()| open.set(false))
}

/// A dialog that is open while `open` says so. Escape and the cross ask to close it.
#[component]
pub(crate) fn Dialog(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] open: Signal<bool>,
    /// Makes `open` false.
    close: Callback<()>,
    /// Made anew at every opening.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            // A dialog that was taken out of the page cannot be shown, and need not be.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    // A dialog also tells that it was closed because `open` became false, and may be open again by the time it tells.
    let ask = move || {
        let again = dialog.get_untracked().is_some_and(|dialog| dialog.open());
        if open.get_untracked() && !again {
            close.run(());
        }
    };
    let (labelled, heading) = (format!("{id}-title"), format!("{id}-title"));
    // A header and a footer of a section are not those of the page.
    view! {
        <dialog id=id class="dialog" aria-labelledby=labelled node_ref=dialog on:close=move |_| ask()>
            <section>
                <header>
                    <h2 id=heading>{move || title.get()}</h2>
                    <button type="button" class="quiet icon-only" aria-label=say("Close") on:click=move |_| close.run(())>
                        <super::icon::Icon glyph=super::icon::Glyph::Close />
                    </button>
                </header>
                {
                    let children = StoredValue::new(children);
                    view! { <When case=move || open.get()>{children.with_value(|children| children())}</When> }
                }
            </section>
        </dialog>
    }
}
