//! Why bytes are no saved flows.

use core::fmt;

use super::Saved;

/// Why bytes are no saved flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedError {
    /// They do not begin as such bytes do.
    Foreign,
    /// They are of a version that is not read here.
    Version {
        /// That version.
        found: u32,
    },
    /// There are too few of them.
    Cut {
        /// How many there are.
        length: usize,
    },
    /// They are not the ones that were written.
    Checksum,
    /// One flow cannot be.
    Flow {
        /// Which one, counted from 0.
        number: u32,
        /// The offset of its first byte.
        at: usize,
        /// What is wrong with it.
        fault: FlowFault,
    },
    /// Something follows the last flow.
    Rest {
        /// How many bytes.
        left: usize,
    },
}

/// What is wrong with the bytes of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowFault {
    /// They end too early.
    Cut,
    /// A part has a value that nothing has.
    Unknown {
        /// The part.
        what: &'static str,
        /// Its value.
        number: u64,
    },
}

impl fmt::Display for SavedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SavedError::Foreign => f.write_str("these are no saved flows"),
            SavedError::Version { found } => {
                write!(f, "the flows were saved in version {found}, and only version {} is read here", Saved::VERSION)
            }
            SavedError::Cut { length } => write!(f, "the saved flows are cut after {length} bytes"),
            SavedError::Checksum => f.write_str("the checksum of the saved flows is wrong"),
            SavedError::Flow { number, at, fault } => write!(f, "saved flow {number} at byte {at} cannot be: {fault}"),
            SavedError::Rest { left } => write!(f, "{left} bytes follow the last saved flow"),
        }
    }
}

impl fmt::Display for FlowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlowFault::Cut => f.write_str("it ends too early"),
            FlowFault::Unknown { what, number } => write!(f, "no {what} is {number}"),
        }
    }
}

impl core::error::Error for SavedError {}

impl core::error::Error for FlowFault {}
