//! What the table makes of packets, seen from outside.

mod conversation;
mod footprint;
mod fragments;
mod icmp;
mod laws;
mod packets;
mod pressure;
mod reset;
mod revocation;
mod saved;
mod straight;
mod tcp;
mod told;
mod udp;
