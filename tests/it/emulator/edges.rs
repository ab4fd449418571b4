//! The emulator at the edges: restarts, slow clients, foreign hosts, streams without a reader, signals.

use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::{command, listens, output, start};
use crate::support::authority::Authority;
use crate::support::patient;
use crate::support::running::signal;

const LOGIN: &str = "/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/login";
const USER: &[&str] = &[
    "--listen",
    "127.0.0.1:0",
    "--user",
    "ci@example.com:correct-horse",
];

fn http() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

async fn log_in(url: &str) -> Value {
    let body = json!({ "username": "ci@example.com", "password": "correct-horse" });
    let request = http()
        .post(format!("{url}{LOGIN}"))
        .body(body.to_string())
        .send();
    let answer = patient("a login", request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

/// Sends these bytes to the address of the URL, and reads until the end.
async fn raw(url: &str, bytes: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    let read = patient("an answer", stream.read_to_string(&mut answer)).await;
    read.expect("UTF-8");
    answer
}

async fn terminate(child: &mut Child) -> Option<i32> {
    let pid = child.id().expect("it runs").to_string();
    signal("-TERM", &pid).await;
    let ended = patient("the end", child.wait()).await;
    ended.expect("it ends").code()
}

#[tokio::test]
async fn a_restart_in_memory_has_the_same_users() {
    let (mut first, url) = start(USER).await;
    let before = log_in(&url).await["user_id"].clone();
    first.kill().await.expect("it runs");
    let (_second, url) = start(USER).await;
    assert_eq!(log_in(&url).await["user_id"], before);
    let (_other, url) = start(&[USER, &["--app-id", "other-abcde"]].concat()).await;
    let path = LOGIN.replace("myapp-abcde", "other-abcde");
    let body = json!({ "username": "ci@example.com", "password": "correct-horse" });
    let answer = http()
        .post(format!("{url}{path}"))
        .body(body.to_string())
        .send()
        .await;
    let text = answer.expect("an answer").text().await.expect("a body");
    let other: Value = serde_json::from_str(&text).expect("JSON");
    assert_ne!(other["user_id"], before);
}

#[tokio::test]
async fn users_come_from_a_file_or_the_environment() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("users");
    std::fs::write(&file, "ci@example.com:correct-horse\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let (_emulator, url) = start(&["--listen", "127.0.0.1:0", "--user-file", file]).await;
    log_in(&url).await;
}

#[tokio::test]
async fn hosts_and_pages_that_are_not_its_own_get_no_answer() {
    let (_emulator, url) = start(&[USER, &["--allow-host", "emulator"]].concat()).await;
    let asked = async |host: &str, more: &str| {
        let path = "/api/client/v2.0/app/myapp-abcde/location";
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n");
        let answer = raw(&url, &head).await;
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(asked("127.0.0.1", "").await, "200");
    assert_eq!(asked("localhost:8080", "").await, "200");
    assert_eq!(asked("emulator:9090", "").await, "200");
    assert_eq!(asked("evil.example.com", "").await, "421");
    assert_eq!(asked("127.0.0.1.evil.example.com", "").await, "421");
    assert_eq!(
        asked("127.0.0.1", "Origin: http://localhost:3000\r\n").await,
        "200"
    );
    assert_eq!(
        asked("127.0.0.1", "Origin: http://evil.example.com\r\n").await,
        "403"
    );
    assert_eq!(asked("127.0.0.1", "Origin: null\r\n").await, "403");
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_refused() {
    let (_emulator, url) = start(&[USER, &["--faults"]].concat()).await;
    for path in [LOGIN, "/emulator/faults"] {
        for (length, status) in [(1 << 20, 400), ((1 << 20) + 1, 413)] {
            let request = http()
                .post(format!("{url}{path}"))
                .header("Content-Type", "application/json")
                .body("x".repeat(length));
            let answer = patient("an answer", request.send())
                .await
                .expect("an answer");
            assert_eq!(answer.status(), status, "{path}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_malformed_and_one_that_is_announced_too_long_is_not_waited_for() {
    let (_emulator, url) = start(USER).await;
    for (rest, status) in [
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nab", "400"),
        ("Content-Length: 2097152\r\n\r\n{", "413"),
    ] {
        let address = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let head =
            format!("POST {LOGIN} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{rest}");
        stream.write_all(head.as_bytes()).await.expect("it reads");
        stream.shutdown().await.expect("it is open");
        let mut answer = String::new();
        let read = patient("an answer", stream.read_to_string(&mut answer)).await;
        read.expect("UTF-8");
        assert_eq!(answer.split(' ').nth(1), Some(status), "{rest:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_slow_clients_hold_up_no_other() {
    let (_emulator, url) = start(USER).await;
    let address = url.trim_start_matches("http://").to_owned();
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(&address).await.expect("it listens");
        // A client that was closed for another one cannot write: that is the point.
        let _ = stream
            .write_all(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
            .await;
        clients.push(stream);
    }
    for _ in 0..5 {
        for stream in &mut clients {
            let _ = stream.write_all(b"y").await;
        }
        log_in(&url).await;
    }
    let mut open = 0;
    for stream in &mut clients {
        let read = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0; 1])).await;
        open += usize::from(read.is_err());
    }
    assert!((1..=512).contains(&open), "{open} of 1,000 are open");
}

#[tokio::test]
async fn an_address_of_all_is_printed_as_one_that_can_be_used() {
    let user = ["--user", "ci@example.com:correct-horse"];
    for (listen, printed) in [
        ("0.0.0.0:0", "http://127.0.0.1:"),
        ("[::]:0", "http://[::1]:"),
    ] {
        let (_emulator, url) = start(&[&["--listen", listen], &user[..]].concat()).await;
        assert!(url.starts_with(printed), "{url}");
        log_in(&url).await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_for_no_own_host_is_told() {
    let folder = tempdir().expect("a folder");
    for (name, warns) in [("elsewhere.test", true), ("localhost", false)] {
        let own = Authority::new().vouch_for(&[name]);
        let write = |file: &str, pem: String| {
            let path = folder.path().join(file);
            std::fs::write(&path, pem).expect("a file");
            path.to_str().expect("UTF-8").to_owned()
        };
        let (cert, key) = (
            write("cert", own.certificate_pem),
            write("key", own.key_pem),
        );
        let tls = ["--tls-cert", cert.as_str(), "--tls-key", key.as_str()];
        let mut child = command(&[USER, &tls].concat());
        let mut child = child
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let url = listens(&mut child).await;
        assert!(url.starts_with("https://"), "{url}");
        assert_eq!(terminate(&mut child).await, Some(0));
        let mut text = String::new();
        let mut stderr = child.stderr.take().expect("stderr is piped");
        stderr.read_to_string(&mut text).await.expect("UTF-8");
        assert_eq!(text.contains("the certificate is not for"), warns, "{text}");
    }
}

#[tokio::test]
async fn a_log_without_a_reader_holds_nothing_up_and_a_signal_ends_it() {
    let mut child = command(&[USER, &["--log"]].concat());
    let mut child = child
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let url = listens(&mut child).await;
    // A pipe holds 64 KiB; each of these is a line of some 100 bytes.
    let client = http();
    for _ in 0..3000 {
        let request = client
            .get(format!("{url}/api/client/v2.0/auth/profile"))
            .send();
        assert_eq!(
            patient("an answer", request)
                .await
                .expect("an answer")
                .status(),
            401
        );
    }
    log_in(&url).await;
    let began = Instant::now();
    assert_eq!(terminate(&mut child).await, Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn the_exit_code_tells_what_was_wrong() {
    let (mut child, _url) = start(USER).await;
    assert_eq!(terminate(&mut child).await, Some(0));
    let twice = ["--user", "ci@example.com:correct-horse"].repeat(2);
    for (arguments, code) in [(&["--version"][..], 0), (&["--help"], 0), (&*twice, 2)] {
        let ended = output(&[&["--listen", "127.0.0.1:0"], arguments].concat()).await;
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {ended:?}");
        let lines = String::from_utf8_lossy(&ended.stderr).lines().count();
        assert_eq!(lines, usize::from(code != 0), "{arguments:?}: {ended:?}");
    }
}

/// A limit for the size of files is what comes nearest to a full disk without being root.
#[cfg(unix)]
#[tokio::test]
async fn on_a_full_disk_an_empty_file_stays_empty() {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::write(&data, "").expect("it is writable");
    for blocks in ["0", "8", "64"] {
        let limited = r#"trap "" XFSZ; ulimit -f "$1"; exec "$0" --listen 127.0.0.1:0 --data "$2""#;
        let mut child = Command::new("sh");
        child.args([
            "-c",
            limited,
            env!("CARGO_BIN_EXE_appservices-emulator"),
            blocks,
        ]);
        let ended = patient("the end", child.arg(&data).output())
            .await
            .expect("sh starts");
        let told = String::from_utf8_lossy(&ended.stderr);
        let expected = format!("error: data file {}: ", data.display());
        assert!(
            told.starts_with(&expected) && told.lines().count() == 1,
            "{blocks}: {told}"
        );
        assert_eq!(
            (ended.status.code(), ended.stdout.len()),
            (Some(1), 0),
            "{blocks}: {told}"
        );
        let size = std::fs::metadata(&data).expect("it is there").len();
        let files = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!((size, files), (0, 1), "{blocks}: {told}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_file_descriptors_it_waits_and_goes_on() {
    let limited =
        r#"ulimit -n 40; exec "$0" --listen 127.0.0.1:0 --user ci@example.com:correct-horse"#;
    let program = env!("CARGO_BIN_EXE_appservices-emulator");
    let mut child = Command::new("sh");
    child.args(["-c", limited, program]).kill_on_drop(true);
    child.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("sh starts");
    let url = listens(&mut child).await;
    let address = url.trim_start_matches("http://");
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(
            TcpStream::connect(address)
                .await
                .expect("the backlog takes it"),
        );
    }
    drop(idle);
    log_in(&url).await;
    assert_eq!(terminate(&mut child).await, Some(0));
    let mut printed = String::new();
    let mut stderr = child.stderr.take().expect("stderr is piped");
    stderr.read_to_string(&mut printed).await.expect("UTF-8");
    assert!(
        printed.starts_with("no connection can be accepted"),
        "{printed}"
    );
    assert_eq!(printed.lines().count(), 1, "{printed}");
}
