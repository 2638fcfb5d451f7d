//! How long the console takes from a key to the picture, with a project of 10,000 rules and 5,000 instances: `responsiveness`.
//!
//! A key's time is from its event to the first moment behind the next picture. Printed are least, median and most, in milliseconds; no
//! test fails for them, because they depend on the machine.

use std::fmt::Write as _;
use std::time::Duration;

use e2e::console::{Driver, Page, Server};
use serde_json::json;

const BETWEEN_KEYS: Duration = Duration::from_millis(120);
const ENTER: &str = "\u{e007}";
const UNDO: &str = "\u{e009}z";

/// Rules of the project: in so many groups, and in one.
const GROUPS: usize = 90;
const RULES: usize = 100;
const LARGE: usize = 1_000;
const INSTANCES: usize = 5_000;

/// What is typed where a place is searched, and where an address is wanted.
const WORD: &str = "vm-42";
const PREFIX: &str = "203.0.113.0/24";

/// Notes for every key, press of the mouse and change of a field how long it is until it can be seen.
const WATCH: &str = "
    window.portcullisTook = [];
    const behindPicture = () => new Promise(done => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(0);
    }));
    const note = event => {
        if (event.key === 'Control') return;
        const start = event.timeStamp;
        behindPicture().then(() => window.portcullisTook.push(performance.now() - start));
    };
    for (const kind of ['keydown', 'click', 'change']) addEventListener(kind, note, true);
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = Server::start_with(&project())?;
    let driver = Driver::start().await?;
    let page = driver.open(&server.url, 1440, 900).await?;
    println!("{:<52} {:>8} {:>8} {:>8}", "ms", "least", "median", "most");

    opened(&page, "overview, from the address to its text", "/", "#picture, #main").await?;
    opened(&page, "groups", "/groups", "[data-group]").await?;
    opened(&page, "a group of 100 rules", "/groups/g7?tab=ingress", "#rules-ingress .rule").await?;
    edit(&page, "a group of 100 rules", "g7", RULES).await?;
    opened(&page, "a group of 1,000 rules", "/groups/large?tab=ingress", "#rules-ingress .rule").await?;
    edit(&page, "a group of 1,000 rules", "large", LARGE).await?;
    opened(&page, "5,000 instances", "/instances", "#instances tbody tr").await?;
    watch(&page).await?;
    typed(&page, "#instance-search", WORD).await?;
    told(&page, "5,000 instances: a letter of a search").await?;
    page.close().await
}

/// A rule is written into a group, letter by letter, and saved; another is switched off, and both are taken back.
async fn edit(page: &Page, name: &str, group: &str, rules: usize) -> anyhow::Result<()> {
    watch(page).await?;
    page.click("#add-rule").await?;
    told(page, &format!("{name}: opening the editor")).await?;
    typed(page, "#rule-new-ports", "8080,9000-9100").await?;
    told(page, &format!("{name}: a key in ports")).await?;
    typed(page, "#rule-new-remote", PREFIX).await?;
    told(page, &format!("{name}: a key in the source")).await?;
    page.press(ENTER).await?;
    page.wait_without("#rule-new-ports").await?;
    told(page, &format!("{name}: Enter, which adds the rule")).await?;
    let last = rules - 1;
    page.click(&format!("[data-rule={group}-r{last}] [data-action=toggle]")).await?;
    told(page, &format!("{name}: switching a rule off")).await?;
    page.press(UNDO).await?;
    told(page, &format!("{name}: undo, which switches it on")).await?;
    page.press(UNDO).await?;
    told(page, &format!("{name}: undo, which takes the new rule away")).await
}

/// Writes as a quick writer does: a key comes when the one before can be seen.
async fn typed(page: &Page, field: &str, text: &str) -> anyhow::Result<()> {
    page.click(field).await?;
    told_nothing(page).await?;
    for letter in text.chars() {
        page.press(letter.encode_utf8(&mut [0; 4])).await?;
        tokio::time::sleep(BETWEEN_KEYS).await;
    }
    Ok(())
}

/// The time of a visit, which is a load of the whole console.
async fn opened(page: &Page, name: &str, path: &str, shows: &str) -> anyhow::Result<()> {
    page.visit(path).await?;
    let script = "
        const [selector, done] = arguments;
        const look = () => document.querySelector(selector) ? done(performance.now()) : requestAnimationFrame(look);
        look();
    ";
    let took = page.run_async(script, vec![json!(shows)]).await?;
    line(&format!("{name}: cold load"), &[took.as_f64().unwrap_or_default()]);
    Ok(())
}

async fn watch(page: &Page) -> anyhow::Result<()> {
    page.run(WATCH, Vec::new()).await.map(drop)
}

/// Forgets what was noted.
async fn told_nothing(page: &Page) -> anyhow::Result<()> {
    page.run("window.portcullisTook = []", Vec::new()).await.map(drop)
}

/// Prints what was noted since the last time.
async fn told(page: &Page, name: &str) -> anyhow::Result<()> {
    let script = "
        const done = arguments[0];
        setTimeout(() => done(window.portcullisTook.splice(0)), 800);
    ";
    let took = page.run_async(script, Vec::new()).await?;
    let took: Vec<f64> = took.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect();
    line(name, &took);
    Ok(())
}

fn line(name: &str, took: &[f64]) {
    let mut took = took.to_vec();
    took.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (took.first(), took.last()) else {
        println!("{name:<52} nothing was noted");
        return;
    };
    println!("{name:<52} {least:>8.0} {:>8.0} {most:>8.0}", took[took.len() / 2]);
}

/// A document of 10,000 rules in groups of several sizes, and 5,000 instances.
fn project() -> String {
    let mut text = "version: 1\nnetworks: [{id: lan, subnets: [{prefix: 10.0.0.0/16}]}]\ngroups:\n".to_owned();
    let mut group = |id: &str, rules: usize| {
        let _ = writeln!(text, "  - id: {id}\n    rules:");
        for rule in 0..rules {
            let (port, net) = (1_000 + rule * 7 % 60_000, rule % 250);
            let _ = writeln!(text, "      - {id}-r{rule}: ingress ipv4 tcp {port} from 198.51.{net}.0/24");
        }
    };
    (0..GROUPS).for_each(|number| group(&format!("g{number}"), RULES));
    group("large", LARGE);
    text.push_str("instances:\n");
    for number in 0..INSTANCES {
        let (high, low) = (number / 250, 1 + number % 250);
        let mac = format!("52:54:00:00:{high:02x}:{low:02x}");
        let _ = writeln!(
            text,
            "  - id: vm-{number}\n    vnics: [{{network: lan, mac: '{mac}', addresses: [10.0.{high}.{low}], groups: [g{}]}}]",
            number % GROUPS
        );
    }
    text
}
