//! Links that stand, as one enforcer tells another of them, so that this one keeps and at its end removes them as if it had laid
//! them itself.

use std::sync::Arc;

use policy::VnicId;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::claim::Claims;
use super::kernel::Link;
use super::survey::Survey;
use super::{LinkError, Wiring};

/// The links of one vnic, in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Laid {
    #[serde(serialize_with = "write_id", deserialize_with = "read_id")]
    vnic: VnicId,
    guest: End,
    owned: End,
    port: End,
    /// Whether the guest side was up before.
    up: bool,
}

/// A link by its name and number, so that no other of this name is taken for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    name: String,
    index: u32,
}

impl Wiring {
    /// What another enforcer must know of it.
    pub(crate) fn laid(&self) -> Laid {
        Laid {
            vnic: self.vnic.clone(),
            guest: End::of(&self.found),
            owned: End::of(&self.owned),
            port: End::of(&self.port),
            up: self.found.up,
        }
    }
}

impl Laid {
    pub(crate) fn vnic(&self) -> &VnicId {
        &self.vnic
    }

    /// The guest side.
    pub(crate) fn guest(&self) -> &str {
        &self.guest.name
    }

    /// The end of the uplink that an enforcer owns.
    pub(crate) fn uplink(&self) -> &str {
        &self.owned.name
    }

    /// Whether all of it is there.
    ///
    /// # Errors
    /// A link is gone, or another one.
    pub(crate) fn check(&self, survey: &Survey) -> Result<(), LinkError> {
        survey.guest(&self.guest.name)?;
        [&self.guest, &self.owned, &self.port].into_iter().try_for_each(|end| end.find(survey).map(drop))
    }

    /// Claims the guest side, which the one that laid the links has given up.
    ///
    /// # Errors
    /// A link is gone, or another enforcer owns the guest side.
    pub(crate) fn adopt(self, claims: &Arc<Claims>, survey: &Survey) -> Result<Wiring, LinkError> {
        let claim = claims.take(&self.guest.name)?;
        let mut found = self.guest.find(survey)?.clone();
        found.up = self.up;
        Ok(Wiring {
            vnic: self.vnic,
            guest: self.guest.name,
            uplink: self.owned.name.clone(),
            owned: self.owned.find(survey)?.clone(),
            port: self.port.find(survey)?.clone(),
            found,
            _claim: claim,
        })
    }
}

impl End {
    fn of(link: &Link) -> End {
        End { name: link.name.clone(), index: link.index }
    }

    fn find<'s>(&self, survey: &'s Survey) -> Result<&'s Link, LinkError> {
        let found = survey.named(&self.name).filter(|found| found.index == self.index);
        found.ok_or_else(|| LinkError::Elsewhere { name: self.name.clone() })
    }
}

fn write_id<S: Serializer>(id: &VnicId, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(id)
}

fn read_id<'d, D: Deserializer<'d>>(from: D) -> Result<VnicId, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}
