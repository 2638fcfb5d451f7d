//! What stands around the pages: language, settings, keys, projects, tabs, and no network.

use anyhow::ensure;
use serde_json::json;

use crate::{CTRL_Z, DESKTOP, ENTER, axe, with_console, with_driver};
use e2e::console::{Page, Server};

const CTRL_K: &str = "\u{e009}k";
const DOWN: &str = "\u{e015}";
const DELETE: &str = "\u{e017}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn the_language_is_chosen_and_stays() {
    with_console(async |_server, page| {
        page.visit("/settings").await?;
        page.wait_for_text("#settings-title", "Settings").await?;
        ensure!(language(&page).await? == "en");
        choose(&page, "#language", "de").await?;
        page.wait_for_text("#settings-title", "Einstellungen").await?;
        ensure!(language(&page).await? == "de");
        page.visit("/groups").await?;
        page.wait_for_text("#navigation", "Instanzen").await?;
        page.visit("/settings").await?;
        choose(&page, "#language", "en").await?;
        page.wait_for_text("#settings-title", "Settings").await
    });
}

#[test]
fn high_contrast_is_a_theme_that_axe_finds_nothing_in() {
    with_console(async |_server, page| {
        for path in ["/settings", "/projects", "/groups/web?tab=ingress", "/matrix"] {
            page.visit("/settings").await?;
            page.click("input[name=theme][value=contrast]").await?;
            page.visit(path).await?;
            page.wait_for_text("main", " ").await?;
            let theme = page.run("return document.documentElement.dataset.theme", vec![]).await?;
            ensure!(theme == json!("contrast"), "{path} is shown in {theme}");
            let violations = axe(&page).await?;
            ensure!(violations == json!([]), "{path}: {violations:#}");
        }
        Ok(())
    });
}

#[test]
fn a_profile_of_ones_own_is_changed_where_its_meaning_stands() {
    with_console(async |_server, page| {
        page.visit("/settings").await?;
        page.wait_for_text("[data-switch=egress_default]", "It is dropped.").await?;
        page.click("#own-profile").await?;
        choose(&page, "[data-switch=egress_default] select", "allow-until-first-rule").await?;
        page.wait_for_text("[data-switch=egress_default]", "until a group of the vnic has an egress rule").await?;
        page.write("#profile-limits-groups", "many\n").await?;
        page.wait_for_text("#profile-limits-groups-said", "is no limit").await?;
        page.write("#profile-limits-groups", "12\t").await?;
        page.wait_for_text("#toasts", "limits.groups").await?;
        page.click("#undo").await?;
        page.click("#undo").await?;
        page.wait_for_text("[data-switch=egress_default]", "It is dropped.").await
    });
}

#[test]
fn the_palette_finds_and_goes_by_keys_alone() {
    with_console(async |_server, page| {
        page.visit("/groups").await?;
        page.wait_for_text("#groups", "web").await?;
        page.press(CTRL_K).await?;
        page.write("#palette-input", "db-postgr").await?;
        page.wait_for_text("#palette-option-0", "db-postgres").await?;
        let violations = axe(&page).await?;
        ensure!(violations == json!([]), "{violations:#}");
        page.press(ENTER).await?;
        page.wait_for_text("#rules-ingress", "db-postgres").await?;
        page.press(CTRL_K).await?;
        page.write("#palette-input", "matr").await?;
        page.press(DOWN).await?;
        page.press(ESCAPE).await?;
        page.wait_without("#palette[open]").await?;
        page.press("?").await?;
        page.wait_for_text("#keys-dialog", "Review and save").await?;
        page.press(ESCAPE).await
    });
}

#[test]
fn a_key_right_behind_a_dialog_that_closes_is_obeyed() {
    with_console(async |_server, page| {
        page.visit("/groups").await?;
        page.wait_for_text("#groups", "web").await?;
        page.press(CTRL_K).await?;
        page.wait_for_text("#palette[open]", "Overview").await?;
        // Until the next frame the field of a dialog that is gone still has the focus.
        let script = "document.getElementById('palette-input').focus();
            document.getElementById('palette').close();
            const focused = document.activeElement;
            focused.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
            return focused.id";
        ensure!(page.run(script, vec![]).await? == json!("palette-input"));
        page.wait_for_text("#keys-dialog", "Review and save").await
    });
}

#[test]
fn a_dialog_that_is_opened_again_at_once_stays_open() {
    with_console(async |_server, page| {
        page.visit("/groups").await?;
        page.wait_for_text("#groups", "web").await?;
        page.press(CTRL_K).await?;
        page.wait_for_text("#palette[open]", "Overview").await?;
        // A dialog tells that it was closed in a task of its own, which may come behind the next key.
        let script = "const done = arguments[0];
            const press = () => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
            const settled = async () => { for (let turn = 0; turn < 100; turn++) await null; };
            const is_open = () => document.getElementById('palette').open;
            (async () => {
                press();
                await settled();
                const closed = !is_open();
                press();
                await new Promise(told => setTimeout(told, 100));
                return closed && is_open();
            })().then(done)";
        ensure!(page.run_async(script, vec![]).await? == json!(true));
        page.wait_for_text("#palette-list", "Overview").await
    });
}

#[test]
fn rows_are_worked_by_keys_and_undo_brings_back() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        page.press("j").await?;
        let first = page.run("return document.activeElement.dataset.rule", vec![]).await?;
        ensure!(first.is_string(), "a row has the focus");
        let row = format!("[data-rule='{}']", first.as_str().unwrap_or_default());
        page.press(DELETE).await?;
        page.wait_without(&row).await?;
        page.press(CTRL_Z).await?;
        page.wait_for_text(&row, " ").await?;
        page.press("j").await?;
        page.press("d").await?;
        page.wait_for_text("tr.editing", "Save").await?;
        page.press(ESCAPE).await?;
        page.wait_without("tr.editing").await
    });
}

#[test]
fn rules_are_searched_sorted_and_changed_together() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        page.press("/").await?;
        page.write("#rule-search", "ipv4 443").await?;
        page.click("[data-sort=ports]").await?;
        page.wait_without("[data-rule=web-ping]").await?;
        let address = page.address().await?;
        ensure!(address.contains("q=ipv4") && address.contains("sort=ports"), "{address}");
        page.reload().await?;
        page.wait_for_text("#rule-count", "1 of").await?;
        page.write("#rule-search", " ").await?;
        page.wait_for_text("#rules-ingress", "web-ping").await?;
        page.run("document.activeElement.blur()", vec![]).await?;
        page.press("jx").await?;
        page.wait_for_text("#selection", "1 rule selected").await?;
        // With Shift the box selects all between.
        let script = "const boxes = document.querySelectorAll('tr.rule [data-action=select]');
            boxes[boxes.length - 1].dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }));
            return boxes.length";
        let all = page.run(script, vec![]).await?;
        page.wait_for_text("#selection", &format!("{all} rules selected")).await?;
        let violations = axe(&page).await?;
        ensure!(violations == json!([]), "{violations:#}");
        page.click("[data-all=delete]").await?;
        page.wait_without("#selection").await?;
        page.wait_without("[data-rule=web-http]").await?;
        page.press(CTRL_Z).await?;
        page.wait_for_text("#rules-ingress", "web-http").await
    });
}

#[test]
fn projects_are_made_renamed_switched_and_deleted() {
    with_console(async |_server, page| {
        page.visit("/projects").await?;
        page.wait_for_text("#projects", "My project").await?;
        page.write("#new-project-name", "Second").await?;
        page.click("#project-empty").await?;
        page.wait_for_text("#bar .project", "Second").await?;
        page.wait_for_text("#revision", "In this browser only").await?;
        page.visit("/groups").await?;
        page.wait_for_text("#groups", "default").await?;
        ensure!(!page.text("#groups").await?.contains("web"), "the second one is empty");
        page.visit("/projects").await?;
        page.click("tr[data-project=main] [data-action=open]").await?;
        page.wait_for_text("#bar .project", "My project").await?;
        page.wait_for_text("#groups", "web").await?;
        page.visit("/projects").await?;
        page.click("tr:not([data-project=main]) [data-action=rename]").await?;
        page.write("#project-name", "Third").await?;
        page.click("#project-rename").await?;
        page.wait_for_text("#projects", "Third").await?;
        page.click("tr:not([data-project=main]) [data-action=delete]").await?;
        page.click("#project-delete").await?;
        page.wait_without("tr[data-project]:not([data-project=main])").await
    });
}

#[test]
fn what_was_typed_last_survives_a_reload_at_once() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        page.run(
            "document.querySelector('[data-rule=web-http] [data-action=delete]').click(); location.reload()",
            vec![],
        )
        .await?;
        page.wait_for_text("#rules-ingress", "web-ping").await?;
        page.wait_without("[data-rule=web-http]").await
    });
}

#[test]
fn two_tabs_never_overwrite_one_another_silently() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        // Another tab, as far as the page can tell: it writes the project and says so.
        let script = "const done = arguments[0];
            const open = indexedDB.open('portcullis:/', 1);
            open.onsuccess = () => {
                const shelves = open.result.transaction(['index', 'projects'], 'readwrite');
                const index = shelves.objectStore('index');
                index.get('main').onsuccess = (found) => {
                    const known = JSON.parse(found.target.result);
                    known.version += 1;
                    index.put(JSON.stringify(known), 'main');
                    shelves.oncomplete = () => {
                        new BroadcastChannel('portcullis:/').postMessage(known.version + ' main');
                        done(known.version);
                    };
                };
            };";
        page.run_async(script, vec![]).await?;
        page.wait_for_text("#elsewhere", "Another tab changed this project").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("[data-rule=web-http]", "disabled").await?;
        page.click("#elsewhere-mine").await?;
        page.wait_without("#elsewhere").await?;
        page.run_async(script, vec![]).await?;
        page.click("#elsewhere-theirs").await?;
        page.wait_without("#elsewhere").await
    });
}

#[test]
fn without_a_network_the_console_opens_edits_and_comes_back() {
    with_driver(async |driver| {
        let mut server = Server::start()?;
        let page = driver.open(&server.url, DESKTOP.0, DESKTOP.1).await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#save-state", "Saved").await?;
        let kept = "const done = arguments[0]; navigator.serviceWorker.ready.then(async () => {
            while (!navigator.serviceWorker.controller) await new Promise(after => setTimeout(after, 50));
            done('kept');
        })";
        page.run_async(kept, vec![]).await?;
        server.stop();
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#save-state", "Server away").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("[data-rule=web-http]", "disabled").await?;
        page.reload().await?;
        page.wait_for_text("[data-rule=web-http]", "disabled").await?;
        server.start_again()?;
        page.wait_for_text("#save-state", "Unsaved changes").await?;
        page.close().await
    });
}

#[test]
fn the_tour_walks_through_ones_own_policy_and_ends_when_asked() {
    with_console(async |_server, page| {
        page.visit("/groups").await?;
        page.wait_for_text("#groups", "web").await?;
        page.press(CTRL_K).await?;
        page.write("#palette-input", "tour").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#tour", "1 of 6").await?;
        for step in 2..=6 {
            page.click("#tour-next").await?;
            page.wait_for_text("#tour", &format!("{step} of 6")).await?;
            page.wait_for_text(".toured", "").await?;
            let violations = axe(&page).await?;
            ensure!(violations == json!([]), "step {step}: {violations:#}");
        }
        page.click("#tour-next").await?;
        page.wait_without("#tour").await
    });
}

async fn language(page: &Page) -> anyhow::Result<String> {
    let found = page.run("return document.documentElement.lang", vec![]).await?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

/// Chooses from a list, as a person does.
async fn choose(page: &Page, selector: &str, value: &str) -> anyhow::Result<()> {
    // The list comes with its page, a moment after the address.
    let script = "const [selector, value, done] = arguments;
        const act = () => {
            const list = document.querySelector(selector);
            if (!list) return requestAnimationFrame(act);
            list.value = value;
            list.dispatchEvent(new Event('change', { bubbles: true }));
            done(true);
        };
        act()";
    page.run_async(script, vec![json!(selector), json!(value)]).await?;
    Ok(())
}
