//! The first page, the changes with their history and the merge, address groups, and networks.

use serde_json::json;

use super::{ENTER, is_accessible, save, with_console};
use e2e::console::Page;

const TAB: &str = "\u{e004}";

#[test]
fn the_draft_is_shown_applied_and_restored() {
    with_console(async |_server, page| {
        page.visit("/changes").await?;
        page.wait_for_text("#no-changes", "revision 1").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("[data-rule=web-http]", "disabled").await?;
        page.click("#navigation a[href='/changes']").await?;
        page.wait_for_text("#changed-packets", "1 newly denied").await?;
        page.wait_for_text("#affected", "web").await?;
        page.wait_for_text("[data-item='rule web-http']", "Enabled").await?;
        is_accessible(&page).await?;

        page.click("#discard").await?;
        page.wait_for_text("#no-changes", "revision 1").await?;
        page.click("#undo").await?;
        page.wait_for_text("[data-item='rule web-http']", "false").await?;
        page.write("#apply-note", "no web for now").await?;
        page.click("#apply").await?;
        page.wait_for_text("#revision", "2").await?;
        page.wait_for_text("#no-changes", "revision 2").await?;

        page.click("#tab-history").await?;
        page.wait_for_text("[data-revision='2']", "no web for now").await?;
        page.wait_for_text("[data-revision='2']", "console").await?;
        page.click("[data-revision='2'] a").await?;
        page.wait_for_text("#revision-detail", "Compared with revision 1").await?;
        page.wait_for_text("#revision-packets", "1 newly denied").await?;
        page.wait_for_text("[data-item='rule web-http']", "Enabled").await?;
        is_accessible(&page).await?;
        page.click("[data-revision='1'] a").await?;
        page.wait_for_text("#revision-detail", "the first revision").await?;
        page.click("#restore").await?;
        page.wait_for_text("#revision-detail", "just this revision").await?;
        page.wait_for_text("#save-state", "Unsaved").await?;
        page.click("#undo").await?;
        page.wait_for_text("#save-state", "Saved").await
    });
}

#[test]
fn what_two_people_changed_comes_together() {
    with_console(async |_server, page| {
        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
        page.click("[data-rule=db-ssh] [data-action=toggle]").await?;
        page.wait_for_text("[data-rule=db-ssh]", "disabled").await?;
        // Somebody else changes one of these rules too, and another group.
        put(
            &page,
            "const rule = (id) => document.groups.flatMap(group => group.rules).find(rule => rule.id === id);
             rule('db-postgres').ports = '5433'; rule('web-ping').enabled = false;",
        )
        .await?;
        page.wait_for_text("#newer", "2").await?;
        save(&page).await?;
        page.click("#conflict-merge").await?;
        page.wait_for_text("[data-conflict='rule db-postgres']", "5433").await?;
        page.wait_for_text("#taken-theirs", "1 item changed").await?;
        page.wait_for_text("#taken-mine", "1 item changed").await?;
        is_accessible(&page).await?;
        let open = page.run("return document.getElementById('merge-finish').disabled", vec![]).await?;
        assert_eq!(open, json!(true), "a conflict is open");
        page.click("[data-conflict='rule db-postgres'] [data-choose=theirs]").await?;
        page.wait_for_text("#merge", "0 are open").await?;
        page.click("#merge-finish").await?;
        page.wait_for_text("#revision", "2").await?;
        page.visit("/groups/db?tab=ingress").await?;
        page.wait_for_text("[data-rule=db-postgres]", "5433").await?;
        page.wait_for_text("[data-rule=db-ssh]", "disabled").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("[data-rule=web-ping]", "disabled").await?;
        save(&page).await?;
        page.wait_for_text("#revision", "3").await?;
        page.wait_for_text("#save-state", "Saved").await
    });
}

#[test]
fn an_address_group_is_made_edited_and_deleted() {
    with_console(async |_server, page| {
        page.visit("/address-groups").await?;
        page.wait_for_text("[data-address-group=office]", "1 rule").await?;
        page.click("#new-address-group").await?;
        page.write("#address-group-name", "Partner").await?;
        page.write("#address-group-entries", "198.51.100.1/24").await?;
        page.wait_for_text("#address-group-entries-said", "198.51.100.0/24").await?;
        page.click("#address-group-entries-said .fix").await?;
        page.click("#address-group-save").await?;
        page.wait_for_text("#entries", "198.51.100.0/24").await?;
        is_accessible(&page).await?;

        page.click("#add-entry").await?;
        page.write("#entry-text", "192.0.2.9-192.0.2.5").await?;
        page.wait_for_text("#entry-text-said", "192.0.2.9").await?;
        page.write("#entry-text", "192.0.2.5-192.0.2.9, 2001:db8::/32").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#entries", "2001:db8::/32").await?;
        page.click("[data-entry='192.0.2.5-192.0.2.9'] [data-action=edit]").await?;
        page.write("#entry-text", "192.0.2.6").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#entries", "192.0.2.6/32").await?;
        page.click("[data-entry='2001:db8::/32'] [data-action=delete]").await?;
        page.wait_without("[data-entry='2001:db8::/32']").await?;
        page.click("#undo").await?;
        page.wait_for_text("#entries", "2001:db8::/32").await?;

        page.click("#address-group-copy").await?;
        page.click("#address-group-save").await?;
        page.wait_for_text("#address-group-title", "Partner copy").await?;
        page.click("#address-group-delete").await?;
        page.wait_for_text("#address-groups", "Partner").await?;
        page.wait_without("[data-address-group=Partner-copy]").await?;
        page.visit("/address-groups/office").await?;
        page.wait_for_text("#users", "bastion-ssh").await?;
        page.click("#address-group-delete").await?;
        page.wait_for_text("#remove-address-group", "bastion-ssh").await?;
        is_accessible(&page).await?;
        page.click("#remove-address-group-confirm").await?;
        page.wait_without("[data-address-group=office]").await?;
        page.click("#undo").await?;
        page.wait_for_text("[data-address-group=office]", "1 rule").await
    });
}

#[test]
fn a_network_is_made_and_one_in_use_stays() {
    with_console(async |_server, page| {
        page.visit("/instances").await?;
        page.wait_for_text("[data-network=tenant]", "router 192.0.2.1").await?;
        page.click("#new-network").await?;
        page.write("#network-id", "storage").await?;
        page.write("#subnet-0-prefix", "10.1.0.0").await?;
        page.write("#subnet-0-gateway", "10.1.0.300").await?;
        page.click("#network-save").await?;
        page.wait_for_text("#subnet-0-gateway-said", "10.1.0.300").await?;
        page.write("#subnet-0-prefix", "10.1.0.0/24").await?;
        page.write("#subnet-0-gateway", "10.1.0.1").await?;
        is_accessible(&page).await?;
        page.click("#network-save").await?;
        page.wait_for_text("[data-network=storage]", "router 10.1.0.1").await?;
        page.click("[data-network=tenant] [data-action=delete]").await?;
        page.wait_for_text("#toasts", "in use by").await?;
        page.click("[data-network=storage] [data-action=delete]").await?;
        page.wait_without("[data-network=storage]").await?;
        page.click("#undo").await?;
        page.wait_for_text("[data-network=storage]", "10.1.0.0/24").await
    });
}

#[test]
fn the_overview_counts_warns_and_draws() {
    with_console(async |_server, page| {
        page.visit("/").await?;
        page.wait_for_text("#count-instances", "3").await?;
        page.wait_for_text("#count-groups", "5").await?;
        page.wait_for_text("#picture", "HTTP(S)").await?;
        let focus = "document.querySelector(\"#picture .flow[aria-label^='Anybody may reach Web tier']\").focus()";
        page.run(focus, vec![]).await?;
        page.wait_for_text("#picture-said", "web-http").await?;
        page.press(TAB).await?;
        let here = page.run("return document.activeElement.classList.contains('flow')", vec![]).await?;
        assert_eq!(here, json!(true), "the keyboard goes from line to line");
        page.click("#picture-table summary").await?;
        page.wait_for_text("#picture-table", "bastion-ssh").await?;
        page.write("#picture-search", "database").await?;
        page.wait_for_text("#picture", "PostgreSQL").await?;
        let others = page.run("return document.querySelectorAll('#picture .anybody').length", vec![]).await?;
        assert_eq!(others, json!(0), "only what is beside it");

        page.visit("/groups/bastion?tab=ingress").await?;
        page.click("#add-rule").await?;
        page.write("#rule-new-ports", "22").await?;
        page.write("#rule-new-remote", "any").await?;
        page.write("#rule-new-id", "bastion-open").await?;
        page.press(ENTER).await?;
        page.wait_for_text("[data-rule=bastion-open]", "22").await?;
        page.click("#bar .brand").await?;
        page.wait_for_text("#attention", "open to the world").await?;
        page.wait_for_text("#count-changes", "1").await?;
        page.click("#attention a[href='/groups/bastion?tab=ingress']").await?;
        page.wait_for_text("[data-rule=bastion-open]", "22").await
    });
}

/// Saves the document with a change, as another person would.
async fn put(page: &Page, change: &str) -> anyhow::Result<()> {
    let script = format!(
        "const done = arguments[0];
        (async () => {{
            const old = await fetch('/api/v1/document');
            const {{ document }} = await old.json();
            {change}
            const answer = await fetch('/api/v1/document', {{ method: 'PUT', body: JSON.stringify(document),
                headers: {{ 'If-Match': old.headers.get('ETag'), 'Content-Type': 'application/json' }} }});
            done(answer.status);
        }})()"
    );
    let status = page.run_async(&script, vec![]).await?;
    anyhow::ensure!(status == json!(200), "the other save answered {status}");
    Ok(())
}
