//! All integration tests in one binary: one link, one place for helpers.
//!
//! `protocol` plays the host over gRPC, `any_fault` does so under every fault, `acceptance` drives the real Terraform and
//! aborts it, `age` opens what was encrypted, `oracle` holds plans against `HashiCorp`'s own framework, `examples` runs
//! whatever stands in examples/, `release` packs and installs a release, `layers` reads the source, `docs` the pages. A test
//! is data plus one helper from `support`.

mod acceptance;
mod age;
mod any_fault;
mod docs;
mod emulator;
mod examples;
mod layers;

mod oracle;
mod protocol;
mod release;
mod soak;
mod support;
