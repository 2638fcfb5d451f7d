//! The worlds in which bytes are judged.

use std::sync::LazyLock;

use conntrack::PickUp;
use engine::{EngineJudge, Judge};
use oracle::Oracle;
use policy::{Document, Policy, Revision, VnicId, resolve};

/// A policy, and judges that have it and no past.
pub(crate) struct Stage {
    pub(crate) policy: Policy,
    pub(crate) vnics: Vec<VnicId>,
    pub(crate) judges: [(PickUp, EngineJudge, Oracle); 2],
}

/// One stage for each profile.
pub(crate) static STAGES: LazyLock<Vec<Stage>> =
    LazyLock::new(|| policy::Profile::NAMES.iter().map(|name| Stage::new(name)).collect());

impl Stage {
    fn new(profile: &str) -> Stage {
        let text = include_str!("stage.yaml").replace("profile: portcullis", &format!("profile: {profile}"));
        let (document, _) = Document::read(&text);
        let policy = resolve(&document, Revision(1)).unwrap_or_else(|faults| panic!("{profile}: {faults}"));
        let vnics = document.vnics().map(|(_, vnic)| vnic.id.clone()).collect();
        let judges = [PickUp::MidStream, PickUp::Never].map(|pick_up| {
            let (mut engine, mut oracle) = (EngineJudge::new(pick_up), Oracle::new(pick_up));
            engine.swap(&document, Revision(1));
            oracle.swap(&document, Revision(1));
            (pick_up, engine, oracle)
        });
        Stage { policy, vnics, judges }
    }
}
