//! Names of the links that an enforcer makes: at most 15 bytes, the same for the same vnic whoever asks.

use policy::VnicId;

use crate::fnv::fnv1a;

/// What `IFNAMSIZ` leaves of a link name behind `pcu-`.
const LONGEST: usize = 11;

/// Readable characters of an id that had to be shortened. The `~` behind them is in no id, so that a short id is never
/// mistaken for a shortened one; seven digits of base 36 follow.
const STEM: usize = 3;

/// The end of the uplink that the enforcer owns, and its other end, which is a port of the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UplinkNames {
    pub(crate) owned: String,
    pub(crate) port: String,
}

impl UplinkNames {
    pub(crate) fn of(vnic: &VnicId) -> UplinkNames {
        let short = shorten(vnic.as_str());
        UplinkNames { owned: format!("pcu-{short}"), port: format!("pcb-{short}") }
    }
}

fn shorten(id: &str) -> String {
    // A link name has no slash.
    if id.len() <= LONGEST && !id.contains('/') {
        return id.to_owned();
    }
    let stem: String = id.chars().take(STEM).filter(|character| *character != '/').collect();
    let mut hash = fnv1a(id.as_bytes());
    let digits: String = (0..LONGEST - STEM - 1)
        .map(|_| {
            let digit = char::from_digit((hash % 36) as u32, 36).expect("a remainder of 36 is a digit of base 36");
            hash /= 36;
            digit
        })
        .collect();
    format!("{stem}~{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expect: &str) {
        let names = UplinkNames::of(&id.parse().unwrap());
        assert_eq!(names.owned, format!("pcu-{expect}"), "{id:?}");
        assert_eq!(names.port, format!("pcb-{expect}"), "{id:?}");
        assert!(names.owned.len() <= 15, "{names:?}");
    }

    #[test]
    fn short_ids_stay_and_long_ones_end_in_a_hash() {
        check("web", "web");
        check("web-1.eth_0", "web-1.eth_0");
        check("web-1.eth_00", "web~r8qxjep");
        check("w/0", "w0~1s2qp91");
        check("08d2c150-ad07-4588-b898-d12df28c7e03", "08d~lebhahl");
        check("08d2c150-ad07-4588-b898-d12df28c7e04", "08d~waxmwpd");
    }
}
