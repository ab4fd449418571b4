//! The files under `examples/`: each is found by looking, and each runs. What is not like the others is named in a
//! table with its reason, and a table that names too much is a failure as well.

mod beyond;
mod drift;
mod example;
mod files;
mod format;
mod life;
mod modules;
mod newer;
mod scripts;
mod tables;
mod tested;
mod workflows;
