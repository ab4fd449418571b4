//! A Terraform provider for user API keys of MongoDB Atlas App Services.
pub mod tf_provider;
