//! All integration tests in one binary: one link, one place for helpers.
//!
//! `protocol` plays the host over gRPC, `acceptance` drives the real Terraform, `layers` reads the source. A test is
//! data plus one helper from `support`.

mod acceptance;
mod emulator;
mod layers;
mod protocol;
mod support;
