//! A lab of its own for a test: instances in network namespaces, each behind a live enforcer.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// The sample project that labs start with.
pub const SAMPLE: &str = include_str!("../../public/samples/three-tier.yaml");

/// A running lab; taken down when it is dropped.
pub struct Lab {
    name: String,
    folder: TempDir,
}

/// The `portcullis` binary under test: `PORTCULLIS_BIN`, else the one of the release profile.
pub fn portcullis() -> PathBuf {
    let release = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/portcullis");
    std::env::var_os("PORTCULLIS_BIN").map_or(release, PathBuf::from)
}

/// Whether this process may make namespaces. Says so on standard error where it may not, because then a test proves nothing.
pub fn is_root(test: &str) -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        eprintln!("SKIPPED: {test} needs root");
    }
    root
}

impl Lab {
    /// Starts a lab over the sample project, which the enforcer follows as a file: see [`Lab::write_document`].
    ///
    /// # Errors
    /// What `portcullis lab up` says.
    pub fn up() -> anyhow::Result<Lab> {
        let folder = tempfile::tempdir()?;
        let document = folder.path().join("document.yaml");
        std::fs::write(&document, SAMPLE)?;
        Lab::up_with(folder, &["--document", &document.to_string_lossy()])
    }

    /// Starts a lab whose enforcer follows a controller.
    ///
    /// # Errors
    /// What `portcullis lab up` says.
    pub fn up_following(url: &str) -> anyhow::Result<Lab> {
        Lab::up_with(tempfile::tempdir()?, &["--controller", url])
    }

    fn up_with(folder: TempDir, source: &[&str]) -> anyhow::Result<Lab> {
        let name = format!("test-{:08x}", random());
        let lab = Lab { name, folder };
        let output = lab.command("up").args(source).output().context("`portcullis lab up` does not start")?;
        if !output.status.success() {
            bail!("`portcullis lab up` failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(lab)
    }

    /// Replaces the document that the enforcer follows, in one step.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_document(&self, text: &str) -> anyhow::Result<()> {
        let staged = self.folder.path().join("document.yaml.new");
        std::fs::write(&staged, text)?;
        std::fs::rename(staged, self.folder.path().join("document.yaml"))?;
        Ok(())
    }

    /// Runs a program in the namespace of an instance, or of `outside` or `hv`, to its end.
    ///
    /// # Errors
    /// The program does not start.
    pub fn run(&self, place: &str, program: &[&str]) -> anyhow::Result<Output> {
        let mut command = self.command("exec");
        command.arg(place).args(program);
        command.output().with_context(|| format!("`{}` does not start", program.join(" ")))
    }

    /// Starts a program in a namespace and leaves it running, its output on a pipe.
    ///
    /// # Errors
    /// The program does not start.
    pub fn spawn(&self, place: &str, program: &[&str]) -> anyhow::Result<Child> {
        let mut command = self.command("exec");
        command.arg(place).args(program).stdout(Stdio::piped()).stdin(Stdio::piped());
        command.spawn().with_context(|| format!("`{}` does not start", program.join(" ")))
    }

    /// Fetches a page over HTTP from one place; `None` where no answer comes in two seconds.
    ///
    /// # Errors
    /// `curl` does not start.
    pub fn curl(&self, place: &str, url: &str) -> anyhow::Result<Option<String>> {
        let output = self.run(place, &["curl", "--silent", "--max-time", "2", url])?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// The state that `portcullis lab status --json` reports.
    ///
    /// # Errors
    /// The command fails.
    pub fn status(&self) -> anyhow::Result<serde_json::Value> {
        let output = self.command("status").arg("--json").output()?;
        serde_json::from_slice(&output.stdout).context("`portcullis lab status --json` prints no JSON")
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(portcullis());
        command.args(["lab", verb, "--name", &self.name]);
        command
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        match self.command("down").output() {
            Ok(output) if output.status.success() => {}
            other => eprintln!("`portcullis lab down --name {}` failed: {other:?}", self.name),
        }
    }
}

fn random() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) as u32
}
