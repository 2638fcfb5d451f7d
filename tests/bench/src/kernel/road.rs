//! A router in namespaces.

use std::fs;

use anyhow::{Context, Result, anyhow, ensure};
use datapath::pnet::Pnet;
use datapath::{OwnedFrame, PacketIo};
use namespaces::{Namespace, ip, run, stay_on};

use crate::host::{last_processor, received};
use crate::sets::{ROUTER, mac};
use crate::traffic::Segment;

/// The router's own MACs.
const NEAR: &str = "52:54:00:ff:00:01";
const FAR: &str = "52:54:00:ff:00:02";

/// Three namespaces, a link at both ends, and how much went over it.
pub(super) struct Road {
    near: Pnet,
    far: Pnet,
    sent: u64,
    namespaces: [Namespace; 3],
}

impl Road {
    /// Makes the namespaces and loads the rules; keeps the calling thread on one processor.
    pub(super) fn build(ruleset: &str) -> Result<Road> {
        let namespaces = namespaces::add(["generator", "router", "sink"])?;
        let [generator, router, sink] = &namespaces;
        router.ip(&format!("link add r0 address {NEAR} type veth peer name g0 netns {}", generator.name()))?;
        router.ip(&format!("link add r1 address {FAR} type veth peer name k0 netns {}", sink.name()))?;
        let near = generator.inside(|| open("g0"))?;
        let far = sink.inside(|| open("k0"))?;
        router.inside(|| set_up(ruleset))?;
        stay_on(last_processor()?)?;
        Ok(Road { near, far, sent: 0, namespaces })
    }

    /// Sends a frame from the side that the segment comes from.
    pub(super) fn send(&mut self, segment: Segment, frame: &[u8]) {
        // A full queue shows in the check at the end.
        let _ = self.try_send(segment, frame);
    }

    /// Sends a frame that must go on.
    pub(super) fn pass(&mut self, segment: Segment, frame: &[u8]) -> Result<()> {
        self.try_send(segment, frame)
    }

    /// Whether what was sent on the near side came out at the far one.
    pub(super) fn check(&mut self) -> Result<()> {
        let [_, _, sink] = &self.namespaces;
        let arrived = received(sink.name(), "k0")?;
        // Neighbour discovery and the like add some.
        ensure!(arrived >= self.sent, "the kernel forwarded {arrived} of {} packets", self.sent);
        Ok(())
    }

    fn try_send(&mut self, segment: Segment, frame: &[u8]) -> Result<()> {
        let mut frame = frame.to_vec();
        let (link, to) = match segment {
            Segment::SynAck => (&mut self.far, FAR),
            Segment::Syn | Segment::Ack | Segment::StrayReset => {
                self.sent += 1;
                (&mut self.near, NEAR)
            }
        };
        let to: wire::MacAddr = to.parse()?;
        frame[..6].copy_from_slice(&to.0);
        link.send(&[OwnedFrame::build(&frame).lend()]).map_err(|error| anyhow!("a frame was not sent: {error:?}"))
    }
}

fn open(link: &str) -> Result<Pnet> {
    fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")?;
    ip(&format!("link set {link} up"))?;
    Pnet::open(link).with_context(|| format!("cannot open `{link}`"))
}

/// Addresses, and neighbours that are known so that nobody asks for them.
fn set_up(ruleset: &str) -> Result<()> {
    for (setting, value) in [("ip_forward", "1"), ("conf/all/rp_filter", "0"), ("conf/default/rp_filter", "0")] {
        fs::write(format!("/proc/sys/net/ipv4/{setting}"), value).context(setting)?;
    }
    fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")?;
    for link in ["r0", "r1"] {
        fs::write(format!("/proc/sys/net/ipv4/conf/{link}/rp_filter"), "0")?;
        ip(&format!("link set {link} up"))?;
    }
    ip("address add 192.0.2.1/24 dev r0")?;
    ip("address add 10.64.0.1/10 dev r1")?;
    ip("route add default via 192.0.2.2 dev r0")?;
    ip(&format!("neighbour add 192.0.2.2 lladdr {ROUTER} dev r0"))?;
    // The sink's own MAC is another one, so it drops what comes at once.
    ip(&format!("neighbour add 10.64.0.10 lladdr {} dev r1", mac(0)))?;
    run("nft", &["-f", "-"], ruleset).map(drop)
}
