//! Three hosts in namespaces, and somebody who forwards between two of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use namespaces::Namespace;

use super::forwarder::{Forwarder, Running};
use super::load;
use crate::sets::{ROUTER, mac};

/// The address of the guest, as [`crate::sets::own_address`] has it, and one outside that every rule set allows.
pub(super) const GUEST: &str = "10.64.0.10";
pub(super) const OUTSIDE: &str = "64.0.0.9";

/// Three hosts, and who forwards.
pub(super) struct Yard {
    pub(super) forwarder: Forwarder,
    running: Running,
    pub(super) places: Places,
    clients: u32,
}

/// Where things are.
pub(super) struct Places {
    namespaces: [Namespace; 3],
    folder: PathBuf,
    forwarder: Forwarder,
}

impl Yard {
    pub(super) fn build(forwarder: Forwarder, enforcer: &Path) -> Result<Yard> {
        let namespaces = namespaces::add(["guest", "hypervisor", "outside"])?;
        let folder = std::env::temp_dir().join(namespaces[1].name());
        fs::create_dir(&folder)?;
        let places = Places { namespaces, folder, forwarder };
        let [guest, hypervisor, outside] = &places.namespaces;
        for namespace in [guest, hypervisor, outside] {
            namespace.inside(|| Ok(fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")?))?;
        }
        hypervisor.ip("link add br0 type bridge mcast_snooping 0")?;
        hypervisor.ip("link set br0 up")?;
        for (end, near) in [(guest, "g0"), (outside, "o0")] {
            hypervisor.ip(&format!("link add {near} type veth peer name eth0 netns {}", end.name()))?;
            hypervisor.ip(&format!("link set {near} up"))?;
            end.ip("link set eth0 up")?;
        }
        if forwarder != Forwarder::Nobody {
            hypervisor.ip("link set o0 master br0")?;
        }
        let running = forwarder.start(&places, enforcer)?;
        Ok(Yard { forwarder, running, places, clients: 1_000 })
    }

    /// Makes hosts of the ends: until then they drop what arrives at once, because it is for another MAC.
    pub(super) fn give_addresses(&mut self) -> Result<()> {
        let [guest, _, outside] = &self.places.namespaces;
        for (end, own_mac, own, other_mac, other) in
            [(guest, mac(0), GUEST, ROUTER, OUTSIDE), (outside, ROUTER, OUTSIDE, mac(0), GUEST)]
        {
            end.ip(&format!("link set eth0 address {own_mac}"))?;
            end.ip(&format!("addr add {own}/32 dev eth0"))?;
            end.ip(&format!("route add {other}/32 dev eth0"))?;
            end.ip(&format!("neighbour add {other} lladdr {other_mac} dev eth0"))?;
        }
        Ok(())
    }

    /// The time that who forwards in user space has been on a processor.
    pub(super) fn forwarder_time(&self) -> Result<Duration> {
        self.running.time()
    }

    /// Packets that have arrived where they should.
    pub(super) fn arrived(&self) -> Result<u64> {
        let (namespace, link) = self.places.arrival();
        namespace.inside(|| load::arrived(link))
    }

    /// Lets who forwards stand still, so that packets wait, until [`Yard::go_on`].
    pub(super) fn stand_still(&self) -> Result<()> {
        self.running.stand_still()
    }

    pub(super) fn go_on(&self) -> Result<()> {
        self.running.go_on()
    }

    /// The first of so many clients that have not sent yet.
    pub(super) fn next_client(&mut self, count: u32) -> u32 {
        let first = self.clients;
        self.clients += count;
        first
    }

    /// # Errors
    /// Who forwards has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        self.running.check()
    }
}

impl Places {
    pub(super) fn guest(&self) -> &Namespace {
        &self.namespaces[0]
    }

    pub(super) fn hypervisor(&self) -> &Namespace {
        &self.namespaces[1]
    }

    pub(super) fn outside(&self) -> &Namespace {
        &self.namespaces[2]
    }

    /// The namespace and the link where what is sent arrives.
    pub(super) fn arrival(&self) -> (&Namespace, &str) {
        match self.forwarder {
            Forwarder::Nobody => (self.hypervisor(), "o0"),
            _ => (self.guest(), "eth0"),
        }
    }

    /// For files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
