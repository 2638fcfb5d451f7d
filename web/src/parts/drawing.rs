//! Answers that are read and not edited, drawn as plain elements.
//!
//! What an answer shows stays as it is until another answer takes its place, so nothing in it needs to follow anything. Drawn
//! by plain calls it is a fraction of the code that a view of the same shape would be.

use std::rc::Rc;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlElement};

use super::icon::Glyph;
use crate::browser::address::href;

/// An element with what is in it.
pub(crate) struct Piece {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Vec<Inside>,
    press: Option<Rc<dyn Fn()>>,
    look: Option<Rc<dyn Fn()>>,
}

enum Inside {
    Text(String),
    Piece(Piece),
}

const HTML: &str = "http://www.w3.org/1999/xhtml";

/// What listens for as long as a drawing is there.
type Ears = Vec<Closure<dyn FnMut(Event)>>;

/// Draws anew whenever what `draw` reads changes. What was unfolded stays so, by its id, and so does the focus.
#[component]
pub(crate) fn Drawing(draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync>) -> impl IntoView {
    let host = NodeRef::<html::Div>::new();
    Effect::new(move |_: Option<Ears>| {
        let mut ears = Ears::new();
        let pieces = draw();
        let Some(host) = host.get() else { return ears };
        let focus = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
        let open = unfolded(&host);
        host.set_text_content(None);
        for piece in pieces {
            // A browser refuses no element that is new.
            let _ = host.append_child(&piece.build(HTML, &mut ears));
        }
        for id in open {
            by_id(&host, &id).map(|element| element.set_attribute("open", ""));
        }
        if let Some(element) = focus.and_then(|id| by_id(&host, &id)) {
            let _ = element.unchecked_ref::<HtmlElement>().focus();
        }
        ears
    });
    view! { <div class="drawing" node_ref=host></div> }
}

/// An empty element.
pub(crate) fn tag(tag: &'static str) -> Piece {
    Piece { tag, attributes: Vec::new(), inside: Vec::new(), press: None, look: None }
}

/// An icon beside a text that says the same.
pub(crate) fn icon(glyph: Glyph) -> Piece {
    let path = tag("path").with("d", glyph.path());
    tag("svg").class("icon").with("viewBox", "0 0 16 16").with("aria-hidden", "true").add(path)
}

/// A link to a path of the console.
pub(crate) fn link(path: &str) -> Piece {
    tag("a").with("href", href(path))
}

/// A button.
pub(crate) fn button(press: impl Fn() + 'static) -> Piece {
    tag("button").with("type", "button").press(press)
}

impl Piece {
    /// With these classes.
    pub(crate) fn class(self, names: &str) -> Piece {
        self.with("class", names)
    }

    /// With an attribute.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Piece {
        self.attributes.push((name, value.into()));
        self
    }

    /// With something that a click on it does.
    pub(crate) fn press(self, press: impl Fn() + 'static) -> Piece {
        Piece { press: Some(Rc::new(press)), ..self }
    }

    /// With a text behind what is in it.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Piece {
        self.inside.push(Inside::Text(text.into()));
        self
    }

    /// With a sentence of the core behind what is in it, which puts backticks round what people wrote.
    pub(crate) fn message(self, text: &str) -> Piece {
        text.split('`').enumerate().fold(self, |piece, (index, part)| match index % 2 {
            0 => piece.text(part),
            _ => piece.add(tag("code").text(part)),
        })
    }

    /// With an element behind what is in it.
    pub(crate) fn add(mut self, piece: Piece) -> Piece {
        self.inside.push(Inside::Piece(piece));
        self
    }

    /// With elements behind what is in it.
    pub(crate) fn add_all(mut self, pieces: impl IntoIterator<Item = Piece>) -> Piece {
        self.inside.extend(pieces.into_iter().map(Inside::Piece));
        self
    }

    /// Calls this when the pointer comes over it or it gets the focus.
    pub(crate) fn on_look(self, look: impl Fn() + 'static) -> Piece {
        Piece { look: Some(Rc::new(look)), ..self }
    }

    /// `space` is the namespace that it stands in.
    fn build(self, space: &str, ears: &mut Ears) -> Element {
        let space = if self.tag == "svg" { "http://www.w3.org/2000/svg" } else { space };
        let element = document().create_element_ns(Some(space), self.tag).expect("a known tag");
        for (name, value) in &self.attributes {
            element.set_attribute(name, value).expect("a known attribute");
        }
        for inside in self.inside {
            let node = match inside {
                Inside::Text(text) => document().create_text_node(&text).unchecked_into(),
                Inside::Piece(piece) => piece.build(space, ears).unchecked_into::<web_sys::Node>(),
            };
            element.append_child(&node).expect("it is new");
        }
        if let Some(press) = self.press {
            let ear = Closure::<dyn FnMut(Event)>::new(move |_| press());
            element.unchecked_ref::<HtmlElement>().set_onclick(Some(ear.as_ref().unchecked_ref()));
            ears.push(ear);
        }
        if let Some(look) = self.look {
            let ear = Closure::<dyn FnMut(Event)>::new(move |_| look());
            for event in ["mouseenter", "focus"] {
                // An element takes any name of an event.
                let _ = element.add_event_listener_with_callback(event, ear.as_ref().unchecked_ref());
            }
            ears.push(ear);
        }
        element
    }
}

/// The text under a name of an answer.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The list under a name of an answer.
pub(crate) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts under a name of an answer.
pub(crate) fn texts<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    list(value, name).iter().filter_map(Value::as_str)
}

fn unfolded(host: &Element) -> Vec<String> {
    let Ok(found) = host.query_selector_all("details[open][id]") else { return Vec::new() };
    (0..found.length()).filter_map(|at| Some(found.get(at)?.unchecked_into::<Element>().id())).collect()
}

/// The element of an id, where it is in the drawing.
fn by_id(host: &Element, id: &str) -> Option<Element> {
    document().get_element_by_id(id).filter(|element| host.contains(Some(element)))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    #[wasm_bindgen_test]
    async fn a_new_drawing_keeps_what_is_unfolded_and_listens_again() {
        let count = RwSignal::new(0);
        let draw = move || {
            let press = button(move || count.update(|count| *count += 1)).class("more").text("more");
            let summary = tag("summary").message(&format!("`{}` of 2", count.get()));
            vec![tag("details").with("id", "unfolds").add(summary), press]
        };
        let page = Page::open(move || view! { <Drawing draw=Arc::new(draw) /> }).await;
        assert_eq!((page.text("summary").as_str(), page.text("summary code").as_str()), ("0 of 2", "0"));
        page.click("summary").await;
        page.click(".more").await;
        page.click(".more").await;
        assert_eq!(page.text("summary"), "2 of 2");
        assert!(page.has("details[open]"));
    }
}
