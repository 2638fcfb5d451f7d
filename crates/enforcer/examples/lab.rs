//! The world of the tests for people: a virtual machine behind a live enforcer. `cargo xtask lab` starts it.

#[path = "../tests/world/mod.rs"]
mod world;

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Sender, channel};

use nix::sys::signal::{SigSet, Signal};
use world::World;

const DOCUMENT: &str = "\
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: web
    rules:
      - web-http: ingress ipv4 tcp 80 from any
      - web-ping: ingress ipv4 icmp 8/0 from any
      - web-egress: egress ipv4 any to any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
";

/// What people can do.
enum Wish {
    Do(String),
    End,
}

fn main() {
    // Blocked before there is a second thread, so that nothing but the thread that waits for them gets these.
    let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    signals.thread_block().expect("signals can be blocked");
    println!("booting the guest");
    let Some(mut world) = World::build(DOCUMENT) else { std::process::exit(1) };
    world.start_enforcer(&[]);
    world.serve_dhcp();
    explain(&world);
    let (tell, wishes) = channel();
    wait_for_signals(signals, tell.clone());
    read_commands(tell);
    for wish in wishes {
        match wish {
            Wish::Do(command) if command.trim().is_empty() => prompt(),
            Wish::Do(command) => {
                let answer = world.guest().run(&command);
                println!("{}", answer.output);
                if answer.status != 0 {
                    println!("(status {})", answer.status);
                }
                prompt();
            }
            Wish::End => break,
        }
    }
    println!("\ntaking the lab down");
}

fn explain(world: &World) {
    let (hypervisor, outside) = (world.namespace("hv"), world.namespace("out"));
    println!(
        "
  guest 192.0.2.10 === guest | portcullis-enforcer | br0 --- outside 192.0.2.1

The guest echoes what comes to its ports 80, which a rule allows, and 5432, which none does:
  ip netns exec {outside} ping -c 1 192.0.2.10
  ip netns exec {outside} curl -v telnet://192.0.2.10:80
  ip netns exec {outside} curl -v -m 2 telnet://192.0.2.10:5432
The enforcer follows this document; save it to swap the policy:
  {document}
It tells what it drops, and why:
  tail -f {log}
Frames on both of its sides:
  ip netns exec {hypervisor} tcpdump -n -e -i guest
  ip netns exec {hypervisor} tcpdump -n -e -i pcu-web

Lines that you type here are done in the guest, over its serial line: try `ping -c 1 192.0.2.1`, `udhcpc -i eth0 -n -q
-s /etc/lease`, or `ip link set dev eth0 address 52:54:00:00:02:63` and the ping again. Ctrl-C ends the lab.
",
        document = world.document().display(),
        log = world.log_file().display()
    );
    prompt();
}

fn prompt() {
    if io::stdin().is_terminal() {
        print!("guest# ");
        // A prompt that nobody sees is no reason to end.
        let _ = io::stdout().flush();
    }
}

fn wait_for_signals(signals: SigSet, tell: Sender<Wish>) {
    std::thread::spawn(move || {
        signals.wait().expect("signals can be waited for");
        tell.send(Wish::End)
    });
}

/// Until the input ends; the lab goes on then.
fn read_commands(tell: Sender<Wish>) {
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if tell.send(Wish::Do(line)).is_err() {
                return;
            }
        }
    });
}
