//! Builds all in release and starts it, until Ctrl-C.
//!
//! The server is started in a process group of its own, so that Ctrl-C reaches this program alone: it takes
//! the lab down first, which asks the server, and stops the server last.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::setup::{self, Tool};
use crate::test::binaries;
use crate::web::{self, Optimisation};
use crate::workspace::{Workspace, succeed};

const POLL: Duration = Duration::from_millis(100);
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const PROGRAM: &str = "release/portcullis";

/// Where the server listens and keeps its state.
#[derive(Args)]
pub(crate) struct Options {
    /// The address of the server.
    #[arg(long, default_value = "127.0.0.1:7780")]
    listen: SocketAddr,

    /// The folder of the server's state, from the top of the checkout; the default is git-ignored.
    #[arg(long, default_value = ".portcullis")]
    data: PathBuf,
}

/// Sets up, builds, and runs the server and, as root, the lab.
pub(crate) fn up(workspace: &Workspace, options: &Options) -> Result<()> {
    require_free(options.listen)?;
    println!("== what the build needs");
    setup::ensure(workspace, Tool::TO_BUILD)?;
    println!("\n== the console");
    web::build(workspace, Optimisation::Release)?;
    println!("== the binaries");
    succeed(&mut binaries(workspace), "the binaries do not build")?;
    println!("\n== the server");
    let stop = stop_signal()?;
    let mut server = Server::start(workspace, options, &stop)?;
    let url = format!("http://{}", options.listen);
    let end = match setup::is_root() {
        true => run_with_lab(workspace, &mut server, &url, &stop),
        false => {
            announce(&url);
            let path = workspace.built(PROGRAM);
            println!("The lab, with instances on a bridge to try it on, needs root. In another terminal:");
            println!("  sudo {} lab up --controller {url}", path.display());
            println!("  sudo {} lab down", path.display());
            server.wait(&stop)
        }
    };
    server.stop()?;
    end
}

/// Takes the lab down again however the wait ends. `lab up` that fails leaves nothing of its own behind, and a
/// lab that was there before is not ours to take down.
fn run_with_lab(workspace: &Workspace, server: &mut Server, url: &str, stop: &AtomicBool) -> Result<()> {
    println!("\n== the lab");
    run(workspace, &["lab", "up", "--controller", url])?;
    announce(url);
    println!("The lab is up: `{} lab status` shows it.", workspace.built(PROGRAM).display());
    let end = server.wait(stop);
    println!("\n== taking the lab down");
    let down = run(workspace, &["lab", "down"]);
    end.and(down)
}

/// Runs our own program, out of the reach of Ctrl-C: half a lab is worse than a late answer.
fn run(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let mut command = program(workspace);
    succeed(command.args(arguments), format_args!("`portcullis {}` failed", arguments.join(" ")))
}

/// Our own program. It is not in the terminal's foreground, where reading would stop it.
fn program(workspace: &Workspace) -> Command {
    let mut command = workspace.command(workspace.built(PROGRAM));
    command.stdin(Stdio::null()).process_group(0);
    command
}

fn announce(url: &str) {
    println!("\nPortcullis is at {url} until Ctrl-C.");
}

fn require_free(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "cannot listen on {address}: {error}; stop what listens there (`ss -ltnp` shows it), \
             or take another port: `cargo xtask up --listen 127.0.0.1:7880`"
        ),
    }
}

/// Set once someone wants this program to end.
fn stop_signal() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signal_hook::flag::register(signal as i32, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// The running server; it does not outlive this value.
struct Server {
    child: Child,
}

impl Server {
    /// Starts it and waits until it answers.
    fn start(workspace: &Workspace, options: &Options, stop: &AtomicBool) -> Result<Self> {
        let mut command = program(workspace);
        command.args(["serve", "--listen", &options.listen.to_string(), "--data"]).arg(&options.data);
        let child = command.process_group(0).spawn().context("cannot start `portcullis`")?;
        let mut server = Self { child };
        let start = Instant::now();
        while !is_healthy(options.listen) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended at its start with {status}");
            }
            ensure!(!stop.load(Ordering::Relaxed), "stopped before the server had started");
            ensure!(start.elapsed() < START_LIMIT, "the server does not answer on {}", options.listen);
            thread::sleep(POLL);
        }
        Ok(server)
    }

    /// Waits for the wish to stop; that the server ends on its own is a fault.
    fn wait(&mut self, stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Relaxed) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn stop(mut self) -> Result<()> {
        println!("\n== stopping the server");
        self.terminate()?;
        Ok(())
    }

    fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        let start = Instant::now();
        while start.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // There is no one left to tell, and after `stop` there is nothing left to do.
        let _ = self.terminate();
    }
}

fn is_healthy(address: SocketAddr) -> bool {
    status_line(address).is_ok_and(|line| line.contains(" 200 "))
}

fn status_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, POLL)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; 64];
    let count = stream.read(&mut start)?;
    Ok(String::from_utf8_lossy(&start[..count]).lines().next().unwrap_or_default().to_owned())
}
