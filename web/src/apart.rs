//! Parts of the program that come when they are first needed: in a release they are files of their own.

/// Makes functions answer from files of their own, which are fetched when they are first called, where the console is built
/// with the feature `split`: a file for each word in front of a slash, and one for each set of those that share something.
/// They answer `None` where a file could not be fetched, and try again at the next call.
macro_rules! loaded_when_called {
    ($kind:ty: $($file:ident / $name:ident: $build:expr;)*) => {$(
        async fn $name() -> Option<$kind> {
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible)]
            fn $name() -> Result<$kind, leptos::wasm_split::SplitLoaderError> {
                Ok($build)
            }
            #[cfg(feature = "split")]
            return $name().await.ok();
            #[cfg(not(feature = "split"))]
            Some($build)
        }
    )*};
}

pub(crate) use loaded_when_called;
