//! The simulator beyond one packet: connections, links with a policy, frames in hex, scenarios, and captures.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::ensure;
use capture::{Precision, Writer};
use e2e::console::Page;
use e2e::lab::portcullis;
use serde_json::{Value, json};
use wire::{MacAddr, Sketch};

use super::{is_accessible, with_console};

const END: &str = "\u{e010}";
const UP: &str = "\u{e013}";

const QUESTION: &str = "/simulator#from=outside&to=web&packet=tcp+198.51.100.7:5000+%3E+192.0.2.10:443";

#[test]
fn a_connection_is_stepped_through_and_an_edit_cuts_it() {
    with_console(async |_server, page| {
        page.visit(QUESTION).await?;
        page.wait_for_text("#reply-verdict", "Replies pass").await?;
        page.click("#course option[value=revoked]").await?;
        page.wait_for_text("#step-title", "Step 1 of 11").await?;
        page.wait_for_text("#flows", "SYN_SENT").await?;
        page.click("#moment-7").await?;
        page.wait_for_text("#moment-7", "revision 2").await?;
        page.click("#moment-8").await?;
        page.wait_for_text("#because", "conntrack:revoked").await?;
        page.wait_for_text("#flows .changed", "revoked").await?;
        is_accessible(&page).await?;
        page.click("#moments").await?;
        page.press(END).await?;
        page.wait_for_text("#step-title", "Step 11 of 11").await?;
        page.press(UP).await?;
        page.wait_for_text("#step-title", "Step 10 of 11").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.reload().await?;
        page.wait_for_text("#step-title", "Step 10 of 11").await?;
        page.wait_for_text("#deciding-rule", "web-http").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.wait_for_text("[data-rule=web-http]", "443").await?;
        let disabled = page.text("[data-rule=web-http]").await?.contains("disabled");
        assert!(!disabled, "the edits of a connection are no edits of the draft");
        Ok(())
    });
}

#[test]
fn steps_are_added_edited_moved_and_taken_out() {
    with_console(async |_server, page| {
        page.visit(QUESTION).await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.click("#add-edit").await?;
        page.write("#edit", "disable rule no-such").await?;
        page.wait_for_text("#question-fault", "no-such").await?;
        page.write("#edit", "disable rule web-http").await?;
        page.wait_for_text("#moment-2", "revision 2").await?;
        page.click("#step-earlier").await?;
        page.wait_for_text("#moment-1", "disable rule web-http").await?;
        page.click("#moment-2").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at web").await?;
        page.click("#moment-1").await?;
        page.click("#step-delete").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.wait_for_text("#reply-verdict", "Replies pass").await?;
        page.click("#course option[value=udp]").await?;
        page.click("#moment-3").await?;
        page.wait_for_text("#moment-3", "time passes").await
    });
}

#[test]
fn a_link_brings_its_policy_and_leaves_the_draft_alone() {
    with_console(async |_server, page| {
        page.visit(QUESTION).await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        let link = copied(&page, "#copy-policy-link").await?;
        let path = link.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        page.visit("/groups/web?tab=ingress").await?;
        page.click("[data-rule=web-http] [data-action=toggle]").await?;
        page.wait_for_text("[data-rule=web-http]", "disabled").await?;
        page.visit(&path).await?;
        page.wait_for_text("#linked", "brings a policy of its own").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at web").await?;
        page.click("#linked-try").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.wait_for_text("#linked", "Your draft is untouched").await?;
        is_accessible(&page).await?;
        page.click("#linked-try").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at web").await?;
        page.click("#linked-take").await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.click("#undo").await?;
        page.wait_for_text("#verdict", "Dropped on ingress at web").await
    });
}

#[test]
fn a_frame_in_hex_becomes_its_packet() {
    with_console(async |_server, page| {
        page.visit(QUESTION).await?;
        let frame = wire::build(&packet("tcp 198.51.100.7:5000 > 192.0.2.20:5432"));
        let hex: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        page.write("#packet", &hex.join(" ")).await?;
        page.press(super::ENTER).await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await?;
        let value = page.run("return document.querySelector('#packet').value", vec![]).await?;
        assert_eq!(value, json!("tcp 198.51.100.7:5000 > 192.0.2.20:5432"));
        Ok(())
    });
}

#[test]
fn what_the_console_shows_is_a_scenario_that_the_command_line_runs() {
    with_console(async |_server, page| {
        page.visit(QUESTION).await?;
        page.click("#course option[value=revoked]").await?;
        page.wait_for_text("#moment-8", "DROP").await?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("connection.yaml");
        std::fs::write(&file, copied(&page, "#copy-scenario").await?)?;
        let output = Command::new(portcullis()).arg("test").arg(&file).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("1 passed, 0 failed"), "{said}");
        Ok(())
    });
}

#[test]
fn a_capture_is_judged_in_the_browser_and_a_flow_opens_in_the_simulator() {
    with_console(async |_server, page| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("some.pcap");
        let mut packets = vec![
            "tcp 198.51.100.7:5000 > 192.0.2.10:443".to_owned(),
            "tcp 192.0.2.10:443 > 198.51.100.7:5000 [SA] ack=1".to_owned(),
            "udp 198.51.100.8:1 > 198.51.100.9:2".to_owned(),
        ];
        packets.extend((0..500).map(|port| format!("tcp 198.51.100.7:{} > 192.0.2.20:5432", 6000 + port)));
        write_capture(&file, packets.iter().map(String::as_str))?;

        page.visit("/simulator/capture").await?;
        page.choose_file("#capture-file", &file).await?;
        page.wait_for_text("#capture-counts", "503 packets in 501 flows").await?;
        page.wait_for_text("#capture-verdicts", "1 packets are of no instance").await?;
        page.wait_for_text("#capture-shown", "501 flows shown").await?;
        is_accessible(&page).await?;
        let rows = page.run("return document.querySelectorAll('.flow-body .flow-row').length", vec![]).await?;
        assert!(
            rows.as_u64().is_some_and(|rows| (10..=100).contains(&rows)),
            "only the rows in sight are there: {rows}"
        );
        page.run("document.querySelector('.flow-body').scrollTop = 1e6", vec![]).await?;
        page.wait_for_text(".flow-window", "198.51.100.7:6499").await?;
        page.write("#capture-filter", "rule:web-http").await?;
        page.wait_for_text("#capture-shown", "1 flows shown").await?;
        // By a script, because the rows may be drawn anew under the hand.
        page.run("document.querySelector('.flow-window a').click()", vec![]).await?;
        page.wait_for_text("#deciding-rule", "web-http").await?;
        page.click(".tabs a:last-child").await?;
        page.wait_for_text("#capture-counts", "503 packets").await?;

        page.choose_file("#capture-file", Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).await?;
        page.wait_for_text("#capture-verdicts", "not a capture").await
    });
}

#[test]
fn a_long_capture_leaves_the_page_alive_and_can_be_cancelled_or_read_to_the_end() {
    with_console(async |_server, page| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("long.pcap");
        let packets: Vec<String> = (0..50_000).map(|port| format!("udp 198.51.100.7:{port} > 192.0.2.10:53")).collect();
        write_capture(&file, packets.iter().cycle().take(1_000_000).map(String::as_str))?;
        page.visit("/simulator/capture").await?;
        page.wait_for_text("main", "Open a capture file").await?;
        let watch = "window.longest = 0; let last = performance.now();
            setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now }, 5)";
        page.run(watch, vec![]).await?;
        page.choose_file("#capture-file", &file).await?;
        // Cancelled before the first packets were judged, it would show nothing.
        page.wait_for_text("#capture-verdicts", "default").await?;
        page.click("#capture-cancel").await?;
        page.wait_without("#capture-progress").await?;
        page.wait_for_text("#capture-verdicts", "default").await?;

        // The same file again would be no change of the field.
        let again = folder.path().join("again.pcap");
        std::fs::copy(&file, &again)?;
        let start = Instant::now();
        page.choose_file("#capture-file", &again).await?;
        let read = "const said = document.querySelector('#capture-counts')?.textContent ?? '';
            return said.split('packets')[0].replace(/[^0-9]/g, '')";
        while page.run(read, vec![]).await? != json!("1000000") {
            ensure!(start.elapsed() < Duration::from_secs(120), "a million packets are not read in two minutes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let longest = page.run("return window.longest", vec![]).await?;
        eprintln!("a million packets took {:?}; the page stood still for {longest} ms at most", start.elapsed());
        Ok(())
    });
}

/// What a button puts on the clipboard, which a browser without a window has none of.
async fn copied(page: &Page, button: &str) -> anyhow::Result<String> {
    let stub = "Object.defineProperty(navigator, 'clipboard', { configurable: true,
        value: { writeText: text => { window.copied = text; return Promise.resolve() } } })";
    page.run(stub, vec![]).await?;
    page.click(button).await?;
    page.wait_for_text(".toasts", "Copied").await?;
    match page.run("return window.copied", vec![]).await? {
        Value::String(text) => Ok(text),
        other => anyhow::bail!("`{button}` copied {other}"),
    }
}

fn packet(text: &str) -> wire::Packet {
    let sketch: Sketch = text.parse().expect(text);
    sketch.onto(MacAddr([2, 0, 0, 0, 0, 1]), MacAddr([2, 0, 0, 0, 0, 2]))
}

/// A capture of packets, a millisecond apart.
pub(super) fn write_capture<'p>(file: &Path, packets: impl Iterator<Item = &'p str>) -> anyhow::Result<()> {
    let mut writer = Writer::new(BufWriter::new(File::create(file)?), Precision::Microseconds)?;
    for (millisecond, text) in (0..).zip(packets) {
        writer.write(Duration::from_millis(millisecond), &wire::build(&packet(text)))?;
    }
    writer.finish()?;
    Ok(())
}
