//! Where a successor comes in.

use std::io::{self, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use nix::sys::socket::{UnixCredentials, getsockopt, sockopt::PeerCredentials};
use nix::unistd::{Uid, geteuid};

use super::{
    Hand, LONGEST_WORD, MAGIC, NOW, Offer, PATIENCE, PREPARATION, REFUSED, TAKEN, VERSION, path, read_line, to_line,
};
use crate::socket_file::SocketFile;

/// The listening socket, under a name of its own until this enforcer enforces.
pub(crate) struct Door {
    listener: UnixListener,
    file: SocketFile,
}

/// What the daemon is asked.
pub(crate) enum Asked {
    /// What it has.
    Offer(Sender<Offer>),
    /// To stop, and hand over.
    Now(Successor),
}

/// A successor that waits for what its predecessor has.
pub(crate) struct Successor {
    stream: BufReader<UnixStream>,
    process: i32,
}

impl Door {
    /// Makes the socket, for this user alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn make(state: &Path) -> io::Result<Door> {
        let (listener, file) = SocketFile::listen(&path(state))?;
        Ok(Door { listener, file })
    }

    /// Lets successors in from now on, one after the other, from a thread of its own. Answers the socket's file.
    ///
    /// # Errors
    /// The file cannot be renamed, or there is no thread.
    pub(crate) fn open(self, ask: impl Fn(Asked) + Send + 'static) -> io::Result<SocketFile> {
        let Door { listener, file } = self;
        let file = file.show()?;
        let answer = move || {
            for stream in listener.incoming() {
                match stream.and_then(|stream| talk(stream, &ask)) {
                    Ok(()) => {}
                    Err(error) => tracing::warn!("a successor came and left, so this enforcer goes on: {error}"),
                }
            }
        };
        std::thread::Builder::new().name("hand-over".to_owned()).spawn(answer)?;
        Ok(file)
    }
}

impl Successor {
    /// Its process.
    pub(crate) fn process(&self) -> i32 {
        self.process
    }

    /// Gives it what it goes on with, and waits until it has taken that. It waits on until this is dropped.
    ///
    /// # Errors
    /// It is gone, or does not answer.
    pub(crate) fn hand(&mut self, hand: &Hand, flows: &[u8]) -> io::Result<()> {
        let mut stream = self.stream.get_ref();
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&to_line(hand))?;
        stream.write_all(flows)?;
        expect(&mut self.stream, TAKEN)
    }
}

/// Talks to a successor until it has a right to all of it, and asks for it.
fn talk(stream: UnixStream, ask: &impl Fn(Asked)) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let peer = getsockopt(&stream, PeerCredentials)?;
    let mut stream = BufReader::new(stream);
    let asked = read_line(&mut stream, LONGEST_WORD)?;
    if let Err(reason) = judge(&peer, &asked) {
        writeln!(stream.get_ref(), "{REFUSED}{reason}")?;
        return Err(io::Error::other(reason));
    }
    let (tell, told) = channel();
    ask(Asked::Offer(tell));
    let offer = told.recv().map_err(|_| io::Error::other("this enforcer is ending"))?;
    writeln!(stream.get_ref(), "{MAGIC}{VERSION}")?;
    stream.get_ref().write_all(&to_line(&offer))?;
    stream.get_ref().set_read_timeout(Some(PREPARATION))?;
    expect(&mut stream, NOW)?;
    stream.get_ref().set_read_timeout(Some(PATIENCE))?;
    ask(Asked::Now(Successor { stream, process: peer.pid() }));
    Ok(())
}

/// Whether a process may take over, and knows how.
fn judge(peer: &UnixCredentials, asked: &str) -> Result<(), String> {
    let (own, user) = (geteuid(), Uid::from_raw(peer.uid()));
    if user != own && !user.is_root() {
        return Err(format!("process {} is of user {user}; run it as user {own} or as root", peer.pid()));
    }
    match asked.strip_prefix(MAGIC) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(format!(
            "version {other} of the protocol was asked for, and this enforcer has version {VERSION}; stop it and start the other"
        )),
        None => Err("no hand-over was asked for".to_owned()),
    }
}

fn expect(stream: &mut BufReader<UnixStream>, expected: &str) -> io::Result<()> {
    match read_line(stream, LONGEST_WORD)? {
        said if said == expected => Ok(()),
        said => Err(io::Error::other(format!("it says `{said}` instead of `{expected}`"))),
    }
}
