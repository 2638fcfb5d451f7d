//! The icons, drawn for this console: 16 by 16, one stroke, in the colour of the text.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyph {
    Add,
    Accept,
    Addresses,
    Arrow,
    Assertions,
    Changes,
    Close,
    Copy,
    Delete,
    Disable,
    Down,
    Drop,
    Edit,
    Enable,
    Gate,
    Groups,
    Hold,
    Instances,
    Link,
    Live,
    Matrix,
    Note,
    Overview,
    Redo,
    Save,
    Search,
    Settings,
    Simulator,
    Theme,
    Transfer,
    Undo,
    Up,
    Warning,
}

/// An icon beside a text that says the same, or in a button that has a label.
#[component]
pub(crate) fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=glyph.path()></path>
        </svg>
    }
}

impl Glyph {
    /// The lines of the drawing.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Glyph::Add => "M8 3v10M3 8h10",
            Glyph::Accept => "M3.5 8.5l3 3 6-7",
            Glyph::Addresses => "M2.5 4h11M2.5 8h7M2.5 12h9M12 7.9h.1M13.4 12h.1",
            Glyph::Arrow => "M3 8h10M9 4l4 4-4 4",
            Glyph::Assertions => "M8 1.8l5 1.9v3.8c0 3.2-2.1 5.6-5 6.7-2.9-1.1-5-3.5-5-6.7V3.7zM5.6 7.8l1.8 1.8 3-3.4",
            Glyph::Changes => {
                "M4.5 2.5v7M4.5 9.5a2 2 0 1 0 .1 0zM11.5 13.5v-7M11.5 6.5a2 2 0 1 0-.1 0zM7 12h2.5M9.5 4H7"
            }
            Glyph::Close | Glyph::Drop => "M4 4l8 8M12 4l-8 8",
            Glyph::Copy => "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
            Glyph::Delete => "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9M6.7 7v4M9.3 7v4",
            Glyph::Disable => "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.2l7.6 7.6",
            Glyph::Down => "M8 3v10M4 9l4 4 4-4",
            Glyph::Edit => "M3 13l.7-3L11 2.7 13.3 5 6 12.3zM9.5 4.2l2.3 2.3",
            Glyph::Enable => "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 8.2l1.8 1.8 3.2-3.8",
            Glyph::Gate => "M2.5 14V6a5.5 5.5 0 0 1 11 0v8M5.3 14V7M8 14V6M10.7 14V7M2.5 10h11",
            Glyph::Groups => "M8 1.8l5.2 2v4c0 3.2-2.2 5.4-5.2 6.6-3-1.2-5.2-3.4-5.2-6.6v-4z",
            Glyph::Hold => "M6 3.5v9M10 3.5v9",
            Glyph::Instances => "M2.5 2.8h11v4h-11zM2.5 9.2h11v4h-11zM5 4.8h.1M5 11.2h.1M8 4.8h3M8 11.2h3",
            Glyph::Link => {
                "M6.6 9.4l2.8-2.8M7.2 4.8l1.6-1.6a2.8 2.8 0 0 1 4 4l-1.6 1.6\
                 M8.8 11.2l-1.6 1.6a2.8 2.8 0 0 1-4-4l1.6-1.6"
            }
            Glyph::Live => "M1.5 8h3l2-4.5 3 9 2-4.5h3",
            Glyph::Matrix => "M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11",
            Glyph::Note => "M8 2.2a5.8 5.8 0 1 0 0 11.6 5.8 5.8 0 0 0 0-11.6zM8 7.3v3.6M8 5v.1",
            Glyph::Overview => "M2.5 7.5L8 2.8l5.5 4.7M4 6.5v7h8v-7M6.7 13.5v-4h2.6v4",
            Glyph::Redo => "M13 6.5H6a3.3 3.3 0 0 0 0 6.6h3M10 3.5l3 3-3 3",
            Glyph::Save => "M8 10.5v-8M5 5.2l3-3 3 3M2.5 9.5v4h11v-4",
            Glyph::Search => "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
            Glyph::Settings => {
                "M2.5 4.5h6M12.5 4.5h1M2.5 11.5h1M7.5 11.5h6M8.5 4.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0z\
                 M3.5 11.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0z"
            }
            Glyph::Simulator => "M2.5 8a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0zM5.5 8h5M8.5 5.5L11 8l-2.5 2.5M13.5 3v10",
            Glyph::Theme => "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12M10 4.5h2M10 7h3.5M10 9.5h3",
            Glyph::Transfer => "M5 13V3M2.5 5.5L5 3l2.5 2.5M11 3v10M8.5 10.5L11 13l2.5-2.5",
            Glyph::Undo => "M3 6.5h7a3.3 3.3 0 0 1 0 6.6H7M6 3.5l-3 3 3 3",
            Glyph::Up => "M8 13V3M4 7l4-4 4 4",
            Glyph::Warning => "M8 2.2l6.2 11.3H1.8zM8 6.5v3.3M8 11.6v.1",
        }
    }
}
