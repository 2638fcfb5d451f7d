//! The kernel forwards what the same rules allow; how long that takes is not looked at.

use std::time::Instant;

use bench::kernel;
use bench::race::Effort;

fn clock() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as f64
}

#[test]
fn the_kernel_forwards_what_the_rules_allow() {
    if let Some(obstacle) = kernel::obstacle() {
        println!("SKIPPED: the_kernel_forwards_what_the_rules_allow: {obstacle}");
        return;
    }
    let mut rows = 0;
    kernel::rows(clock, Effort::SMOKE, &[10], |_| rows += 1).expect("the kernel forwards");
    assert_eq!(rows, 4);
}
