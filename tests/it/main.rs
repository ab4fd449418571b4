//! All integration tests in one binary: one link, one place for helpers.
//!
//! `protocol` plays the host over gRPC, `matrix` does so under every fault, `acceptance` drives the real Terraform,
//! `release` packs and installs a release, `layers` reads the source. A test is data plus one helper from `support`.

mod acceptance;
mod emulator;
mod layers;
mod matrix;
mod protocol;
mod release;
mod support;
