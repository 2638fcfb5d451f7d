//! What an enforcer looks at beside enforcing.

use std::net::SocketAddr;
use std::path::PathBuf;

/// None of it changes what passes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Watching")]
pub struct Watching {
    /// A pending document: packets are judged by it as well, and what it would change is counted and said
    #[arg(long, value_name = "FILE")]
    pub staged: Option<PathBuf>,
    /// Write frames to this pcapng file, each with its verdict as a comment
    #[arg(long, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// Which frames to write
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Captured::All, requires = "capture")]
    pub capture_frames: Captured,
    /// The capture ends when it is so long
    #[arg(long, value_name = "MIB", default_value_t = 1024, requires = "capture")]
    pub capture_limit: u64,
    /// Find one in so many verdicts once more, by plain means, and tell when that gives another one; 0 for none
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    pub audit: u32,
    /// Answer `GET /metrics` here for Prometheus, such as `127.0.0.1:7781`; at a loopback address alone. It is listened for
    /// outside of `--netns`
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_loopback)]
    pub metrics: Option<SocketAddr>,
}

/// Frames that are captured, by their verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Captured {
    /// All of them
    All,
    /// Those that pass
    Accepted,
    /// Those that do not
    Dropped,
}

/// Metrics are neither encrypted nor kept from anybody who can connect.
fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| format!("`{text}` is no address with a port: write it like `127.0.0.1:7781`"))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(format!(
            "`{text}` can be reached from other hosts, who would read metrics without a password: write \
             `127.0.0.1:{port}`, and let a reverse proxy with TLS and a password hand them on, or write them to a file \
             of node_exporter's textfile collector",
            port = address.port()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_stay_on_this_host() {
        let check = |text: &str, expect: Result<(), &str>| match (parse_loopback(text), expect) {
            (Ok(address), Ok(())) => assert_eq!(address.to_string(), text),
            (Err(said), Err(part)) => assert!(said.contains(part), "{text}: {said}"),
            (found, _) => panic!("{text}: {found:?}"),
        };
        check("127.0.0.1:7781", Ok(()));
        check("[::1]:0", Ok(()));
        check("0.0.0.0:7781", Err("write `127.0.0.1:7781`, and let a reverse proxy"));
        check("[::]:80", Err("can be reached from other hosts"));
        check("192.168.0.1:80", Err("can be reached from other hosts"));
        check("7781", Err("write it like `127.0.0.1:7781`"));
    }
}
