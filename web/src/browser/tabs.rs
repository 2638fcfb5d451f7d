//! What tabs of one browser tell one another: who wrote which version of a project.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

use super::address::base_path;

/// Hears of every version that another tab writes, for as long as the page is open.
pub(crate) fn listen(hear: impl Fn(&str, u64) + 'static) {
    // Without it a tab learns of the others when it writes.
    let Some(channel) = channel() else { return };
    let ear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let said = event.data().as_string().unwrap_or_default();
        if let Some((version, id)) = said.split_once(' ') {
            version.parse().into_iter().for_each(|version| hear(id, version));
        }
    });
    channel.set_onmessage(Some(ear.as_ref().unchecked_ref()));
    ear.forget();
    std::mem::forget(channel);
}

/// Tells the other tabs that this one wrote a version of a project.
pub(crate) fn tell(id: &str, version: u64) {
    if let Some(channel) = channel() {
        // Who does not hear of it finds out when writing.
        let _ = channel.post_message(&format!("{version} {id}").into());
        channel.close();
    }
}

fn channel() -> Option<BroadcastChannel> {
    BroadcastChannel::new(&format!("portcullis:{}/", base_path())).ok()
}
