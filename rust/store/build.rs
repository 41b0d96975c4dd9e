//! The migrations are read when `migrate` is compiled; a new file among them must compile it again.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
