//! The console's files in the browser, see `public/service-worker.js`: it opens without a network, and says when there is a
//! newer version.

use js_sys::{Function, Reflect};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

use super::address::href;

/// Has the browser keep the console from now on, and tells when it has got a newer version that waits.
pub(crate) async fn keep(newer: impl Fn() + Clone + 'static) {
    // Browsers have it on safe connections only; without it the console works as any page does.
    let Some(container) = container() else { return };
    let Ok(registration) = JsFuture::from(container.register(&href("/service-worker.js"))).await else { return };
    let registration: ServiceWorkerRegistration = registration.unchecked_into();
    if registration.waiting().is_some() {
        newer();
    }
    let watched = registration.clone();
    let found = move || {
        let Some(worker) = watched.installing() else { return };
        let (newer, changed) = (newer.clone(), worker.clone());
        let change = move || {
            // The first version has nothing to take over from.
            let replaces = self::container().is_some_and(|container| container.controller().is_some());
            if changed.state() == ServiceWorkerState::Installed && replaces {
                newer();
            }
        };
        worker.set_onstatechange(Some(&for_ever(change)));
    };
    registration.set_onupdatefound(Some(&for_ever(found)));
    // It is asked for as long as the page is open.
    std::mem::forget(registration);
}

/// Lets the newer version take over, and shows the page anew with it.
pub(crate) async fn take_over() {
    let Some(container) = container() else { return };
    container.set_oncontrollerchange(Some(&for_ever(|| drop(window().location().reload()))));
    let Ok(registration) = JsFuture::from(container.get_registration()).await else { return };
    let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
    if let Some(worker) = registration.waiting() {
        // It listens for as long as it waits.
        let _ = worker.post_message(&"take over".into());
    }
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let found = Reflect::get(&navigator, &JsValue::from_str("serviceWorker")).ok()?;
    found.dyn_into().ok()
}

fn for_ever(call: impl Fn() + 'static) -> Function {
    Closure::<dyn Fn()>::new(call).into_js_value().unchecked_into()
}
