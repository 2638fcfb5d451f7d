//! What the policy promises, what it would be elsewhere, what could be another, and the least that a capture needs.

use super::simulator::write_capture;
use super::{is_accessible, with_console};

#[test]
fn promises_are_proved_while_one_writes_and_kept_with_the_project() {
    with_console(async |_server, page| {
        page.visit("/assertions").await?;
        page.wait_for_text("#outcomes", "Nothing is promised yet").await?;
        page.click("#assertions-example").await?;
        page.wait_for_text("#outcomes", "deny any except group:web -> group:db ipv4 tcp 5432").await?;
        page.wait_for_text("#outcomes li:first-of-type", "PROVED").await?;
        is_accessible(&page).await?;

        page.write("#assertions-text", "deny any -> group:db tcp 5432\nallow any group:web").await?;
        page.wait_for_text("#outcomes", "Line 2").await?;
        let text = "deny any -> group:db tcp 5432\nallow group:web -> group:db ipv4 tcp 5432\nunchanged";
        page.write("#assertions-text", text).await?;
        page.wait_for_text("#outcomes", "Kept: 1 of 3").await?;
        page.wait_for_text("#outcomes li:nth-of-type(1)", "BROKEN").await?;
        page.wait_for_text("#outcomes li:nth-of-type(2)", "PROVED").await?;
        page.wait_for_text("#outcomes li:nth-of-type(3)", "NOTHING TO COMPARE").await?;

        page.click("#score-ask").await?;
        page.wait_for_text("#score", "Noticed:").await?;
        page.wait_for_text("#score", "web-http removed").await?;
        is_accessible(&page).await?;
        page.reload().await?;
        page.wait_for_text("#outcomes", "Kept: 1 of 3").await?;

        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
        page.visit("/assertions").await?;
        page.wait_for_text("#outcomes li:nth-of-type(2)", "BROKEN").await?;
        page.wait_for_text("#outcomes li:nth-of-type(3)", "BROKEN").await?;
        page.click("#outcomes li:nth-of-type(2) .try").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await
    });
}

#[test]
fn the_matrix_is_told_by_groups_too() {
    with_console(async |_server, page| {
        page.visit("/matrix").await?;
        page.wait_for_text("#matrix", "web").await?;
        page.click("nav.tabs a:last-child").await?;
        page.wait_for_text("[data-cell=web-db]", "tcp 5432").await?;
        page.wait_for_text("[data-cell=default-default]", "any").await?;
        page.click("[data-cell=web-db] button").await?;
        page.wait_for_text("#matrix-detail", "web to db").await?;
        is_accessible(&page).await?;
        assert!(page.address().await?.ends_with("/matrix?by=group"));

        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
        page.visit("/matrix?by=group").await?;
        page.wait_for_text("[data-cell=web-db]", "was tcp 5432").await
    });
}

#[test]
fn what_the_rules_would_be_in_another_cloud_is_told() {
    with_console(async |_server, page| {
        page.visit("/settings").await?;
        page.click("#elsewhere-profile option[value=openstack]").await?;
        page.wait_for_text("#elsewhere", "every packet fares alike").await?;
        page.click("#elsewhere-profile option[value=exoscale]").await?;
        page.wait_for_text("#elsewhere h3, #elsewhere .fault", "e").await?;
        is_accessible(&page).await?;
        page.wait_for_text("#settings-profile", "portcullis").await?;
        assert!(!page.has("#what-changes details").await?, "nothing was edited");
        Ok(())
    });
}

#[test]
fn what_could_be_another_in_a_packet_is_told() {
    with_console(async |_server, page| {
        page.visit("/simulator#packet=tcp+198.51.100.7:5000+%3E+192.0.2.10:443").await?;
        page.click("#vary").await?;
        page.wait_for_text("#alike", "Into web").await?;
        page.wait_for_text("#alike", "tcp 80, 443").await?;
        page.wait_for_text("#alike", "web-http").await?;
        is_accessible(&page).await
    });
}

#[test]
fn rules_are_narrowed_to_what_a_capture_has_seen() {
    with_console(async |_server, page| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("seen.pcap");
        let packets = [
            "tcp 198.51.100.7:5000 > 192.0.2.10:443",
            "tcp 198.51.100.7:5001 > 192.0.2.10:443",
            "tcp 192.0.2.10:5002 > 192.0.2.20:5432",
            "tcp 198.51.100.7:5003 > 192.0.2.20:5432",
        ];
        write_capture(&file, packets.into_iter())?;
        page.visit("/simulator/capture").await?;
        page.choose_file("#capture-file", &file).await?;
        page.click("#tighten-ask").await?;
        page.wait_for_text("#tighten", "rules could be narrower").await?;
        page.wait_for_text("#tighten", "web-ping nothing passed by it").await?;
        page.wait_for_text("#tighten", "tcp 443 from 198.51.100.7/32").await?;
        is_accessible(&page).await?;
        page.click("#tighten-apply").await?;
        page.wait_for_text("#tighten", "No rule allows more than was seen").await?;
        page.wait_for_text("#capture-verdicts", "4").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("[data-rule=web-http]", "198.51.100.7/32").await?;
        page.click("#undo").await?;
        page.wait_for_text("#rules-ingress", "web-ping").await
    });
}
