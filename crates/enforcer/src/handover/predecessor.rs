//! The predecessor, as its successor talks to it.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::{
    Hand, HandoverError, LONGEST_LINE, MAGIC, NOW, Offer, PATIENCE, REFUSED, RELEASE, TAKEN, VERSION, path, read_line,
};

/// An enforcer that goes on until it is told to hand over.
pub(crate) struct Predecessor {
    stream: BufReader<UnixStream>,
    offer: Offer,
}

impl Predecessor {
    /// Asks the enforcer that has this directory for its state.
    ///
    /// # Errors
    /// There is none, or it refuses.
    pub(crate) fn ask(state: &Path) -> Result<Predecessor, HandoverError> {
        let path = path(state);
        let stream = UnixStream::connect(&path).map_err(|error| HandoverError::Nobody { path, error })?;
        let mut stream = BufReader::new(stream);
        let silent = |error| HandoverError::Silent { error };
        stream.get_ref().set_read_timeout(Some(PATIENCE)).map_err(silent)?;
        writeln!(stream.get_ref(), "{MAGIC}{VERSION}").map_err(silent)?;
        let said = read_line(&mut stream, LONGEST_LINE).map_err(silent)?;
        if let Some(reason) = said.strip_prefix(REFUSED) {
            return Err(HandoverError::Refused { reason: reason.to_owned() });
        }
        if said.strip_prefix(MAGIC) != Some(VERSION) {
            return Err(HandoverError::Foreign { said });
        }
        let line = read_line(&mut stream, LONGEST_LINE).map_err(silent)?;
        let offer = serde_json::from_str(&line).map_err(|error| HandoverError::Foreign { said: error.to_string() })?;
        Ok(Predecessor { stream, offer })
    }

    /// What it has.
    pub(crate) fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Has it stop and tell the rest, and the flows as packed bytes.
    ///
    /// # Errors
    /// It does not, and may have stopped.
    pub(crate) fn take(&mut self) -> Result<(Hand, Vec<u8>), HandoverError> {
        let lost = |error| HandoverError::Lost { error };
        writeln!(self.stream.get_ref(), "{NOW}").map_err(lost)?;
        let line = read_line(&mut self.stream, LONGEST_LINE).map_err(lost)?;
        let hand: Hand = serde_json::from_str(&line).map_err(|error| lost(error.into()))?;
        let mut flows = Vec::new();
        let mut rest = Read::take(&mut self.stream, hand.flows as u64);
        rest.read_to_end(&mut flows).map_err(lost)?;
        match flows.len() == hand.flows {
            true => Ok((hand, flows)),
            false => Err(lost(ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Tells it that nothing of it is needed any more, and waits until it has given up the state's directory.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn release(mut self) -> Result<(), HandoverError> {
        let silent = |error| HandoverError::Silent { error };
        self.stream.get_ref().set_read_timeout(Some(RELEASE)).map_err(silent)?;
        writeln!(self.stream.get_ref(), "{TAKEN}").map_err(silent)?;
        // It says no more, but hangs up.
        self.stream.read_to_end(&mut Vec::new()).map(drop).map_err(silent)
    }
}
