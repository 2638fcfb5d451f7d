//! What the analysis says, where people need it: beside an edit, before saving, at rules, at packets, and in the matrix.

use e2e::console::{Page, Server};

use super::{DESKTOP, ENTER, is_accessible, with_console, with_driver};

#[test]
fn what_an_edit_changes_stands_beside_it_until_it_is_undone() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("#what-changes", "1 newly denied").await?;
        page.click("#changes-unfolded > summary").await?;
        page.wait_for_text("#what-changes", "tcp 80, 443").await?;
        page.wait_for_text("#what-changes", "allowed by rule web-http").await?;
        is_accessible(&page).await?;
        page.click("#what-changes .try").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at web").await?;
        page.click("#undo").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        page.wait_without("#changes-unfolded").await
    });
}

#[test]
fn an_edit_that_changes_nothing_is_proved_to() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        add_rule(&page, "web-extra", "443", "any").await?;
        page.wait_for_text("#what-changes", "proved, every packet fares alike").await?;
        page.click("#undo").await?;
        page.wait_without("#changes-unfolded").await
    });
}

#[test]
fn saving_shows_exactly_what_changes_and_proves_what_was_wanted() {
    with_console(async |_server, page| {
        page.visit("/groups/db?tab=ingress").await?;
        add_rule(&page, "db-extra", "9000", "group:web").await?;
        page.click("#save").await?;
        page.wait_for_text("#review-changes", "1 newly allowed").await?;
        page.wait_for_text("#review-changes", "tcp 9000").await?;
        page.write("#intent", "allow group:web -> group:nobody tcp 9000").await?;
        page.wait_for_text("#checks", "there is no group").await?;
        page.write("#intent", "allow group:web -> group:db ipv4 tcp 9001").await?;
        page.wait_for_text("#checks li:nth-child(2)", "NOT SO").await?;
        page.wait_for_text("#checks li:nth-child(3)", "NOT SO").await?;
        page.wait_for_text("#review-save", "Save anyway").await?;
        page.wait_for_text("#review-quota", "rules").await?;
        page.write("#intent", "allow group:web -> group:db ipv4 tcp 9000").await?;
        for check in ["It was not allowed before", "All of it is allowed now", "Nothing else changes"] {
            page.wait_for_text("#checks", check).await?;
        }
        page.wait_for_text("#checks li:nth-child(1)", "PROVED").await?;
        page.wait_for_text("#checks li:nth-child(2)", "PROVED").await?;
        page.wait_for_text("#checks li:nth-child(3)", "PROVED").await?;
        is_accessible(&page).await?;
        page.click("#review-save").await?;
        page.wait_for_text("#revision", "2").await?;
        page.wait_without("#changes-unfolded").await
    });
}

#[test]
fn a_finding_stands_at_its_rule_and_its_fix_can_be_undone() {
    with_console(async |_server, page| {
        page.visit("/groups/web?tab=ingress").await?;
        add_rule(&page, "web-extra", "443", "any").await?;
        page.wait_for_text("[data-findings=web-extra]", "web-http").await?;
        page.wait_for_text("[data-findings=web-extra]", "proved: no packet fares otherwise").await?;
        is_accessible(&page).await?;
        page.click("[data-findings=web-extra] .fix").await?;
        page.wait_without("[data-rule=web-extra]").await?;
        page.click("#undo").await?;
        page.wait_for_text("[data-rule=web-extra]", "443").await
    });
}

#[test]
fn a_dropped_packet_is_let_through_and_an_accepted_one_stopped() {
    with_console(async |_server, page| {
        page.visit("/simulator").await?;
        page.write("#packet", "tcp 198.51.100.7:5000 > 192.0.2.20:5432").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await?;
        page.wait_for_text("#fix", "Let it through").await?;
        page.click("#fix").await?;
        page.wait_for_text("#plans .plan-list > li:first-child", "nothing but this flow at db").await?;
        is_accessible(&page).await?;
        page.click("#plans .plan-list > li:first-child .apply").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.wait_for_text("#fix", "Stop it").await?;
        page.click("#fix").await?;
        page.click("#plans .plan-list > li:first-child .apply").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await?;
        page.click("#undo").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.click("#undo").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await
    });
}

#[test]
fn the_matrix_shows_what_the_draft_changes_in_it() {
    with_console(async |_server, page| {
        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
        page.wait_for_text("#what-changes", "1 newly denied").await?;
        page.click("#navigation a[href='/matrix']").await?;
        page.wait_for_text("[data-cell=web-db]", "was tcp 5432").await?;
        page.wait_for_text("[data-cell=web-db]", "now tcp 5432 IPv6").await?;
        page.wait_for_text("#matrix", "The draft changes 1 cell").await?;
        page.wait_for_text("[data-cell=Outside-web]", "tcp 80, 443").await?;
        page.click("[data-cell=web-db] button").await?;
        page.wait_for_text("#matrix-detail", "allowed by rule db-postgres-v6").await?;
        is_accessible(&page).await?;
        page.write("#matrix-search", "bastion").await?;
        page.wait_for_text("[data-cell=bastion-db]", "tcp 22").await?;
        page.click("#matrix-detail section:nth-child(1) .try").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await
    });
}

/// Writes a rule of TCP for IPv4 into the grid of the page and saves the row.
async fn add_rule(page: &Page, id: &str, ports: &str, remote: &str) -> anyhow::Result<()> {
    page.wait_for_text("main", "Add ingress rule").await?;
    page.click("#add-rule").await?;
    page.write("#rule-new-ports", ports).await?;
    page.write("#rule-new-remote", remote).await?;
    page.write("#rule-new-id", id).await?;
    page.press(ENTER).await?;
    page.wait_for_text(&format!("[data-rule={id}]"), ports).await
}

#[test]
fn while_the_draft_has_errors_every_question_says_that_it_waits_for_them() {
    with_console(async |_server, page| {
        page.visit("/instances").await?;
        page.click("[data-vnic=db] [data-chip=db] .chip-cross").await?;
        for (path, place, words) in [
            ("/matrix", "#matrix", "when they are mended"),
            ("/groups/web?tab=ingress", "#what-changes", "when its errors are mended"),
            ("/simulator#packet=tcp+198.51.100.7:5000+%3E+192.0.2.10:443", "main", "Mend them first"),
        ] {
            page.visit(path).await?;
            page.wait_for_text(place, words).await?;
        }
        page.click("#undo").await?;
        page.wait_for_text("#verdict", "ACCEPT").await
    });
}

#[test]
fn what_takes_long_is_stopped_and_asked_again() {
    with_driver(async |driver| {
        let server = Server::start_with(&crowd())?;
        let page = driver.open(&server.url, DESKTOP.0, DESKTOP.1).await?;
        page.visit("/matrix").await?;
        page.wait_for_text("#matrix .working", "Asking every packet").await?;
        page.click("#matrix .working button").await?;
        page.wait_for_text("#matrix", "Stopped.").await?;
        page.click("#matrix button").await?;
        page.wait_for_text("#matrix", "Asking every packet").await?;
        // The page waits for nothing of it.
        page.click("#navigation a[href$='/groups']").await?;
        page.wait_for_text("main h1", "Security groups").await?;
        page.close().await
    });
}

/// A project whose matrix takes many seconds: no two of its vnics are alike.
fn crowd() -> String {
    let numbers = 0..900_u32;
    let mut text =
        "version: 1\nnetworks: [{id: lan, subnets: [{prefix: 10.0.0.0/16}]}]\ngroups:\n  - id: default\n".to_owned();
    for number in numbers.clone() {
        let (first, second) = (1_000 + number * 7, 30_000 + number * 3);
        text.push_str(&format!(
            "  - id: g{number}\n    rules:\n      - g{number}-in: ingress ipv4 tcp {first},{second} from any\n      - g{number}-out: egress ipv4 tcp {second}-{} to any\n",
            second + 900
        ));
    }
    text.push_str("instances:\n");
    for number in numbers {
        let (high, low) = (number / 250, 1 + number % 250);
        text.push_str(&format!(
            "  - id: vm-{number}\n    vnics: [{{network: lan, mac: '52:54:00:00:{high:02x}:{low:02x}', addresses: [10.0.{high}.{low}], groups: [g{number}]}}]\n"
        ));
    }
    text
}
