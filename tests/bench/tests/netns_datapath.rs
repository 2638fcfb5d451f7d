//! Everybody in the table of the datapath forwards; how long that takes is not looked at.

use bench::datapath::{self, Effort};
use bench::kernel;
use bench::table::Row;

#[test]
fn everybody_forwards() {
    if let Some(obstacle) = kernel::obstacle() {
        println!("SKIPPED: everybody_forwards: {obstacle}");
        return;
    }
    let test = std::env::current_exe().expect("this program has a path");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("tests are below the programs");
    let enforcer = folder.join("portcullis-enforcer");
    if !enforcer.exists() {
        println!("SKIPPED: everybody_forwards: build the enforcer first: cargo build --package enforcer");
        return;
    }
    let mut rows: Vec<Row> = Vec::new();
    datapath::rows(Effort::SMOKE, &enforcer, &[], |row| rows.push(row)).expect("everybody forwards");
    assert_eq!(rows.len(), 13);
}
