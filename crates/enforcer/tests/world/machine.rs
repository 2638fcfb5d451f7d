//! The virtual machine that `cargo xtask lab --prepare` fetches, and whether this host runs or emulates it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::guest;

/// Where QEMU and what it boots are.
pub(crate) struct Machine {
    folder: PathBuf,
}

/// Who executes the guest's instructions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Accelerator {
    /// The processor.
    Kvm,
    /// QEMU.
    Emulation,
}

impl Machine {
    /// What has been fetched; `None`, said loudly, if nothing has.
    pub(crate) fn find() -> Option<Machine> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/lab");
        if folder.join("recipe").exists() {
            return Some(Machine { folder });
        }
        eprintln!("SKIPPED: this test boots a virtual machine, which `cargo xtask lab --prepare` fetches");
        None
    }

    /// Busybox for the host, as the guest has it.
    pub(crate) fn busybox(&self) -> PathBuf {
        self.folder.join("busybox")
    }

    /// Where all of it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The best that this host has; found out once.
    pub(super) fn accelerator(&self) -> Accelerator {
        static CHOICE: OnceLock<Accelerator> = OnceLock::new();
        *CHOICE.get_or_init(|| self.choose_accelerator())
    }

    /// QEMU with the guest's kernel.
    pub(super) fn command(&self, accelerator: Accelerator) -> Command {
        let (name, processor) = match accelerator {
            Accelerator::Kvm => ("kvm", "host"),
            Accelerator::Emulation => ("tcg", "qemu64"),
        };
        let mut qemu = Command::new(self.folder.join("qemu"));
        qemu.args(["-machine", "q35", "-accel", name, "-cpu", processor, "-m", "192", "-no-reboot"]);
        qemu.args(["-nodefaults", "-no-user-config", "-display", "none"]);
        qemu.arg("-kernel").arg(self.folder.join("kernel")).arg("-initrd").arg(self.folder.join("initramfs"));
        // A panic ends QEMU at once. Nobody attacks this kernel, so it need not defend itself.
        qemu.args(["-append", "console=ttyS0 quiet panic=-1 mitigations=off"]);
        qemu.stdin(Stdio::null());
        qemu
    }

    /// That there is a `/dev/kvm` does not mean that a guest boots under it, so one is tried.
    fn choose_accelerator(&self) -> Accelerator {
        let tried = match File::options().read(true).write(true).open("/dev/kvm") {
            Ok(_) => self.boot_alone(Accelerator::Kvm),
            Err(error) => Err(format!("cannot open `/dev/kvm`: {error}")),
        };
        match tried {
            Ok(()) => Accelerator::Kvm,
            Err(why) => {
                eprintln!(
                    "the guest is emulated, which is slower than KVM: {}",
                    why.lines().next().unwrap_or_default()
                );
                Accelerator::Emulation
            }
        }
    }

    /// Boots a guest without a network.
    fn boot_alone(&self, accelerator: Accelerator) -> Result<(), String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        guest::start_booting(self.command(accelerator), folder.path(), accelerator.patience()).map(drop)
    }
}

impl Accelerator {
    /// A guest that has not booted by then never will.
    pub(super) fn patience(self) -> Duration {
        match self {
            Accelerator::Kvm => Duration::from_secs(10),
            Accelerator::Emulation => Duration::from_secs(90),
        }
    }
}
