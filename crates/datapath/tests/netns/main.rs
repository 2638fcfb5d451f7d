//! Real interfaces in network namespaces. Needs root and iproute2.

mod faults;
mod forward;
mod frames;
mod world;
