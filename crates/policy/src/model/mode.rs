//! What groups, vnics and instances may be set to.

use std::fmt;
use std::str::FromStr;

use crate::model::GroupId;

/// Whether the traffic of a group's members is tracked. Text form: `stateful`, `stateless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Tracking {
    /// Rules judge the packets that open flows; replies and related errors pass without a rule.
    #[default]
    Stateful,
    /// Rules judge every packet.
    Stateless,
}

/// Whether anything is filtered at a vnic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PortSecurity {
    /// The source guard and the rules judge every frame.
    #[default]
    On,
    /// Every frame passes, whatever it is. No other switch does that.
    Off,
}

/// Whether an instance runs. Text form: `running`, `stopped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstanceState {
    /// It does.
    #[default]
    Running,
    /// It does not.
    Stopped,
}

impl PortSecurity {
    /// The groups of a vnic that names none: the usual one, or none where nothing is filtered.
    pub(crate) fn usual_groups(self, usual: &GroupId) -> Vec<GroupId> {
        match self {
            PortSecurity::On => vec![usual.clone()],
            PortSecurity::Off => Vec::new(),
        }
    }
}

impl fmt::Display for Tracking {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Tracking::Stateful => "stateful",
            Tracking::Stateless => "stateless",
        })
    }
}

impl fmt::Display for InstanceState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            InstanceState::Running => "running",
            InstanceState::Stopped => "stopped",
        })
    }
}

impl FromStr for InstanceState {
    type Err = String;

    fn from_str(text: &str) -> Result<InstanceState, String> {
        match text.trim() {
            "running" => Ok(InstanceState::Running),
            "stopped" => Ok(InstanceState::Stopped),
            _ => Err(format!("`{text}` is no state of an instance: write `running` or `stopped`")),
        }
    }
}
