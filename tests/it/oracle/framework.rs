//! The other side: a program in Go on `HashiCorp`'s framework, which answers one line for each line.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::side::{Answers, sent, value};
use crate::support::proto::tfplugin6::DynamicValue;
use crate::support::random::Case;

/// Where it is: built once, and asked for every case.
pub(super) struct Framework {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Framework {
    /// None without Go, which is a failure where `CI` is set.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub(super) fn start() -> Option<Self> {
        let Some(program) = build() else {
            assert!(env::var_os("CI").is_none(), "this test needs Go");
            eprintln!("skipped, needs Go");
            return None;
        };
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        Some(Self {
            questions: child.stdin.take().expect("stdin is piped"),
            answers: BufReader::new(child.stdout.take().expect("stdout is piped")),
            child,
        })
    }

    pub(super) fn ask(&mut self, case: &Case) -> Answers {
        let bytes = |value: &Value| STANDARD.encode(sent(&case.schema, value).msgpack);
        let question = json!({
            "schema": case.schema,
            "config": bytes(&case.config),
            "prior": bytes(&case.prior),
            "proposed": bytes(&case.proposed),
            "state": case.prior,
        });
        writeln!(self.questions, "{question}").expect("the oracle reads");
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the oracle answers");
        let said: Value = serde_json::from_str(&line).expect("the oracle answers in JSON");
        let value = |name: &str| {
            let bytes = said[name].as_str().map(|text| STANDARD.decode(text));
            bytes.map_or(Value::Null, |bytes| {
                let msgpack = bytes.expect("base64");
                value(
                    case,
                    Some(DynamicValue {
                        msgpack,
                        json: Vec::new(),
                    }),
                )
            })
        };
        let paths = |name: &str| {
            let paths = said[name].as_array().into_iter().flatten();
            let mut paths = paths
                .map(|path| path.as_str().expect("a path").to_owned())
                .collect::<Vec<_>>();
            paths.sort();
            paths.dedup();
            paths
        };
        Answers {
            refused: paths("Refused"),
            planned: value("Planned"),
            replaces: paths("Replaces"),
            applied: value("Applied"),
            upgraded: value("Upgraded"),
            failure: said["Failure"].as_str().expect("a text").to_owned(),
        }
    }
}

impl Drop for Framework {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Go builds nothing that is up to date.
fn build() -> Option<PathBuf> {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle"))
        .status();
    let status = built.ok()?;
    assert!(status.success(), "the oracle cannot be built: {status}");
    Some(program)
}
