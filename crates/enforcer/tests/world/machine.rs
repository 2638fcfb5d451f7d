//! The virtual machine that `cargo xtask lab --prepare` fetches, and whether this host runs or emulates it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::guest;

/// A guest that has not booted by then never will.
const PATIENCE_EMULATED: Duration = Duration::from_secs(90);
const PATIENCE_KVM: Duration = Duration::from_secs(10);

/// Where QEMU and what it boots are.
pub(crate) struct Machine {
    folder: PathBuf,
}

/// Who executes the guest's instructions.
#[derive(Clone, Copy, Debug)]
enum Accelerator {
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

    /// QEMU with the guest's kernel, and how long the guest may take to boot.
    pub(super) fn command(&self) -> (Command, Duration) {
        static CHOICE: OnceLock<Accelerator> = OnceLock::new();
        self.command_with(*CHOICE.get_or_init(|| self.choose_accelerator()))
    }

    fn command_with(&self, accelerator: Accelerator) -> (Command, Duration) {
        let (name, processor, patience) = match accelerator {
            Accelerator::Kvm => ("kvm", "host", PATIENCE_KVM),
            Accelerator::Emulation => ("tcg", "qemu64", PATIENCE_EMULATED),
        };
        let mut qemu = Command::new(self.folder.join("qemu"));
        qemu.args(["-machine", "q35", "-accel", name, "-cpu", processor, "-m", "192", "-no-reboot"]);
        qemu.args(["-nodefaults", "-no-user-config", "-display", "none"]);
        qemu.arg("-kernel").arg(self.folder.join("kernel")).arg("-initrd").arg(self.folder.join("initramfs"));
        // A panic ends QEMU at once. Nobody attacks this kernel, so it need not defend itself.
        qemu.args(["-append", "console=ttyS0 quiet panic=-1 mitigations=off"]);
        qemu.stdin(Stdio::null());
        (qemu, patience)
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
        let (qemu, patience) = self.command_with(accelerator);
        let booted = guest::start(qemu, folder.path(), patience).map(drop);
        booted.map_err(|error| {
            let said = fs::read_to_string(folder.path().join("qemu")).unwrap_or_default();
            let fault = said.lines().find(|line| !line.contains("info: "));
            fault.map_or(error, str::to_owned)
        })
    }
}
