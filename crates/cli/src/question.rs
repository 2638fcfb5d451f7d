//! The question that `simulate` and `explain` ask.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use conntrack::{Config, Conntrack, Instant};
use engine::{Journey, Place, Question, Route};
use policy::{Direction, Policy};

use crate::document::DocumentArguments;

/// A packet and its way.
#[derive(clap::Args, Debug)]
pub(crate) struct QuestionArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// The packet, such as `tcp 198.51.100.7:5000 > 192.0.2.10:443` or `icmp 192.0.2.10 > 192.0.2.1 echo-request`
    pub(crate) packet: String,
    /// The instance or vnic that sends it, or `outside`; found by the source address where it is left out
    #[arg(long, value_name = "NAME")]
    from: Option<Place>,
    /// The instance or vnic that it is for, or `outside`; found by the destination address where it is left out
    #[arg(long, value_name = "NAME")]
    to: Option<Place>,
    /// Judge it at this vnic only; needs `--ingress` or `--egress`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["from", "to"])]
    vnic: Option<Place>,
    /// Towards the instance of `--vnic`
    #[arg(long, requires = "vnic")]
    ingress: bool,
    /// From the instance of `--vnic`
    #[arg(long, requires = "vnic", conflicts_with = "ingress")]
    egress: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A question with its answer: the policy, and the packet's journey through it.
pub(crate) struct Answered {
    pub(crate) policy: Arc<Policy>,
    pub(crate) journey: Journey,
}

impl QuestionArguments {
    /// The file of the document.
    pub(crate) fn path(&self) -> &Path {
        self.document.path()
    }

    /// Judges the packet on its way.
    ///
    /// # Errors
    /// A faulty document or packet, an unknown name, or a way that cannot be told from the packet.
    pub(crate) fn answer(&self) -> anyhow::Result<Answered> {
        let policy = self.document.resolve()?.policy().clone();
        let sketch = self.packet.parse().with_context(|| format!("the packet `{}` cannot be read", self.packet))?;
        let question = Question { sketch, route: self.route()? };
        let mut conntrack = Conntrack::new(Config::default());
        let journey = question.ask(&policy, &mut conntrack, Instant::from_millis(0))?;
        Ok(Answered { policy, journey })
    }

    fn route(&self) -> anyhow::Result<Route> {
        let Some(place) = self.vnic.clone() else {
            return Ok(Route::Between { from: self.from.clone(), to: self.to.clone() });
        };
        match (self.ingress, self.egress) {
            (true, _) => Ok(Route::At { place, direction: Direction::Ingress }),
            (_, true) => Ok(Route::At { place, direction: Direction::Egress }),
            _ => bail!("`--vnic {place}` needs a direction: add `--ingress` or `--egress`"),
        }
    }
}
