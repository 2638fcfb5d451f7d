//! The virtual machine of the lab: QEMU, a kernel and a first file system, all from Debian's packages.
//!
//! Nothing is installed: the packages are unpacked below `.tools/lab`, so that it needs no root and takes nothing away
//! from the host. A QEMU that the host has is used. What the lab starts is `.tools/lab/qemu`, with `kernel` and `initramfs`;
//! `busybox` there also serves the host's side of the tests. There is no disk.
//!
//! Debian's kernel for clouds has the drivers of virtio as modules. The guest's programs are busybox, which is one static
//! file with DHCP, ARP and HTTP in it, and radvd, a real router daemon.

mod cpio;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{debian, log};
use crate::progress::run_logged;
use crate::workspace::Workspace;
use cpio::Archive;

const FOLDER: &str = ".tools/lab";
const LIMIT: Duration = Duration::from_secs(10 * 60);

const QEMU: debian::Provided = ("qemu-system-x86_64", "qemu-system-x86");
/// Always the newest kernel for clouds; the package that it depends upon has the files.
const KERNEL: &str = "linux-image-cloud-amd64";
const USERLAND: [&str; 5] = ["busybox-static", "radvd", "libc6", "libbsd0", "libmd0"];

const INIT: &str = include_str!("guest/init.sh");
const LEASE: &str = include_str!("guest/lease.sh");

/// In the order in which they depend on each other.
const MODULES: [&str; 8] = [
    "virtio_ring",
    "virtio",
    "virtio_pci_modern_dev",
    "virtio_pci_legacy_dev",
    "virtio_pci",
    "failover",
    "net_failover",
    "virtio_net",
];

/// Programs of the guest and the libraries that they load.
const PROGRAMS: [&str; 6] = [
    "bin/busybox",
    "sbin/radvd",
    "lib64/ld-linux-x86-64.so.2",
    "lib/x86_64-linux-gnu/libc.so.6",
    "lib/x86_64-linux-gnu/libbsd.so.0",
    "lib/x86_64-linux-gnu/libmd.so.0",
];

/// What is there, if it was made as it is made now.
pub(super) fn find(workspace: &Workspace) -> Option<String> {
    let made = fs::read_to_string(workspace.path(FOLDER).join("recipe")).ok()?;
    let kernel = fs::read_to_string(workspace.path(FOLDER).join("release")).ok()?;
    (made == recipe()).then(|| format!("{}, in {FOLDER}", kernel.trim()))
}

/// Fetches and builds it beside what is there, and takes its place at the end.
pub(super) fn install(workspace: &Workspace) -> Result<()> {
    ensure!(cfg!(target_arch = "x86_64"), "the guest is an x86-64 machine, which this one is not");
    let parts = Parts { workspace, folder: workspace.path(".tools/lab.new") };
    parts.start_anew()?;
    debian::refresh(workspace)?;
    let kernel = parts.fetch_userland()?;
    parts.install_qemu()?;
    parts.build(&kernel)?;
    let place = workspace.path(FOLDER);
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(&parts.folder, &place).context("cannot put the guest into its place")
}

fn recipe() -> String {
    format!("{QEMU:?} {KERNEL} {USERLAND:?} {MODULES:?} {PROGRAMS:?}\n{INIT}\n{LEASE}")
}

/// The folder in which it is made.
struct Parts<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl Parts<'_> {
    fn start_anew(&self) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(self.path("packages/partial"))?;
        Ok(())
    }

    /// Unpacks the guest's kernel and programs into `root`, and answers the name of the kernel's package.
    fn fetch_userland(&self) -> Result<String> {
        let output = self.workspace.command("apt-cache").args(["depends", KERNEL]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let kernel = text.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-image-"));
        let kernel =
            format!("linux-image-{}", kernel.with_context(|| format!("Debian's `{KERNEL}` is not to be had"))?);
        let mut download = self.workspace.command("apt-get");
        download.args(["download", "--quiet", &kernel]).args(USERLAND).current_dir(self.path("packages"));
        self.run(&mut download, "apt-get download", "lab-download")?;
        self.unpack("root")?;
        Ok(kernel)
    }

    /// Downloads QEMU with those of its libraries that the host lacks, unless the host has one.
    fn install_qemu(&self) -> Result<()> {
        if debian::find_all(self.workspace, &[QEMU]).is_some() {
            return self.write_program("qemu", &format!("#!/bin/sh\nexec {} \"$@\"\n", QEMU.0));
        }
        let mut download = self.workspace.command("apt-get");
        download.args(["install", "--download-only", "--yes", "--quiet", "--no-install-recommends"]);
        // Nothing is written outside of the folder, so there is nothing to lock; and apt's own user cannot write there.
        download.args(["-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=root", "-o"]);
        download.arg(format!("Dir::Cache::archives={}", self.path("packages").display())).arg(QEMU.1);
        self.run(&mut download, "apt-get install --download-only", "lab-qemu")?;
        self.unpack("system")?;
        self.write_program("qemu", &format!("{QEMU_AT_HOME}exec \"$here/usr/bin/{}\" \"$@\"\n", QEMU.0))
    }

    /// Unpacks the downloaded packages and removes them.
    fn unpack(&self, into: &str) -> Result<()> {
        for package in entries(&self.path("packages"))? {
            if package.extension().is_some_and(|kind| kind == "deb") {
                let mut unpack = self.workspace.command("dpkg-deb");
                unpack.arg("--extract").arg(&package).arg(self.path(into));
                self.run(&mut unpack, "dpkg-deb --extract", "lab-unpack")?;
                fs::remove_file(package)?;
            }
        }
        Ok(())
    }

    /// Keeps of the unpacked packages what the guest starts with.
    fn build(&self, kernel: &str) -> Result<()> {
        let release = kernel.trim_start_matches("linux-image-");
        fs::copy(self.path("root/boot").join(format!("vmlinuz-{release}")), self.path("kernel"))?;
        fs::copy(self.path("root/bin/busybox"), self.path("busybox"))?;
        fs::write(self.path("initramfs"), self.first_file_system(release)?)?;
        fs::write(self.path("release"), format!("Linux {release}"))?;
        fs::remove_dir_all(self.path("root"))?;
        fs::remove_dir_all(self.path("packages"))?;
        fs::write(self.path("recipe"), recipe())?;
        Ok(())
    }

    fn first_file_system(&self, release: &str) -> Result<Vec<u8>> {
        let mut archive = Archive::default();
        for folder in [
            "bin",
            "sbin",
            "dev",
            "proc",
            "sys",
            "etc",
            "run",
            "tmp",
            "modules",
            "lib",
            "lib/x86_64-linux-gnu",
            "lib64",
        ] {
            archive.add_folder(folder);
        }
        for path in PROGRAMS {
            archive.add_program(path, &self.read_unpacked(path)?);
        }
        let drivers = find_modules(&self.path("root/lib/modules").join(release).join("kernel"))?;
        for (place, name) in MODULES.iter().enumerate() {
            let is_wanted = |path: &&PathBuf| {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                file.split_once('.').is_some_and(|(stem, _)| stem == *name)
            };
            let path = drivers.iter().find(is_wanted).with_context(|| format!("{release} has no module `{name}`"))?;
            // The guest loads them in the order of their names.
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            archive.add_program(&format!("modules/{place}-{file}"), &fs::read(path)?);
        }
        archive.add_program("init", INIT.as_bytes());
        archive.add_program("etc/lease", LEASE.as_bytes());
        Ok(archive.finish())
    }

    /// Packages of newer releases have below `usr` what older ones have at the top.
    fn read_unpacked(&self, path: &str) -> Result<Vec<u8>> {
        let root = self.path("root");
        let places = [root.join(path), root.join("usr").join(path)];
        let found = places.iter().find(|place| place.is_file());
        fs::read(found.with_context(|| format!("no package has `{path}`"))?)
            .with_context(|| format!("cannot read `{path}`"))
    }

    fn write_program(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    fn run(&self, command: &mut std::process::Command, label: &str, name: &str) -> Result<()> {
        run_logged(command, label, &log(self.workspace, name), LIMIT)
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }
}

/// QEMU finds its firmware from where it stands; its libraries it must be told.
const QEMU_AT_HOME: &str = r#"#!/bin/sh
here="$(dirname "$0")/system"
libraries="$here/usr/lib/x86_64-linux-gnu"
export LD_LIBRARY_PATH="$libraries:$here/lib/x86_64-linux-gnu" QEMU_MODULE_DIR="$libraries/qemu"
set -- -L "$here/usr/share/qemu" -L "$here/usr/share/seabios" "$@"
"#;

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    list.map(|entry| Ok(entry?.path())).collect()
}

/// The modules below a folder of a kernel, packed or not.
fn find_modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(find_modules(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
