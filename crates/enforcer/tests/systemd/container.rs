//! A systemd of its own: the first process of a container that has this host's programs and the hypervisor's links.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{self, World};

/// Mounts exist for whoever runs this and its children alone, so none outlives the container.
const BOOT: &str =
    "mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root && exec systemd-nspawn \"$@\"";

/// What the unit starts the enforcer as.
const PROGRAM: &str = "usr/bin/portcullis-enforcer";

const PATIENCE: Duration = Duration::from_secs(60);

/// The container. It ends when this is dropped.
pub(crate) struct Container {
    process: Child,
    /// systemd itself, as this host numbers it.
    first: u32,
}

impl Container {
    /// Installs the enforcer as docs/enforcer.md says, with the world's document, and boots until its unit is up.
    pub(crate) fn boot(world: &World) -> Container {
        let folder = world.folder();
        for name in ["upper", "work", "root"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        // The root of the container.
        fs::set_permissions(folder.join("upper"), PermissionsExt::from_mode(0o755)).unwrap();
        let upper = folder.join("upper");
        install(&world::program(), &upper.join(PROGRAM), 0o755);
        install(&world.document(), &upper.join("etc/portcullis/policy.yaml"), 0o644);
        let units = packaging();
        install(&units.join("portcullis.sysusers.conf"), &upper.join("usr/lib/sysusers.d/portcullis.conf"), 0o644);
        let unit = "portcullis-enforcer.service";
        install(&units.join(unit), &upper.join("etc/systemd/system").join(unit), 0o644);

        let log = File::create(folder.join("boot")).unwrap();
        let mut nspawn = Command::new("unshare");
        nspawn.args(["--mount", "sh", "-c", BOOT, "sh"]).current_dir(folder);
        nspawn.args(["--quiet", "--boot", "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe"]);
        nspawn.args(["--directory=root", &format!("--machine={}", world.namespace("sd"))]);
        nspawn.arg(format!("--network-namespace-path=/run/netns/{}", world.namespace("hv")));
        nspawn.args(["--capability=CAP_NET_ADMIN,CAP_NET_RAW", &format!("systemd.unit={unit}")]);
        nspawn.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut container = Container { process: nspawn.spawn().expect("`unshare` is there"), first: 0 };
        let said = || fs::read_to_string(folder.join("boot")).unwrap_or_default();
        container.first = until("systemd", said, || container.child());
        container.wait_until_active();
        container
    }

    /// Adds an example from `packaging/systemd/portcullis-enforcer.service.d`, by the container's own view of its files.
    pub(crate) fn drop_in(&self, name: &str) {
        let folder = "portcullis-enforcer.service.d";
        let text = fs::read_to_string(packaging().join(folder).join(name)).unwrap();
        let folder = format!("/etc/systemd/system/{folder}");
        self.says(&["mkdir", "-p", &folder]);
        self.says(&["sh", "-c", "printf '%s' \"$1\" >\"$2\"", "sh", &text, &format!("{folder}/{name}")]);
        self.says(&["systemctl", "daemon-reload"]);
    }

    /// Runs a command in the container and answers what it prints; it must succeed.
    pub(crate) fn says(&self, command: &[&str]) -> String {
        let output = self.run(command);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?}: {text}\n{}", self.journal());
        text.trim().to_owned()
    }

    /// A property of the unit, such as `MainPID` (systemctl(1), `show`).
    pub(crate) fn property(&self, name: &str) -> String {
        let output = self.run(&["systemctl", "show", "portcullis-enforcer", "--value", "--property", name]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until the unit was started again so often and is up.
    pub(crate) fn wait_for_restart(&self, count: u32) {
        until("restart", || self.journal(), || (self.property("NRestarts") == count.to_string()).then_some(()));
        self.wait_until_active();
    }

    pub(crate) fn journal(&self) -> String {
        let output = self.run(&["journalctl", "--no-pager", "--unit", "portcullis-enforcer"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn wait_until_active(&self) {
        until("running unit", || self.journal(), || (self.property("ActiveState") == "active").then_some(()));
    }

    fn run(&self, command: &[&str]) -> Output {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &self.first.to_string(), "--mount", "--pid", "--net", "--uts", "--ipc"]);
        enter.args(command).stdin(Stdio::null()).output().expect("`nsenter` is there")
    }

    /// The child of systemd-nspawn that has become systemd: one that prepares the files comes first
    /// (proc_pid_task_children(5), proc_pid_comm(5)).
    fn child(&self) -> Option<u32> {
        let pid = self.process.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
        let is_systemd = |child: &&str| {
            fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim_end() == "systemd")
        };
        children.split_whitespace().find(is_systemd)?.parse().ok()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The first process of a container takes the others with it.
        if let Some(first) = self.child() {
            let _ = kill(Pid::from_raw(first as i32), Signal::SIGKILL);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What is shipped beside the programs.
fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd")
}

fn install(from: &Path, to: &Path, mode: u32) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, PermissionsExt::from_mode(mode)).unwrap();
}

fn until<T>(what: &str, said: impl Fn() -> String, get: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match get() {
            Some(value) => return value,
            None if Instant::now() > end => panic!("there is no {what}:\n{}", said()),
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}
