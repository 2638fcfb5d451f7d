//! What is open above the page: the command palette, the sheet of keys, the tour.

use leptos::prelude::*;

/// Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Shell {
    /// Whether the command palette is open.
    pub(crate) palette: RwSignal<bool>,
    /// Whether the sheet of keys is open.
    pub(crate) keys: RwSignal<bool>,
    /// The step of the tour that is shown.
    pub(crate) tour: RwSignal<Option<usize>>,
    /// Whether a newer version of the console waits.
    pub(crate) newer: RwSignal<bool>,
}

impl Shell {
    /// Lets every component below find it.
    pub(super) fn open() -> Shell {
        let closed = || RwSignal::new(false);
        let shell = Shell { palette: closed(), keys: closed(), tour: RwSignal::new(None), newer: closed() };
        provide_context(shell);
        shell
    }

    /// The shell of the component's page.
    pub(crate) fn here() -> Shell {
        expect_context()
    }
}
