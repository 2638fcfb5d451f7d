//! What an enforcer looks at beside enforcing.

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
