//! Reactive building blocks that are compiled once, not once for each closure that is put into them.
//!
//! Leptos makes new code for every closure that it is given; here a closure goes behind a pointer first. Over the whole
//! console that is a tenth of what the browser downloads.

use std::sync::Arc;

use leptos::prelude::*;

/// A value that is computed anew when what it reads changes, and tells so only when it differs from the one before.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let compute: Arc<dyn Fn() -> T + Send + Sync> = Arc::new(compute);
    Memo::new(move |_| compute())
}

/// Shows its children while something is the case.
#[component]
pub(crate) fn When(#[prop(into)] case: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let case = memo(move || case.get());
    move || if case.get() { children().into_any() } else { ().into_any() }
}

/// One of several things that are shown one behind the other.
#[derive(Clone)]
pub(crate) struct Item {
    key: String,
    view: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

/// An item for each thing of a list; it is made anew when its key is another one.
pub(crate) fn items<T: Clone + Send + Sync + 'static>(
    list: Vec<T>,
    key: impl Fn(&T) -> String,
    view: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> Vec<Item> {
    let item = |thing: T| {
        let (key, view) = (key(&thing), view.clone());
        Item { key, view: Arc::new(move || view(thing.clone())) }
    };
    list.into_iter().map(item).collect()
}

/// Shows items; those whose keys stay, stay as they are.
#[component]
pub(crate) fn Each(#[prop(into)] items: Signal<Vec<Item>>) -> impl IntoView {
    view! { <For each=move || items.get() key=|item| item.key.clone() children=|item| (item.view)() /> }
}
