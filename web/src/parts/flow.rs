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

/// One of several things that are shown one behind the other. Its key and its view are made when they are asked for.
#[derive(Clone)]
pub(crate) struct Item(Arc<dyn Listed + Send + Sync>);

trait Listed {
    fn key(&self) -> String;
    fn view(&self) -> AnyView;
}

struct Thing<T, K, V> {
    thing: T,
    key: K,
    view: V,
}

impl<T: Clone, K: Fn(&T) -> String, V: Fn(T) -> AnyView> Listed for Thing<T, K, V> {
    fn key(&self) -> String {
        (self.key)(&self.thing)
    }

    fn view(&self) -> AnyView {
        (self.view)(self.thing.clone())
    }
}

/// An item for each thing of a list; it is made anew when its key is another one.
pub(crate) fn items<T: Clone + Send + Sync + 'static>(
    list: Vec<T>,
    key: impl Fn(&T) -> String + Clone + Send + Sync + 'static,
    view: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> Vec<Item> {
    let item = |thing: T| Item(Arc::new(Thing { thing, key: key.clone(), view: view.clone() }));
    list.into_iter().map(item).collect()
}

/// Shows items; those whose keys stay, stay as they are.
#[component]
pub(crate) fn Each(#[prop(into)] items: Signal<Vec<Item>>) -> impl IntoView {
    view! { <For each=move || items.get() key=|item| item.0.key() children=|item| item.0.view() /> }
}
