//! A link in memory: what one end sends, the other end polls.
//!
//! For tests and simulation. The ends may live on different threads. Nothing is lost unless a queue is full.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{BATCH, Frame, IoCounters, IoError, OwnedFrame, PacketIo, SendError};

/// Frames that a queue holds in each direction unless told otherwise.
pub const CAPACITY: usize = 4096;

/// Two linked ends whose queues hold [`CAPACITY`] frames.
pub fn pair() -> (End, End) {
    pair_of(CAPACITY)
}

/// Two linked ends whose queues hold `capacity` frames in each direction; more are refused as [`SendError::Busy`].
pub fn pair_of(capacity: usize) -> (End, End) {
    let (there, back) = (Queue::default(), Queue::default());
    (End::new(there.clone(), back.clone(), capacity), End::new(back, there, capacity))
}

/// One end of a link in memory.
#[derive(Debug)]
pub struct End {
    incoming: Queue,
    outgoing: Queue,
    capacity: usize,
    counters: IoCounters,
}

type Queue = Arc<Mutex<VecDeque<OwnedFrame>>>;

impl End {
    fn new(incoming: Queue, outgoing: Queue, capacity: usize) -> Self {
        Self { incoming, outgoing, capacity, counters: IoCounters::default() }
    }
}

impl PacketIo for End {
    fn poll(&mut self, most: usize, visit: &mut dyn FnMut(&[Frame<'_>])) -> Result<usize, IoError> {
        // The lock ends before the visit, which may send to either end.
        let taken: Vec<OwnedFrame> = {
            let mut queue = self.incoming.lock().unwrap_or_else(PoisonError::into_inner);
            let count = queue.len().min(most).min(BATCH);
            queue.drain(..count).collect()
        };
        if !taken.is_empty() {
            self.counters.received += taken.len() as u64;
            visit(&taken.iter().map(OwnedFrame::lend).collect::<Vec<_>>());
        }
        Ok(taken.len())
    }

    fn send(&mut self, frames: &[Frame<'_>]) -> Result<(), SendError> {
        let mut queue = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.capacity.saturating_sub(queue.len()).min(frames.len());
        queue.extend(frames[..room].iter().map(Frame::to_owned));
        self.counters.sent += room as u64;
        self.counters.send_refused += (frames.len() - room) as u64;
        if room < frames.len() { Err(SendError::Busy) } else { Ok(()) }
    }

    fn counters(&mut self) -> IoCounters {
        self.counters
    }

    fn backend(&self) -> &'static str {
        "memory"
    }

    fn wait_on(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polled(end: &mut End) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        end.poll(BATCH, &mut |lent| frames.extend(lent.iter().map(|frame| frame.bytes().to_vec()))).unwrap();
        frames
    }

    #[test]
    fn each_end_polls_what_the_other_sent_in_order() {
        let (mut left, mut right) = pair();
        left.send(&[OwnedFrame::build(&[1; 14]).lend()]).unwrap();
        left.send(&[OwnedFrame::build(&[2; 60]).lend()]).unwrap();
        right.send(&[OwnedFrame::build(&[3; 20]).lend()]).unwrap();
        assert_eq!(polled(&mut right), [vec![1; 14], vec![2; 60]]);
        assert_eq!(polled(&mut left), [vec![3; 20]]);
        assert!(polled(&mut left).is_empty());
        assert_eq!(left.counters(), IoCounters { received: 1, sent: 2, ..IoCounters::default() });
    }

    #[test]
    fn a_full_queue_refuses_and_counts() {
        let (mut left, mut right) = pair_of(2);
        let frame = OwnedFrame::build(&[0; 60]);
        assert!(left.send(&[frame.lend()]).is_ok());
        assert!(left.send(&[frame.lend()]).is_ok());
        assert!(matches!(left.send(&[frame.lend()]), Err(SendError::Busy)));
        assert_eq!(left.counters(), IoCounters { sent: 2, send_refused: 1, ..IoCounters::default() });
        assert_eq!(polled(&mut right).len(), 2);
        assert!(left.send(&[frame.lend()]).is_ok());
    }

    #[test]
    fn a_poll_takes_a_bounded_batch() {
        let (mut left, mut right) = pair();
        for _ in 0..BATCH + 1 {
            left.send(&[OwnedFrame::build(&[0; 60]).lend()]).unwrap();
        }
        assert_eq!(polled(&mut right).len(), BATCH);
        assert_eq!(polled(&mut right).len(), 1);
    }

    #[test]
    fn a_forwarded_frame_keeps_its_metadata() {
        let raw = [1, 1, 66, 0, 168, 5, 34, 0, 16, 0, 0xaa, 0xbb];
        let (mut guest, mut guest_side) = pair();
        let (mut uplink_side, mut bridge) = pair();
        guest.send(&[Frame::from_raw(&raw, None).unwrap()]).unwrap();
        guest_side.poll(BATCH, &mut |frames| uplink_side.send(frames).unwrap()).unwrap();
        assert_eq!(bridge.poll(BATCH, &mut |frames| assert_eq!(frames[0].raw(), raw)).unwrap(), 1);
    }
}
