//! All integration tests in one binary: one link, one place for helpers.
//!
//! `protocol` plays the host over gRPC, `matrix` does so under every fault, `acceptance` drives the real Terraform,
//! `age` opens what was encrypted, `oracle` holds plans against `HashiCorp`'s own framework, `signals` closes its terminal,
//! `examples` runs whatever stands in examples/, `release` packs and installs a release, `layers` reads the source, `docs` the
//! pages. A test is data plus one helper from `support`.

mod acceptance;
mod age;
mod docs;
mod emulator;
mod examples;
mod layers;
mod matrix;
mod oracle;
mod protocol;
mod release;
mod signals;
mod soak;
mod support;
