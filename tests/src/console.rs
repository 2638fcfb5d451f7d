//! The served console in a real browser.

mod files;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::portcullis;

pub use files::Files;

/// How long a page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(15);

/// The key Control, as WebDriver writes it (section 17.4.2, keyboard actions).
pub const CONTROL: char = '\u{e009}';

/// The document that a server begins with, if it is not the sample project.
const FIRST: &str = "first.yaml";

/// A `portcullis serve` over a store of its own; ended when it is dropped.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    data: TempDir,
}

/// A chromedriver; ended when it is dropped.
pub struct Driver {
    process: Child,
    url: String,
    /// What it says further; without a reader it would end.
    _output: BufReader<ChildStdout>,
}

/// A browser window and the words that tests use for it.
pub struct Page {
    client: Client,
    base: String,
}

/// The built console: `PORTCULLIS_DIST`, else `dist` at the top of the project.
pub fn dist() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    std::env::var_os("PORTCULLIS_DIST").map_or(built, PathBuf::from)
}

impl Server {
    /// Serves the sample project.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start() -> anyhow::Result<Server> {
        Self::start_in(tempfile::tempdir()?)
    }

    /// Serves this document, in YAML.
    ///
    /// # Errors
    /// The server does not start, or refuses the document.
    pub fn start_with(document: &str) -> anyhow::Result<Server> {
        let data = tempfile::tempdir()?;
        std::fs::write(data.path().join(FIRST), document)?;
        Self::start_in(data)
    }

    fn start_in(data: TempDir) -> anyhow::Result<Server> {
        let (process, url) = serve("127.0.0.1:0", &data)?;
        Ok(Server { process, url, data })
    }

    /// Ends the process; what it stored stays.
    pub fn stop(&mut self) {
        end(&mut self.process);
    }

    /// Serves again where it was served before.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let (process, _) = serve(self.url.trim_start_matches("http://"), &self.data)?;
        self.process = process;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

impl Driver {
    /// Starts chromedriver on a free port: `CHROMEDRIVER`, else the one on the path.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start() -> anyhow::Result<Driver> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("`{program}` does not start: install chromium-driver"))?;
        let mut output = BufReader::new(process.stdout.take().context("its output is on a pipe")?);
        let port = read_port(&mut output).inspect_err(|_| end(&mut process))?;
        Ok(Driver { process, url: format!("http://127.0.0.1:{port}"), _output: output })
    }

    /// Opens a window with a profile of its own.
    ///
    /// # Errors
    /// The browser does not start.
    pub async fn open(&self, base: &str, width: u32, height: u32) -> anyhow::Result<Page> {
        let capabilities = capabilities(width, height)?;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match ClientBuilder::new(HttpConnector::new()).capabilities(capabilities.clone()).connect(&self.url).await {
                Ok(client) => return Ok(Page { client, base: base.to_owned() }),
                Err(error) if tokio::time::Instant::now() > deadline => {
                    return Err(error).context("the browser does not start");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Driver {
    /// Asks it to close its browsers: killed, it would leave behind those that no page knows of, such as one that came up when its
    /// caller had given up waiting.
    fn drop(&mut self) {
        let address = self.url.trim_start_matches("http://");
        let request = format!("GET /shutdown HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let asked = TcpStream::connect(address).and_then(|mut stream| stream.write_all(request.as_bytes()));
        let start = Instant::now();
        while asked.is_ok() && start.elapsed() < PATIENCE {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        end(&mut self.process);
    }
}

fn capabilities(width: u32, height: u32) -> anyhow::Result<Capabilities> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../webdriver.json");
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let mut found: Value = serde_json::from_str(&text)?;
    let arguments = found["goog:chromeOptions"]["args"].as_array_mut().context("webdriver.json has `args`")?;
    arguments.push(json!(format!("--window-size={width},{height}")));
    // No window of Chromium is narrower than 500 pixels, but a screen may be.
    if width < 500 {
        let screen = json!({"width": width, "height": height, "pixelRatio": 1, "mobile": true, "touch": true});
        found["goog:chromeOptions"]["mobileEmulation"] = json!({"deviceMetrics": screen});
    }
    found["goog:loggingPrefs"] = json!({"browser": "ALL"});
    match found {
        Value::Object(map) => Ok(map),
        _ => bail!("webdriver.json is no object"),
    }
}

impl Page {
    /// Goes to a path of the console.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn visit(&self, path: &str) -> anyhow::Result<()> {
        Ok(self.client.goto(&format!("{}{path}", self.base)).await?)
    }

    /// Waits for an element and clicks it.
    ///
    /// # Errors
    /// It does not appear, or cannot be clicked for fifteen seconds.
    pub async fn click(&self, selector: &str) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // A page that is drawn anew takes it away, or moves it, between a look and a click.
            match self.click_now(selector).await {
                Err(error) if tokio::time::Instant::now() > deadline => {
                    return Err(error).with_context(|| format!("`{selector}` cannot be clicked"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Waits for a field and replaces its text.
    ///
    /// # Errors
    /// It does not appear.
    pub async fn write(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        let element = self.wait_for(selector).await?;
        element.clear().await?;
        element.send_keys(text).await.with_context(|| format!("`{selector}` takes no text"))
    }

    /// Puts a file into a field for files.
    ///
    /// # Errors
    /// It does not appear.
    pub async fn choose_file(&self, selector: &str, file: &Path) -> anyhow::Result<()> {
        let element = self.wait_for(selector).await?;
        element.send_keys(&file.display().to_string()).await.with_context(|| format!("`{selector}` takes no file"))
    }

    /// Waits for an element and returns its text.
    ///
    /// # Errors
    /// It does not appear.
    pub async fn text(&self, selector: &str) -> anyhow::Result<String> {
        Ok(self.wait_for(selector).await?.text().await?)
    }

    /// Waits until the text of an element holds these words.
    ///
    /// # Errors
    /// It does not within fifteen seconds; the message has what it held instead.
    pub async fn wait_for_text(&self, selector: &str, words: &str) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // A page that is drawn anew takes elements away under the question.
            let text = match self.client.find(Locator::Css(selector)).await {
                Ok(element) => element.text().await.ok(),
                Err(_) => None,
            };
            if text.as_ref().is_some_and(|text| text.contains(words)) {
                return Ok(());
            }
            if tokio::time::Instant::now() > deadline {
                bail!("`{selector}` does not say `{words}` but `{}`", text.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether an element is there now.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn has(&self, selector: &str) -> anyhow::Result<bool> {
        Ok(!self.client.find_all(Locator::Css(selector)).await?.is_empty())
    }

    /// Waits until an element is gone.
    ///
    /// # Errors
    /// It stays.
    pub async fn wait_without(&self, selector: &str) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.has(selector).await? {
            if tokio::time::Instant::now() > deadline {
                bail!("`{selector}` stays");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Where the browser is.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn address(&self) -> anyhow::Result<String> {
        Ok(self.client.current_url().await?.to_string())
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    /// What the script throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Runs a script that calls the function in its last argument when it is done.
    ///
    /// # Errors
    /// What the script throws.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.client.execute_async(script, arguments).await?)
    }

    /// Presses keys wherever the focus is, one after the other; Control is held for all that follow it.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn press(&self, keys: &str) -> anyhow::Result<()> {
        let stroke = |value| match value {
            CONTROL => vec![KeyAction::Down { value }],
            _ => vec![KeyAction::Down { value }, KeyAction::Up { value }],
        };
        let up = keys.contains(CONTROL).then_some(KeyAction::Up { value: CONTROL });
        let strokes = keys.chars().flat_map(stroke).chain(up);
        let actions = strokes.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Puts every transition at its end. What turns for as long as something is worked at has none, and turns on.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn settle(&self) -> anyhow::Result<()> {
        let script = "document.getAnimations()
            .filter(animation => Number.isFinite(animation.effect.getComputedTiming().endTime))
            .forEach(animation => animation.finish())";
        self.run(script, Vec::new()).await.map(drop)
    }

    /// A picture of the window, as PNG, with every transition at its end.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn screenshot(&self) -> anyhow::Result<Vec<u8>> {
        self.settle().await?;
        Ok(self.client.screenshot().await?)
    }

    /// Closes the window.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }

    async fn click_now(&self, selector: &str) -> anyhow::Result<()> {
        let element = self.wait_for(selector).await?;
        // What is in view may lie behind a bar at the edge, where a person would scroll on.
        let into_view = "document.querySelector(arguments[0])?.scrollIntoView({block: 'center', behavior: 'instant'})";
        self.run(into_view, vec![json!(selector)]).await?;
        Ok(element.click().await?)
    }

    async fn wait_for(&self, selector: &str) -> anyhow::Result<fantoccini::elements::Element> {
        let wait = self.client.wait().at_most(PATIENCE);
        wait.for_element(Locator::Css(selector)).await.with_context(|| format!("`{selector}` does not appear"))
    }
}

/// The port that chromedriver listens on, which it says in a line of its own.
fn read_port(output: &mut impl BufRead) -> anyhow::Result<u16> {
    for line in output.lines() {
        if let Some((_, port)) = line?.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().with_context(|| format!("`{port}` is no port"));
        }
    }
    bail!("chromedriver ends without saying on which port it listens")
}

fn serve(listen: &str, data: &TempDir) -> anyhow::Result<(Child, String)> {
    let mut command = Command::new(portcullis());
    command.args(["serve", "--listen", listen, "--data"]).arg(data.path().join("store"));
    command.arg("--console").arg(dist());
    let first = data.path().join(FIRST);
    if first.exists() {
        command.arg("--document").arg(first);
    }
    let mut process = command.stdout(Stdio::piped()).spawn().context("`portcullis serve` does not start")?;
    let output = process.stdout.take().context("its output is on a pipe")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let url = line.split_whitespace().last().filter(|word| word.starts_with("http://")).map(str::to_owned);
    match url {
        Some(url) => Ok((process, url)),
        None => bail!("`portcullis serve` printed no address but `{line}`"),
    }
}

fn end(process: &mut Child) {
    let _ended_already = process.kill();
    let _status = process.wait();
}
