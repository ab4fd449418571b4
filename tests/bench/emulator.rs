//! The emulator under load: creates in memory and on disk, a login among slow clients, and how fast a large file opens.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::Plan;
use crate::process::{megabytes, resident};
use crate::report::{Report, Spread, as_f64, time};

const CLIENTS: usize = 32;
const SLOW: usize = 1_000;
const USER: &str = "ci@example.com:correct-horse";
const API: &str = "/api/client/v2.0";

pub(crate) async fn measure(plan: &Plan, report: &mut Report) {
    let (memory, disk) = if plan.quick {
        (6_000, 2_000)
    } else {
        (100_000, 100_000)
    };
    creates(report, "in memory", memory, &[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("UTF-8");
    creates(report, "with --data", disk, &["--data", data]).await;
    opening(report, disk, data).await;
    sessions(report, plan).await;
    slow_clients(report).await;
}

/// A running emulator and its URL.
async fn start(more: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_appservices-emulator"));
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--user",
        USER,
        "--max-keys",
        "1000000",
    ]);
    command.args(more).env_clear().kill_on_drop(true);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    stdout.read_line(&mut line).await.expect("UTF-8");
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("a first line");
    (child, url.to_owned())
}

fn http() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// Logs in, and gives the refresh token.
async fn log_in(client: &Client, url: &str) -> String {
    let path = format!("{url}{API}/app/myapp-abcde/auth/providers/local-userpass/login");
    let body = r#"{"username":"ci@example.com","password":"correct-horse"}"#;
    let answer = client
        .post(path)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let text = answer.text().await.expect("a body");
    let login: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    login["refresh_token"].as_str().expect("a login").to_owned()
}

async fn creates(report: &mut Report, place: &str, count: usize, flags: &[&str]) {
    let (mut child, url) = start(flags).await;
    let token = Arc::new(log_in(&http(), &url).await);
    let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (next, token) = (Arc::clone(&next), Arc::clone(&token));
        let path = format!("{url}{API}/auth/api_keys");
        clients.spawn(async move {
            let (client, mut times) = (http(), Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= count {
                    return times;
                }
                let began = Instant::now();
                let request = client.post(&path).bearer_auth(&*token);
                let request = request.body(format!(r#"{{"name":"key-{number}"}}"#));
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), 201);
                answer.bytes().await.expect("a body");
                times.push(began.elapsed());
            }
        });
    }
    let mut times: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    let rate = as_f64(count as u64) / began.elapsed().as_secs_f64();
    times.sort();
    let (median, slow) = (times[count / 2], times[count * 99 / 100]);
    let memory = megabytes(resident(child.id().expect("it runs")));
    report.row(
        format!("Emulator: {count} creates by {CLIENTS} clients, {place}"),
        format!(
            "{rate:.0} a second; median {}, 99 % {}; {memory} resident",
            time(median),
            time(slow)
        ),
    );
    // The next one opens the same file.
    child.kill().await.expect("it ends");
}

async fn opening(report: &mut Report, count: usize, data: &str) {
    assert!(Path::new(data).exists());
    let began = Instant::now();
    let (_emulator, _) = start(&["--data", data]).await;
    report.row(
        format!("Emulator: from exec to the first line, with {count} keys in the file"),
        time(began.elapsed()),
    );
}

/// Sessions of one user, each opened by an API key; none is closed.
async fn sessions(report: &mut Report, plan: &Plan) {
    let (child, url) = start(&[]).await;
    let (id, client) = (child.id().expect("it runs"), http());
    let token = log_in(&client, &url).await;
    let create = client.post(format!("{url}{API}/auth/api_keys"));
    let create = create.bearer_auth(token).body(r#"{"name":"ci"}"#).send();
    let key = create
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    let path = format!("{url}{API}/app/myapp-abcde/auth/providers/api-key/login");
    let (count, before) = (if plan.quick { 10_000 } else { 100_000 }, resident(id));
    let mut times = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        let answer = client.post(&path).body(key.clone()).send();
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a body");
        times.push(began.elapsed());
    }
    let memory = megabytes(resident(id) - before);
    let [first, last] = [&times[..1_000], &times[count - 1_000..]].map(<[_]>::to_vec);
    report.row(
        format!(
            "Emulator: opening a session, the first thousand and the last of {count}, none closed"
        ),
        format!(
            "{}; {}; {memory} for all",
            Spread::of(first).text(),
            Spread::of(last).text()
        ),
    );
}

/// Logins while many connections send a byte a second.
async fn slow_clients(report: &mut Report) {
    let (_emulator, url) = start(&[]).await;
    let address = url.trim_start_matches("http://").to_owned();
    let mut slow = JoinSet::new();
    for _ in 0..SLOW {
        let address = address.clone();
        slow.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            for byte in b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
                .iter()
                .chain([b'y'; 60].iter())
            {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        log_in(&http(), &url).await;
        times.push(began.elapsed());
    }
    report.row(
        format!("Emulator: a login while {SLOW} connections send a byte a second"),
        Spread::of(times).text(),
    );
}
