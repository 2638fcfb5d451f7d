//! Rules.

use std::fmt;
use std::str::FromStr;

use wire::Family;

use crate::model::id::IdError;
use crate::model::{
    AddressGroupId, GroupId, IcmpMatch, PortMatch, Prefix, PrefixError, Protocol, ProtocolError, RuleId,
};

/// One rule of a security group. Text form: its spec, see [`RuleSpec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Unique in the project.
    pub id: RuleId,
    /// What it says.
    pub spec: RuleSpec,
    /// A disabled rule matches nothing.
    pub enabled: bool,
    /// Free text.
    pub description: String,
}

/// What a rule says; two rules with equal specs are duplicates.
///
/// Text form: `[deny] ingress|egress ipv4|ipv6 PROTOCOL [PORTS | ICMP] from|to REMOTE [priority N]`, such as
/// `ingress ipv4 tcp 22,8000-8090 from 10.0.0.0/8`, `egress ipv6 any to any`, `ingress ipv4 icmp 8/0 from group:web`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleSpec {
    /// Towards or from the instance.
    pub direction: Direction,
    /// The family of the packets.
    pub family: Family,
    /// Upper layer, with destination ports or ICMP type and code.
    pub protocol: Protocol,
    /// The other end.
    pub remote: Remote,
    /// Allow, or deny where the profile has deny.
    pub action: Action,
    /// Order where the profile is ordered.
    pub priority: Priority,
}

/// Seen from the instance. Text form: `ingress`, `egress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the instance.
    Ingress,
    /// From the instance.
    Egress,
}

/// The other end. Text form: `any`, a prefix, `group:ID`, `address-group:ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remote {
    /// Every address of the family.
    Any,
    /// The addresses of a prefix.
    Prefix(Prefix),
    /// The members of a security group.
    Group(GroupId),
    /// The addresses of an address group.
    AddressGroup(AddressGroupId),
}

/// What a matching rule does. Text form: `allow`, `deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Let it pass.
    Allow,
    /// Drop it.
    Deny,
}

/// 1 to 100; 1 wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Priority(u8);

/// Why a text is no rule, or no part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// Not `ingress` or `egress`.
    Direction(String),
    /// Not `ipv4` or `ipv6`.
    Family(String),
    /// Not `allow` or `deny`.
    Action(String),
    /// Not 1 to 100.
    Priority(String),
    /// The remote is a faulty prefix.
    Prefix(PrefixError),
    /// The remote names a group by a faulty id.
    Id(IdError),
    /// Faulty protocol, ports or ICMP part.
    Protocol(ProtocolError),
    /// `to` in an ingress rule or `from` in an egress one.
    WrongEnd(Direction),
    /// A prefix of the other family.
    RemoteFamily {
        /// The prefix.
        prefix: Prefix,
        /// The family of the rule.
        family: Family,
    },
    /// A word is missing; the value says which.
    Missing(&'static str),
    /// A word too many.
    Unexpected(String),
}

impl Direction {
    /// The other one.
    pub fn opposite(self) -> Direction {
        match self {
            Direction::Ingress => Direction::Egress,
            Direction::Egress => Direction::Ingress,
        }
    }

    /// Both, ingress first.
    pub const BOTH: [Direction; 2] = [Direction::Ingress, Direction::Egress];

    /// The word before the remote: `from` or `to`.
    pub fn preposition(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }
}

impl Action {
    /// The other one.
    pub fn opposite(self) -> Action {
        match self {
            Action::Allow => Action::Deny,
            Action::Deny => Action::Allow,
        }
    }
}

impl Priority {
    /// The priority of a rule that names none, and of all rules in unordered profiles.
    pub const FIRST: Priority = Priority(1);

    /// A priority from 1 to 100.
    ///
    /// # Errors
    /// [`RuleError::Priority`] outside.
    pub fn new(value: u8) -> Result<Priority, RuleError> {
        match value {
            1..=100 => Ok(Priority(value)),
            _ => Err(RuleError::Priority(value.to_string())),
        }
    }

    /// The one that ranks just before; `None` before the first.
    pub fn before(self) -> Option<Priority> {
        Priority::new(self.0 - 1).ok()
    }

    /// The number.
    pub fn value(self) -> u8 {
        self.0
    }
}

/// Reads `ipv4` or `ipv6`, upper or lower case.
pub(crate) fn read_family(text: &str) -> Result<Family, RuleError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "ipv4" => Ok(Family::Ipv4),
        "ipv6" => Ok(Family::Ipv6),
        _ => Err(RuleError::Family(text.to_owned())),
    }
}

impl RuleSpec {
    /// Checks what no part can check alone: that a prefix is of the rule's family.
    ///
    /// # Errors
    /// [`RuleError::RemoteFamily`].
    pub fn checked(self) -> Result<RuleSpec, RuleError> {
        match self.remote {
            Remote::Prefix(prefix) if prefix.family() != self.family => {
                Err(RuleError::RemoteFamily { prefix, family: self.family })
            }
            _ => Ok(self),
        }
    }
}

impl fmt::Display for RuleSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.action == Action::Deny {
            out.write_str("deny ")?;
        }
        write!(out, "{} {} {}", self.direction, self.family, self.protocol.name(self.family))?;
        match (self.protocol.ports(), self.protocol.icmp()) {
            (Some(ports @ PortMatch::Ranges(_)), _) => write!(out, " {ports}")?,
            (_, Some(icmp @ (IcmpMatch::Type(_) | IcmpMatch::TypeCode(..)))) => write!(out, " {icmp}")?,
            _ => {}
        }
        write!(out, " {} {}", self.direction.preposition(), self.remote)?;
        if self.priority != Priority::FIRST {
            write!(out, " priority {}", self.priority)?;
        }
        Ok(())
    }
}

impl FromStr for RuleSpec {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<RuleSpec, RuleError> {
        let mut words = text.split_whitespace().peekable();
        let action = match words.peek() {
            Some(&("allow" | "deny")) => words.next().unwrap_or_default().parse()?,
            _ => Action::Allow,
        };
        let direction: Direction =
            words.next().ok_or(RuleError::Missing("the direction, `ingress` or `egress`"))?.parse()?;
        let family = read_family(words.next().ok_or(RuleError::Missing("the family, `ipv4` or `ipv6`"))?)?;
        let protocol = words.next().ok_or(RuleError::Missing("the protocol, such as `tcp` or `any`"))?;
        let part = words.next_if(|word| !matches!(*word, "from" | "to"));
        match words.next() {
            None => return Err(RuleError::Missing("the remote, such as `from any`")),
            Some(word) if word != direction.preposition() => match word {
                "from" | "to" => return Err(RuleError::WrongEnd(direction)),
                _ => return Err(RuleError::Unexpected(word.to_owned())),
            },
            Some(_) => {}
        }
        let remote = words.next().ok_or(RuleError::Missing("the remote, such as `any`"))?.parse()?;
        let priority = match words.next() {
            None => Priority::FIRST,
            Some("priority") => words.next().ok_or(RuleError::Missing("the priority, 1 to 100"))?.parse()?,
            Some(word) => return Err(RuleError::Unexpected(word.to_owned())),
        };
        if let Some(word) = words.next() {
            return Err(RuleError::Unexpected(word.to_owned()));
        }
        let protocol = Protocol::read_words(family, protocol, part).map_err(RuleError::Protocol)?;
        RuleSpec { direction, family, protocol, remote, action, priority }.checked()
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        })
    }
}

impl FromStr for Direction {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Direction, RuleError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "ingress" => Ok(Direction::Ingress),
            "egress" => Ok(Direction::Egress),
            _ => Err(RuleError::Direction(text.to_owned())),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Action::Allow => "allow",
            Action::Deny => "deny",
        })
    }
}

impl FromStr for Action {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Action, RuleError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "allow" => Ok(Action::Allow),
            "deny" => Ok(Action::Deny),
            _ => Err(RuleError::Action(text.to_owned())),
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl FromStr for Priority {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Priority, RuleError> {
        let value: u8 = text.trim().parse().map_err(|_| RuleError::Priority(text.to_owned()))?;
        Priority::new(value)
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remote::Any => out.write_str("any"),
            Remote::Prefix(prefix) => write!(out, "{prefix}"),
            Remote::Group(id) => write!(out, "group:{id}"),
            Remote::AddressGroup(id) => write!(out, "address-group:{id}"),
        }
    }
}

impl FromStr for Remote {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Remote, RuleError> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("any") {
            return Ok(Remote::Any);
        }
        if let Some(id) = text.strip_prefix("group:") {
            return id.trim().parse().map(Remote::Group).map_err(RuleError::Id);
        }
        if let Some(id) = text.strip_prefix("address-group:") {
            return id.trim().parse().map(Remote::AddressGroup).map_err(RuleError::Id);
        }
        text.parse().map(Remote::Prefix).map_err(RuleError::Prefix)
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleError::Direction(text) => write!(out, "`{text}` is no direction: write `ingress` or `egress`"),
            RuleError::Family(text) => write!(out, "`{text}` is no family: write `ipv4` or `ipv6`"),
            RuleError::Action(text) => write!(out, "`{text}` is no action: write `allow` or `deny`"),
            RuleError::Priority(text) => write!(out, "`{text}` is no priority: write a number from 1 to 100, 1 wins"),
            RuleError::Prefix(error @ PrefixError::Address(_)) => {
                write!(out, "{error}, `any`, `group:ID` or `address-group:ID`")
            }
            RuleError::Prefix(error) => error.fmt(out),
            RuleError::Id(error) => error.fmt(out),
            RuleError::Protocol(error) => error.fmt(out),
            RuleError::WrongEnd(direction) => {
                write!(out, "an {direction} rule names its remote with `{}`: write it so", direction.preposition())
            }
            RuleError::RemoteFamily { prefix, family } => {
                write!(out, "the prefix `{prefix}` is {}, the rule {}: change one of them", prefix.family(), family)
            }
            RuleError::Missing(what) => {
                write!(out, "the rule lacks {what}: write it like `ingress ipv4 tcp 443 from any`")
            }
            RuleError::Unexpected(word) => {
                write!(out, "the word `{word}` fits nowhere: write the rule like `ingress ipv4 tcp 443 from any`")
            }
        }
    }
}

impl std::error::Error for RuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let found = text.parse::<RuleSpec>().map(|spec| spec.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn each_rule_has_one_text() {
        for text in [
            "ingress ipv4 tcp 22,8000-8090 from 10.0.0.0/8",
            "egress ipv6 any to any",
            "ingress ipv4 icmp 8/0 from group:web",
            "ingress ipv6 icmpv6 0 from address-group:office",
            "deny egress ipv4 udp 53 to 192.0.2.1/32 priority 100",
            "ingress ipv4 200 from any",
        ] {
            check(text, Ok(text));
        }
        check(
            "  allow INGRESS IPv4 TCP 80,81 from 10.0.0.1 priority 1 ",
            Ok("ingress ipv4 tcp 80-81 from 10.0.0.1/32"),
        );
        check("ingress ipv4 6 any from any", Ok("ingress ipv4 tcp from any"));
        check("ingress ipv6 icmp 128 from any", Ok("ingress ipv6 icmpv6 128 from any"));
        check("ingress ipv4 esp any from any", Ok("ingress ipv4 esp from any"));
    }

    #[test]
    fn faults_say_how_to_mend_them() {
        let like = "write it like `ingress ipv4 tcp 443 from any`";
        for (text, lack) in [
            ("", "the direction, `ingress` or `egress`"),
            ("deny", "the direction, `ingress` or `egress`"),
            ("ingress", "the family, `ipv4` or `ipv6`"),
            ("ingress ipv4", "the protocol, such as `tcp` or `any`"),
            ("ingress ipv4 tcp", "the remote, such as `from any`"),
            ("ingress ipv4 tcp 80", "the remote, such as `from any`"),
            ("ingress ipv4 tcp 80 from", "the remote, such as `any`"),
            ("ingress ipv4 tcp 80 from any priority", "the priority, 1 to 100"),
        ] {
            check(text, Err(&format!("the rule lacks {lack}: {like}")));
        }
        check("inbound ipv4 tcp from any", Err("`inbound` is no direction: write `ingress` or `egress`"));
        check("ingress ip tcp from any", Err("`ip` is no family: write `ipv4` or `ipv6`"));
        check("ingress ipv4 tcp to any", Err("an ingress rule names its remote with `from`: write it so"));
        check("egress ipv4 tcp 80 from any", Err("an egress rule names its remote with `to`: write it so"));
        for (text, word) in [
            ("ingress ipv4 tcp 80 81 from any", "81"),
            ("ingress ipv4 tcp from any log", "log"),
            ("ingress ipv4 tcp from any priority 1 log", "log"),
        ] {
            let fault = format!("the word `{word}` fits nowhere: write the rule like `ingress ipv4 tcp 443 from any`");
            check(text, Err(&fault));
        }
        for priority in ["0", "101", "256", "-1", "first"] {
            let fault = format!("`{priority}` is no priority: write a number from 1 to 100, 1 wins");
            check(&format!("ingress ipv4 tcp from any priority {priority}"), Err(&fault));
        }
        check("ingress ipv4 tcp from ::/0", Err("the prefix `::/0` is ipv6, the rule ipv4: change one of them"));
        check(
            "ingress ipv4 tcp from web",
            Err(
                "`web` is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`, `any`, `group:ID` or `address-group:ID`",
            ),
        );
        check(
            "ingress ipv4 tcp from group:",
            Err("the id of a security group is empty: give it letters, digits, `.`, `_`, `-` or `/`"),
        );
        check(
            "ingress ipv4 tcp from address-group:-x",
            Err("the address group id `-x` starts with `-`: start it with a letter or digit"),
        );
        check(
            "ingress ipv4 tcp 8/0 from any",
            Err("`8/0` is no port: write numbers and ranges such as `22,80,8000-8090`"),
        );
    }
}
