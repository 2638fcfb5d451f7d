//! The console's files alone, on a web server that knows nothing of them: installed, kept, renewed, and one of them missing.

use e2e::console::{Driver, Files, Page};
use serde_json::json;

use super::{DESKTOP, with_driver};

/// Done when the browser keeps the console's files and answers with them.
const KEPT: &str = "const done = arguments[0]; navigator.serviceWorker.ready.then(async () => {
    while (!navigator.serviceWorker.controller) await new Promise(after => setTimeout(after, 50));
    done('kept');
})";

/// What a browser asks of a page before it offers to install it: name, start within scope, display, icons of both sizes.
const INSTALLABLE: &str = "const done = arguments[0]; (async () => {
    const place = new URL(document.querySelector('link[rel=manifest]').href);
    const manifest = await (await fetch(place)).json();
    const [start, scope] = [manifest.start_url, manifest.scope].map(path => new URL(path, place).href);
    const icons = await Promise.all(manifest.icons.map(async icon => (await fetch(new URL(icon.src, place))).ok && icon.sizes));
    done([manifest.name, manifest.display, start, scope, icons]);
})()";

#[test]
fn on_any_web_server_it_works_can_be_installed_and_then_needs_no_network() {
    with_driver(async |driver| {
        let files = Files::serve()?;
        let page = open(driver, &files).await?;
        page.visit("/").await?;
        page.wait_for_text("main h1", "Overview").await?;
        page.click("#navigation a[href$='/groups']").await?;
        page.wait_for_text("main", "Web tier").await?;
        page.click("#navigation a[href$='/matrix']").await?;
        page.wait_for_text("[data-cell=web-db]", "tcp 5432").await?;
        page.click("#navigation a[href$='/simulator']").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;

        page.run_async(KEPT, vec![]).await?;
        let found = page.run_async(INSTALLABLE, vec![]).await?;
        let (place, sizes) = (format!("{}/", files.url), json!(["any", "192x192", "512x512", "512x512"]));
        assert_eq!(found, json!(["Portcullis", "standalone", place, place, sizes]));

        files.stop();
        page.visit("/groups/web?tab=ingress").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("#what-changes", "1 newly denied").await?;
        page.close().await
    });
}

#[test]
fn a_newer_version_waits_until_somebody_wants_it() {
    with_driver(async |driver| {
        let files = Files::serve()?;
        let page = open(driver, &files).await?;
        page.visit("/").await?;
        page.run_async(KEPT, vec![]).await?;
        page.wait_for_text("main h1", "Overview").await?;
        assert!(!page.has("#newer-console").await?, "nothing is newer");

        let index = files.folder().join("index.html");
        let text = std::fs::read_to_string(&index)?;
        std::fs::write(&index, text.replace("<title>Portcullis", "<title>Newer Portcullis"))?;
        let worker = files.folder().join("service-worker.js");
        let text = std::fs::read_to_string(&worker)?;
        std::fs::write(&worker, text.replace("const VERSION = \"", "const VERSION = \"newer-"))?;
        page.reload().await?;
        page.wait_for_text("#newer-console", "A new version").await?;
        let newer =
            "return fetch('/index.html').then(page => page.text()).then(text => text.includes('Newer Portcullis'))";
        assert_eq!(page.run(newer, vec![]).await?, json!(false), "the old version stays whole");
        page.click("#newer-console-load").await?;
        page.wait_without("#newer-console").await?;
        page.wait_for_text("main h1", "Overview").await?;
        assert_eq!(page.run(newer, vec![]).await?, json!(true));
        page.close().await
    });
}

#[test]
fn a_page_that_cannot_be_fetched_says_so_and_comes_when_it_can() {
    with_driver(async |driver| {
        let files = Files::serve()?;
        let part = files.find("split_ask-", ".wasm")?;
        let away = part.with_extension("away");
        std::fs::rename(&part, &away)?;
        let page = open(driver, &files).await?;
        page.visit("/").await?;
        page.wait_for_text("main h1", "Overview").await?;
        page.click("#navigation a[href$='/simulator']").await?;
        page.wait_for_text("main [role=alert]", "The page cannot be loaded").await?;
        page.click("#navigation a[href$='/groups']").await?;
        page.wait_for_text("main", "Web tier").await?;
        page.click("#navigation a[href$='/simulator']").await?;
        page.wait_for_text("main [role=alert]", "The page cannot be loaded").await?;
        std::fs::rename(&away, &part)?;
        page.click("main [role=alert] button").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.close().await
    });
}

async fn open(driver: &Driver, files: &Files) -> anyhow::Result<Page> {
    driver.open(&files.url, DESKTOP.0, DESKTOP.1).await
}
