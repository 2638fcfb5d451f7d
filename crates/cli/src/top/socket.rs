//! Finding the sockets of enforcers on this host, and asking them.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use enforcer::{STATES, Status};

/// Where labs have their files, a folder each; the enforcer's state is in `state`.
const LABS: &str = "/run/portcullis";

/// How long an enforcer may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// An enforcer that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    node: String,
    socket: PathBuf,
}

/// Finds the socket of an enforcer on this host: of this name, or the only one.
///
/// # Errors
/// There is none, there are several, or one may not look.
pub(super) fn find(node: Option<&str>) -> anyhow::Result<PathBuf> {
    let states = folders(Path::new(STATES))?;
    let labs = folders(Path::new(LABS))?.into_iter().map(|folder| folder.join("state"));
    let mut found = Vec::new();
    for folder in states.into_iter().chain(labs) {
        found.extend(candidates(&folder)?);
    }
    let alive = |candidate: &Candidate| !is_left_behind(&candidate.socket);
    choose(found.into_iter().filter(alive).collect(), node)
}

fn choose(mut found: Vec<Candidate>, node: Option<&str>) -> anyhow::Result<PathBuf> {
    let list = |found: &[Candidate]| {
        let shown = found.iter().map(|candidate| format!("`{}` ({})", candidate.node, candidate.socket.display()));
        shown.collect::<Vec<_>>().join(", ")
    };
    if found.is_empty() {
        bail!(
            "no enforcer runs here: start one with `portcullis enforce`, or `portcullis lab up`; looked for `{STATES}/NODE/NODE.sock` and `{LABS}/LAB/state/LAB.sock`; if its `--state` is elsewhere, name the socket with `--socket PATH`"
        );
    }
    if let Some(node) = node {
        let wanted = found.iter().find(|candidate| candidate.node == node);
        return match wanted {
            Some(candidate) => Ok(candidate.socket.clone()),
            None => bail!("no enforcer here is called `{node}`, but there is {}", list(&found)),
        };
    }
    match found.len() {
        1 => Ok(found.remove(0).socket),
        _ => bail!("several enforcers run here: choose one with `--node NAME`: {}", list(&found)),
    }
}

/// Asks an enforcer what it does.
///
/// # Errors
/// It cannot be asked, or answers something else.
pub(super) fn ask(socket: &Path) -> anyhow::Result<Status> {
    let stream = UnixStream::connect(socket).map_err(|error| explain(socket, &error))?;
    let answer = exchange(stream).with_context(|| format!("no answer from `{}`", socket.display()))?;
    read(&answer)
        .with_context(|| format!("`{}` is no socket of an enforcer that this program knows", socket.display()))?
}

fn exchange(mut stream: UnixStream) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer)
}

/// The status, or what the enforcer says instead; the outer error is of what is no answer at all.
fn read(answer: &str) -> anyhow::Result<anyhow::Result<Status>> {
    let (head, body) = answer.split_once("\r\n\r\n").context("it speaks no HTTP")?;
    match head.split_whitespace().nth(1) {
        Some("200") => Ok(Ok(serde_json::from_str(body)?)),
        Some(_) => Ok(Err(anyhow!("the enforcer refuses: {}", body.trim()))),
        None => bail!("it speaks no HTTP"),
    }
}

fn explain(socket: &Path, error: &io::Error) -> anyhow::Error {
    let path = socket.display();
    match error.kind() {
        ErrorKind::NotFound => anyhow!(
            "there is no socket `{path}`: start the enforcer, or look for `NODE.sock` in the directory of its `--state`"
        ),
        ErrorKind::PermissionDenied => {
            anyhow!("`{path}` is for root and the enforcer's own user: put `sudo` in front")
        }
        ErrorKind::ConnectionRefused => {
            anyhow!("nobody answers at `{path}`: the enforcer has ended, so start it again")
        }
        _ => anyhow!("cannot connect to `{path}`: {error}"),
    }
}

/// Whether an enforcer was killed and left its socket.
fn is_left_behind(socket: &Path) -> bool {
    UnixStream::connect(socket).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn candidates(folder: &Path) -> anyhow::Result<Vec<Candidate>> {
    let sockets = list(folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "sock"));
    let candidate = |socket: PathBuf| {
        let node = socket.file_stem()?.to_string_lossy().into_owned();
        Some(Candidate { node, socket })
    };
    Ok(sockets.filter_map(candidate).collect())
}

fn folders(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    Ok(list(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// What is in a folder, in order; nothing where there is none.
fn list(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("`{}` is for root and the enforcer's own user: put `sudo` in front", folder.display())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot look into `{}`", folder.display())),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T>(found: anyhow::Result<T>, expect: Result<(), &str>) {
        match (found, expect) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(part)) => assert!(format!("{error:#}").contains(part), "{error:#}"),
            (Ok(_), Err(part)) => panic!("no fault, but there should be: {part}"),
            (Err(error), Ok(())) => panic!("{error:#}"),
        }
    }

    #[test]
    fn one_enforcer_is_chosen_and_of_several_the_named_one() {
        let candidate = |node: &str| Candidate { node: node.to_owned(), socket: format!("/x/{node}.sock").into() };
        let (one, two) = (vec![candidate("a")], vec![candidate("a"), candidate("b")]);
        assert_eq!(choose(one.clone(), None).unwrap(), Path::new("/x/a.sock"));
        assert_eq!(choose(two.clone(), Some("b")).unwrap(), Path::new("/x/b.sock"));
        check(choose(Vec::new(), None), Err("start one with `portcullis enforce`"));
        check(choose(Vec::new(), Some("a")), Err("looked for `/var/lib/portcullis/NODE/NODE.sock`"));
        check(choose(two, None), Err("choose one with `--node NAME`: `a` (/x/a.sock), `b` (/x/b.sock)"));
        check(choose(one, Some("b")), Err("no enforcer here is called `b`, but there is `a` (/x/a.sock)"));
    }

    #[test]
    fn sockets_and_what_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let listener = std::os::unix::net::UnixListener::bind(path("host.sock")).unwrap();
        fs::write(path("flows"), "").unwrap();
        let expect = Candidate { node: "host".to_owned(), socket: path("host.sock") };
        assert_eq!(candidates(folder.path()).unwrap(), [expect]);
        assert_eq!(candidates(&path("nowhere")).unwrap(), []);
        assert!(!is_left_behind(&path("host.sock")));
        drop(listener);
        assert!(is_left_behind(&path("host.sock")));
        check(ask(&path("host.sock")), Err("the enforcer has ended"));
        check(ask(&path("other.sock")), Err("there is no socket"));
    }

    #[test]
    fn answers() {
        let status = serde_json::to_string(&Status::default()).unwrap();
        check(read(&format!("HTTP/1.1 200 OK\r\n\r\n{status}")).and_then(|told| told), Ok(()));
        check(read("HTTP/1.1 200 OK\r\n\r\n{}"), Err("missing field"));
        check(
            read("HTTP/1.1 403 Forbidden\r\n\r\nfor root\n").and_then(|told| told),
            Err("the enforcer refuses: for root"),
        );
        check(read("hello"), Err("it speaks no HTTP"));
    }
}
