//! What a service manager hears of an enforcer (sd_notify(3)).

use std::os::unix::net::UnixDatagram;
use std::time::Instant;

use super::{LONG, World, uninterrupted};

/// The socket of a service manager, and what was heard there.
pub(crate) struct Service {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Service {
    /// Starts the enforcer of a world as a service, with more in its environment.
    pub(crate) fn start(world: &mut World, environment: &[(&str, &str)]) -> Service {
        let path = world.folder().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        let mut command = world.command(&[]);
        command.env("NOTIFY_SOCKET", &path).envs(environment.iter().copied());
        world.start_enforcer_as(command);
        Service { socket, heard: Vec::new() }
    }

    /// Waits for a message that begins so. Answers the ones before it and itself.
    pub(crate) fn hear(&mut self, beginning: &str) -> Vec<String> {
        let mut buffer = [0; 1024];
        let until = Instant::now() + 2 * LONG;
        loop {
            // Life is told all the time.
            assert!(Instant::now() < until, "no `{beginning}` after {:?}", self.heard);
            let length = uninterrupted(|| self.socket.recv(&mut buffer)).unwrap_or_else(|error| {
                panic!("no `{beginning}` after {:?}: {error}", self.heard);
            });
            self.heard.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
            if self.heard.last().is_some_and(|message| message.starts_with(beginning)) {
                return std::mem::take(&mut self.heard);
            }
        }
    }
}
