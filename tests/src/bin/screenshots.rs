//! Pictures of every page of the console, for the documents: `screenshots FOLDER`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use e2e::console::{Driver, Page, Server};

/// Name and path of each page.
const PAGES: [(&str, &str); 13] = [
    ("overview", "/"),
    ("groups", "/groups"),
    ("group", "/groups/web?tab=ingress"),
    ("address-groups", "/address-groups"),
    ("address-group", "/address-groups/office"),
    ("instances", "/instances"),
    ("simulator", "/simulator?packet=tcp%20198.51.100.7:5000%20%3E%20192.0.2.10:443"),
    ("capture", "/simulator/capture"),
    ("history", "/changes?tab=history&revision=1"),
    ("live", "/live"),
    ("transfer", "/transfer"),
    ("settings", "/settings"),
    ("projects", "/projects"),
];

/// Promises that the draft keeps, and one that it breaks.
const PROMISES: &str = "# the database is for the web tier alone
deny any except group:web -> group:db tcp 5432
allow group:web -> group:db ipv4 tcp 5432

# people come by the bastion
deny any except group:bastion -> group:web, group:db tcp 22
allow address-group:office -> group:bastion ipv4 tcp 22";

/// What workers take to answer, on a page that shows their answers.
const REST: Duration = Duration::from_millis(1_500);

/// A desktop, a tablet and a phone.
const WIDTHS: [(u32, u32); 3] = [(1440, 900), (1024, 768), (390, 844)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("name the folder: `screenshots FOLDER`")?;
    std::fs::create_dir_all(&folder)?;
    let server = Server::start()?;
    let driver = Driver::start().await?;
    for (width, height) in WIDTHS {
        let page = driver.open(&server.url, width, height).await?;
        let shots = Shots { page: &page, folder: &folder, width };
        for (name, path) in PAGES {
            page.visit(path).await?;
            page.wait_for_text("main", " ").await?;
            tokio::time::sleep(REST).await;
            shots.take(name).await?;
        }
        analysed(&shots).await?;
        page.close().await?;
    }
    Ok(())
}

/// What the analysis says of an edit, of a rule that nobody needs, and of a packet that is dropped.
async fn analysed(shots: &Shots<'_>) -> anyhow::Result<()> {
    let page = shots.page;
    page.visit("/groups/web?tab=ingress").await?;
    page.click("[data-rule=web-http] [data-action=toggle]").await?;
    page.visit("/groups/db?tab=ingress").await?;
    page.click("[data-rule=db-postgres] [data-action=toggle]").await?;
    page.wait_for_text("#what-changes", "newly denied").await?;
    shots.take("changes-folded").await?;
    page.click("#changes-unfolded > summary").await?;
    shots.take("changes").await?;
    page.click("#save").await?;
    page.write("#intent", "deny group:web -> group:db ipv4 tcp 5432").await?;
    page.wait_for_text("#checks li:nth-child(3)", "NOT SO").await?;
    shots.take("review").await?;
    page.visit("/matrix").await?;
    page.wait_for_text("#matrix", "The draft changes").await?;
    shots.take("matrix").await?;
    page.click("[data-cell=web-db] button").await?;
    shots.take("matrix-cell").await?;
    page.visit("/matrix?by=group").await?;
    page.wait_for_text("#matrix", "The draft changes").await?;
    shots.take("matrix-groups").await?;
    page.visit("/assertions").await?;
    page.write("#assertions-text", PROMISES).await?;
    // The last one: on a phone the button stands below them.
    page.wait_for_text("#outcomes", "address-group:office").await?;
    page.click("#score-ask").await?;
    page.wait_for_text("#score", "Noticed:").await?;
    shots.take("assertions").await?;
    page.visit("/simulator#packet=tcp+198.51.100.7:5000+%3E+192.0.2.20:5432").await?;
    page.click("#fix").await?;
    page.wait_for_text("#plans", "this flow").await?;
    shots.take("fix").await
}

/// Where pictures go.
struct Shots<'p> {
    page: &'p Page,
    folder: &'p Path,
    width: u32,
}

impl Shots<'_> {
    /// Takes one of the page as it is, in each theme.
    async fn take(&self, name: &str) -> anyhow::Result<()> {
        for theme in ["light", "dark"] {
            self.page.run("document.documentElement.style.colorScheme = arguments[0]", vec![theme.into()]).await?;
            let file = self.folder.join(format!("console-{name}-{}-{theme}.png", self.width));
            std::fs::write(&file, self.page.screenshot().await?)?;
            println!("{}", file.display());
        }
        Ok(())
    }
}
