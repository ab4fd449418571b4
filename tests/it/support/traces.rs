//! What runs of Terraform leave in their directory.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

/// The files below a folder that hold this text: states, backups, whatever a run leaves. Saved plans are archives, and
/// unpacked.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if holds(&contents(&path), text) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// The bytes of a file. Sockets and what else cannot be read holds nothing.
fn contents(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap_or_default();
    if bytes.starts_with(b"PK") {
        let file = File::open(path).expect("an archive");
        let mut archive = ZipArchive::new(file).expect("a saved plan is a zip archive");
        for member in 0..archive.len() {
            let mut member = archive.by_index(member).expect("a member");
            member.read_to_end(&mut bytes).expect("its bytes");
        }
    }
    bytes
}
