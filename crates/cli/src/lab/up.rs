//! `portcullis lab up`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::plan::{OUTSIDE_ADDRESSES, Plan, outside_ports};
use super::process::Process;
use super::source::Source;
use super::state::{Host, OUTSIDE, State};
use super::{build, guide};

/// Arguments of `portcullis lab up`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The document, YAML or JSON; without one, the sample project
    #[arg(short, long, value_name = "FILE", conflicts_with = "controller")]
    document: Option<PathBuf>,
    /// Follow a controller's document, such as `http://127.0.0.1:7780`
    #[arg(short, long, value_name = "URL")]
    controller: Option<String>,
}

/// Builds a lab and says what to try.
///
/// # Errors
/// The lab is up already, or something cannot be made; what was made by then is taken down.
pub(super) fn run(name: &str, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    build::find_iproute2()?;
    if let Some(state) = State::load(name)? {
        if state.processes().any(Process::is_alive) {
            bail!(
                "lab `{name}` is up already: take it down with `portcullis lab --name {name} down`, or choose another `--name`"
            );
        }
        // What a crash or a kill left.
        build::take_down(&state);
    }
    let source = Source::of(name, arguments.document.as_deref(), arguments.controller.as_deref())?;
    let document = source.read()?;
    let plan = Plan::of(&document)?;
    let mut state = name_everything(name, &source, &plan)?;
    state.save()?;
    match build::build(&mut state, &plan, &source, &plan.vnic_options(&document)) {
        Ok(()) => {
            guide::print(&state);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            build::take_down(&state);
            Err(error.context("the lab cannot be built; what was made is removed again"))
        }
    }
}

/// Chooses all names, before anything has one.
fn name_everything(name: &str, source: &Source, plan: &Plan) -> anyhow::Result<State> {
    let random = random_word()?;
    let namespace = |host: &str| format!("pcl-{random}-{host}");
    let mut hosts: Vec<Host> = plan
        .instances
        .iter()
        .map(|instance| Host {
            name: instance.name.clone(),
            namespace: namespace(&instance.host_name()),
            addresses: instance
                .nics
                .iter()
                .flat_map(|nic| &nic.addresses)
                .map(|(address, _)| address.to_string())
                .collect(),
            ports: instance.ports.clone(),
            listener: None,
        })
        .collect();
    let gateways = plan.gateways.iter().map(|(address, _)| address.to_string());
    hosts.push(Host {
        name: OUTSIDE.to_owned(),
        namespace: namespace(OUTSIDE),
        addresses: OUTSIDE_ADDRESSES.into_iter().map(str::to_owned).chain(gateways).collect(),
        ports: outside_ports(),
        listener: None,
    });
    Ok(State { name: name.to_owned(), document: source.describe(), hypervisor: namespace("hv"), enforcer: None, hosts })
}

fn random_word() -> anyhow::Result<String> {
    let mut bytes = [0; 3];
    let mut source = std::fs::File::open("/dev/urandom").context("cannot open `/dev/urandom`")?;
    std::io::Read::read_exact(&mut source, &mut bytes).context("cannot read `/dev/urandom`")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
