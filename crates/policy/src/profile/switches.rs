//! What each switch may be set to. The words of [`Switch::WORDS`] are the text form.

/// A switch of a profile.
pub trait Switch: Copy + PartialEq + 'static {
    /// Every setting with its word.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of the setting.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, setting)| *setting == self);
        found.map(|(word, _)| *word).expect("every setting has a word")
    }

    /// The setting of a word.
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, setting)| *setting)
    }
}

/// How several matching rules become one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// Allow only, in no order: any match allows.
    Union,
    /// Allow and deny: groups as attached, then priority 1 to 100, then deny before allow; the first match decides.
    Ordered,
}

/// What happens to egress traffic that no rule names. Ingress is always denied then.
///
/// "First rule" means rules as edited: one whose remote has no address counts too. A disabled one does not: it is as if it
/// were not there, so to disable the only egress rule does what to remove it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EgressDefault {
    /// Denied.
    Deny,
    /// Allowed as long as no attached group has an egress rule (Exoscale).
    AllowUntilFirstRule,
    /// Allowed as long as no attached group has an egress rule of the packet's family (CloudStack).
    AllowUntilFirstRuleOfFamily,
}

/// When the groups of a vnic may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupChanges {
    /// At any time.
    Live,
    /// Only while its instance is stopped.
    WhileStopped,
}

/// Whether rules judge traffic between a vnic and the subnets of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSubnet {
    /// Like any other traffic.
    Filtered,
    /// No: it passes, and is tracked.
    Exempt,
}

/// Which addresses a group stands for as a remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteMembers {
    /// The fixed addresses of its members.
    Addresses,
    /// Those, and their allowed address pairs.
    AddressesAndPairs,
    /// Those, and the extra sources of the group itself.
    AddressesPairsAndSources,
}

/// What happens to broadcast, unknown unicast and multicast (BUM) that an instance sends, beyond the infrastructure traffic
/// (ARP, DHCP, neighbor discovery, MLD) that always passes.
///
/// Whether a unicast MAC is *unknown* is a matter of the bridge's forwarding table, which a vnic does not have: a packet is
/// judged by what it says. So unknown unicast is stopped where it would do harm: at every vnic that it is flooded to, whose
/// guard drops frames for other MACs in every profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bum {
    /// Rules decide.
    ByRules,
    /// It is dropped, whatever the rules say.
    Dropped,
}

/// What becomes of a live flow that the rules no longer allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is cut.
    Cut,
    /// It goes on until it ends or expires.
    Keep,
}

/// [`Revocation`] by the direction in which a flow was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocations {
    /// Flows that somebody opened to the instance.
    pub ingress: Revocation,
    /// Flows that the instance opened.
    pub egress: Revocation,
}

impl Switch for Evaluation {
    const WORDS: &'static [(&'static str, Evaluation)] =
        &[("union", Evaluation::Union), ("ordered", Evaluation::Ordered)];
}

impl Switch for EgressDefault {
    const WORDS: &'static [(&'static str, EgressDefault)] = &[
        ("deny", EgressDefault::Deny),
        ("allow-until-first-rule", EgressDefault::AllowUntilFirstRule),
        ("allow-until-first-rule-of-family", EgressDefault::AllowUntilFirstRuleOfFamily),
    ];
}

impl Switch for GroupChanges {
    const WORDS: &'static [(&'static str, GroupChanges)] =
        &[("live", GroupChanges::Live), ("while-stopped", GroupChanges::WhileStopped)];
}

impl Switch for SameSubnet {
    const WORDS: &'static [(&'static str, SameSubnet)] =
        &[("filtered", SameSubnet::Filtered), ("exempt", SameSubnet::Exempt)];
}

impl Switch for RemoteMembers {
    const WORDS: &'static [(&'static str, RemoteMembers)] = &[
        ("addresses", RemoteMembers::Addresses),
        ("addresses-and-pairs", RemoteMembers::AddressesAndPairs),
        ("addresses-pairs-and-sources", RemoteMembers::AddressesPairsAndSources),
    ];
}

impl Switch for Bum {
    const WORDS: &'static [(&'static str, Bum)] = &[("by-rules", Bum::ByRules), ("dropped", Bum::Dropped)];
}

impl Switch for Revocation {
    const WORDS: &'static [(&'static str, Revocation)] = &[("cut", Revocation::Cut), ("keep", Revocation::Keep)];
}
