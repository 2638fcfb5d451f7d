//! The served console in Chromium, end to end: what people click is what the enforcer does.

mod analysis;
mod evidence;
mod pages;
mod served;
mod shell;
mod simulator;

use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::Context;
use e2e::console::{Driver, Page, Server, dist};
use e2e::lab::{Lab, is_root};
use serde_json::{Value, json};

const CTRL_Z: &str = "\u{e009}z";
const ENTER: &str = "\u{e007}";
const DESKTOP: (u32, u32) = (1440, 900);

/// How long an answer may take: TCP waits twice as long from attempt to attempt.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn an_edit_is_validated_undone_and_survives_a_reload() {
    with_console(async |server, page| {
        let _server = server;
        page.visit("/groups/db?tab=ingress").await?;
        page.wait_for_text("#rules-ingress", "db-postgres").await?;
        page.click("#add-rule").await?;
        page.write("#rule-new-ports", "90-80").await?;
        page.wait_for_text("#rule-new-ports-said", "runs backwards").await?;
        page.write("#rule-new-ports", "9000").await?;
        page.write("#rule-new-remote", "203.0.113.0/24").await?;
        page.write("#rule-new-id", "db-extra").await?;
        page.press(ENTER).await?;
        page.wait_for_text("[data-rule=db-extra]", "203.0.113.0/24").await?;
        page.reload().await?;
        page.wait_for_text("[data-rule=db-extra]", "9000").await?;
        page.click("#undo").await?;
        page.wait_without("[data-rule=db-extra]").await?;
        page.click("#redo").await?;
        page.wait_for_text("[data-rule=db-extra]", "9000").await?;
        page.press(CTRL_Z).await?;
        page.wait_without("[data-rule=db-extra]").await
    });
}

#[test]
fn saving_makes_a_revision_and_a_conflict_loses_nothing() {
    with_console(async |server, page| {
        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-ssh] [data-action=toggle]").await?;
        save(&page).await?;
        page.wait_for_text("#revision", "2").await?;

        page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
        put_note(&page, "somebody else").await?;
        page.wait_for_text("#newer", "3").await?;
        save(&page).await?;
        page.click("#conflict-mine").await?;
        page.wait_for_text("#revision", "4").await?;
        page.wait_for_text("[data-rule=db-postgres]", "disabled").await?;
        drop(server);
        Ok(())
    });
}

#[test]
fn a_question_in_the_address_gives_the_same_answer_to_everybody() {
    with_console(async |_server, page| {
        page.visit("/simulator").await?;
        page.write("#packet", "tcp 198.51.100.7:5000 > 192.0.2.20:5432").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await?;
        let address = page.address().await?;
        page.write("#packet", "tcp 198.51.100.7:5000 > 192.0.2.10:443").await?;
        page.press(ENTER).await?;
        page.wait_for_text("#verdict", "ACCEPT").await?;
        page.wait_for_text("#deciding-rule", "web-http").await?;
        let path = address.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        page.visit("/groups").await?;
        page.visit(&path).await?;
        page.wait_for_text("#verdict", "Dropped on ingress at db").await?;
        page.wait_for_text("main", "db-postgres").await
    });
}

#[test]
fn without_a_server_the_console_works_from_static_files() {
    with_driver(async |driver| {
        let url = serve_files();
        let page = driver.open(&url, DESKTOP.0, DESKTOP.1).await?;
        page.visit("/").await?;
        page.wait_for_text("#picture", "Web tier").await?;
        page.visit("/groups/web?tab=ingress").await?;
        page.click("[data-rule=web-ping] [data-action=delete]").await?;
        page.wait_without("[data-rule=web-ping]").await?;
        page.reload().await?;
        page.wait_for_text("#rules-ingress", "web-http").await?;
        page.wait_without("[data-rule=web-ping]").await?;
        page.close().await
    });
}

#[test]
fn every_page_is_accessible_in_both_themes_and_keeps_to_its_security_policy() {
    with_console(async |_server, page| {
        for path in PAGES {
            page.visit(path).await?;
            page.wait_for_text("main", " ").await?;
            for theme in ["light", "dark"] {
                set_theme(&page, theme).await?;
                let violations = axe(&page).await?;
                assert_eq!(violations, json!([]), "{path} in {theme}: {violations:#}");
            }
            let blocked = page.run("return window.portcullisBlocked ?? []", vec![]).await?;
            assert_eq!(blocked, json!([]), "{path}");
        }
        Ok(())
    });
}

#[test]
fn removing_a_rule_in_the_console_cuts_a_live_connection_and_undo_brings_it_back() {
    if !is_root("removing_a_rule_in_the_console_cuts_a_live_connection") {
        return;
    }
    with_console(async |server, page| {
        let lab = Lab::up_following(&server.url)?;
        let mut talk = lab.spawn("bastion", &[env!("CARGO_BIN_EXE_stream"), "talk", "192.0.2.20:22"])?;
        let mut input = talk.stdin.take().expect("a pipe");
        let answers = read_lines(talk.stdout.take().expect("a pipe"));
        writeln!(input, "one")?;
        assert_eq!(answers.recv_timeout(PATIENCE).context("nothing is echoed")?, "one");

        page.visit("/groups/db?tab=ingress").await?;
        page.click("[data-rule=db-ssh] [data-action=delete]").await?;
        save(&page).await?;
        page.wait_for_text("#revision", "2").await?;
        wait_for_revision(&page, 2).await?;
        writeln!(input, "two")?;
        assert!(answers.recv_timeout(Duration::from_secs(2)).is_err(), "the connection is cut");

        page.click("#undo").await?;
        page.wait_for_text("[data-rule=db-ssh]", "22").await?;
        save(&page).await?;
        page.wait_for_text("#revision", "3").await?;
        assert_eq!(answers.recv_timeout(PATIENCE).context("the connection stays cut")?, "two");

        lab.curl("outside", "http://192.0.2.20:5432/")?;
        page.visit("/live").await?;
        page.wait_for_text("#packets .drop", "default").await?;
        page.wait_for_text("#packets .accept", "rule").await?;
        page.wait_for_text("#enforcers", "3").await?;
        talk.kill()?;
        talk.wait()?;
        Ok(())
    });
}

const PAGES: [&str; 19] = [
    "/",
    "/groups",
    "/groups/web?tab=ingress",
    "/groups/web?tab=egress",
    "/address-groups",
    "/address-groups/office",
    "/instances",
    "/matrix",
    "/matrix?by=group",
    "/assertions",
    "/simulator",
    "/changes",
    "/changes?tab=history&revision=1",
    "/simulator#event=0ms+%3E+udp+192.0.2.10:5+%3E+192.0.2.20:53&event=1s+apply+disable+rule+web-egress&event=5m+wait&step=2",
    "/simulator/capture",
    "/live",
    "/transfer",
    "/settings",
    "/projects",
];

/// Runs a test in a window of its own on a served console of its own.
fn with_console<F: Future<Output = anyhow::Result<()>>>(test: impl FnOnce(Server, Page) -> F) {
    with_driver(async |driver| {
        let server = Server::start()?;
        let page = driver.open(&server.url, DESKTOP.0, DESKTOP.1).await?;
        test(server, page).await
    });
}

fn with_driver(test: impl AsyncFnOnce(&Driver) -> anyhow::Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime
        .block_on(async {
            let driver = Driver::start().await.expect("chromedriver");
            test(&driver).await
        })
        .unwrap_or_else(|error| panic!("{error:#}"));
}

/// Saves the draft, without a look at what it changes.
async fn save(page: &Page) -> anyhow::Result<()> {
    page.click("#save").await?;
    page.click("#review-save").await
}

/// Saves the document again as it is, as another person would.
async fn put_note(page: &Page, author: &str) -> anyhow::Result<()> {
    let script = "const [author, done] = arguments;
        const old = await fetch('/api/v1/document');
        const { document } = await old.json();
        document.groups[0].description = author;
        const answer = await fetch('/api/v1/document', { method: 'PUT', body: JSON.stringify(document),
            headers: { 'If-Match': old.headers.get('ETag'), 'Content-Type': 'application/json' } });
        done(answer.status);";
    let script = format!("(async (...arguments) => {{ {script} }})(...arguments)");
    let status = page.run_async(&script, vec![json!(author)]).await?;
    anyhow::ensure!(status == json!(200), "the other save answered {status}");
    Ok(())
}

/// Waits until the lab's enforcer says that it applies a revision.
async fn wait_for_revision(page: &Page, revision: u64) -> anyhow::Result<()> {
    let script = "const done = arguments[0];
        fetch('/api/v1/enforcers').then(answer => answer.json()).then(all => done(all.map(one => one.report.applied_revision)))";
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let applied = page.run_async(script, vec![]).await?;
        if applied == json!([revision]) {
            return Ok(());
        }
        let is_late = tokio::time::Instant::now() > deadline;
        anyhow::ensure!(!is_late, "the enforcer does not apply revision {revision} but {applied}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whether axe finds nothing to complain about, in both themes.
async fn is_accessible(page: &Page) -> anyhow::Result<()> {
    for theme in ["light", "dark"] {
        set_theme(page, theme).await?;
        let violations = axe(page).await?;
        assert_eq!(violations, json!([]), "in {theme}: {violations:#}");
    }
    Ok(())
}

async fn set_theme(page: &Page, theme: &str) -> anyhow::Result<()> {
    for _ in 0..5 {
        let scheme = page.run("return getComputedStyle(document.documentElement).colorScheme", vec![]).await?;
        if scheme == json!(theme) {
            return Ok(());
        }
        // By a script, because a person cannot reach it while a dialog is open.
        page.run("document.getElementById('theme').click()", vec![]).await?;
    }
    anyhow::bail!("the theme switch never shows {theme}")
}

/// What axe-core finds: an array of rule, and the elements that break it.
async fn axe(page: &Page) -> anyhow::Result<Value> {
    let file = std::env::var_os("PORTCULLIS_AXE").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/npm/node_modules/axe-core/axe.min.js"),
        std::path::PathBuf::from,
    );
    let source = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read `{}`: cargo xtask setup brings it", file.display()))?;
    page.run(&source, vec![]).await?;
    // Colours on their way from one theme to the other have no contrast to speak of.
    page.settle().await?;
    let script = "const done = arguments[0];
        axe.run().then(found => done(found.violations.map(one => [one.id, one.nodes.map(node => node.html)])))";
    page.run_async(script, vec![]).await
}

fn read_lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A plain file server over the built console, as any static host is one; unknown paths are the index page.
fn serve_files() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream));
        }
    });
    url
}

fn answer(mut stream: std::net::TcpStream) -> Option<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    reader.read_line(&mut request).ok()?;
    let mut header = String::new();
    while reader.read_line(&mut header).ok()? > 2 {
        header.clear();
    }
    let path = request.split_whitespace().nth(1)?.split('?').next()?.trim_start_matches('/').to_owned();
    let file = dist().join(&path);
    let is_file = !path.is_empty() && !path.contains("..") && file.is_file();
    let file = if is_file { file } else { dist().join("index.html") };
    let kind = match file.extension().and_then(|extension| extension.to_str()) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "text/html",
    };
    let body = std::fs::read(file).ok()?;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}
