//! The one line on stdout, and when a plugin refuses to start.

use crate::support::host::{Address, Ended, Host, Launch};

/// A process that was not started by a host says so, to people, and ends.
async fn explains_itself(launch: Launch) {
    let Ended {
        status,
        stdout,
        stderr,
        left_a_file,
    } = launch.run().await;
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert_eq!(stdout, "", "stdout stays empty");
    assert!(!left_a_file, "nothing was set up");
    let text = stderr.to_lowercase();
    assert!(
        text.contains("provider") && text.contains("terraform"),
        "says what it is and who starts it: {stderr}"
    );
}

#[tokio::test]
async fn started_in_a_shell_it_explains_itself() {
    explains_itself(Launch::by_hand(&[])).await;
}

#[tokio::test]
async fn without_the_cookie_it_explains_itself() {
    explains_itself(Launch::like_terraform().without("TF_PLUGIN_MAGIC_COOKIE")).await;
}

#[tokio::test]
async fn with_another_cookie_it_explains_itself() {
    explains_itself(Launch::like_terraform().with("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f")).await;
}

#[tokio::test]
async fn the_line_has_six_fields() {
    let host = Host::start().await;
    let fields = &host.handshake.fields;
    assert_eq!(fields.len(), 6, "{}", host.handshake.line);
    assert_eq!([&fields[0], &fields[1], &fields[4]], ["1", "6", "grpc"]);
    assert!(
        fields[5].len() > 50,
        "Terraform ignores a shorter certificate: {}",
        host.handshake.line
    );
    host.shut_down().await;
}

#[cfg(unix)]
#[tokio::test]
async fn it_listens_on_a_unix_socket_in_the_temporary_directory() {
    let host = Host::start().await;
    let Address::Unix(path) = host.handshake.address() else {
        panic!("{}", host.handshake.line)
    };
    let file = std::path::Path::new(&path)
        .file_name()
        .and_then(|name| name.to_str());
    assert!(
        file.is_some_and(|name| name.starts_with("plugin")),
        "{path}"
    );
    host.shut_down().await;
}

#[cfg(unix)]
#[tokio::test]
async fn it_listens_in_the_directory_that_the_host_names() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let wanted = folder.path().to_str().expect("UTF-8");
    let host = Host::launch(Launch::like_terraform().with("PLUGIN_UNIX_SOCKET_DIR", wanted)).await;
    let Address::Unix(path) = host.handshake.address() else {
        panic!("{}", host.handshake.line)
    };
    assert_eq!(std::path::Path::new(&path).parent(), Some(folder.path()));
    host.shut_down().await;
    assert!(
        !std::fs::exists(path).expect("the directory is readable"),
        "the socket goes away with the process"
    );
}

#[tokio::test]
async fn a_directory_whose_name_is_too_long_for_a_socket_does_no_harm() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let deep = folder.path().join("a".repeat(120));
    std::fs::create_dir(&deep).expect("a directory");
    let deep = deep.to_str().expect("UTF-8");
    let host = Host::launch(Launch::like_terraform().with("TMPDIR", deep)).await;
    host.schema().await;
    host.shut_down().await;
}

#[tokio::test]
async fn the_certificate_has_no_padding_whatever_its_length() {
    // The length differs from one certificate to the next, and one in three needs no padding anyway.
    for _ in 0..8 {
        let host = Host::start().await;
        assert!(
            !host.handshake.line.contains('='),
            "{}",
            host.handshake.line
        );
    }
}

#[tokio::test]
async fn each_process_has_a_certificate_of_its_own() {
    let [one, other] = [Host::start().await, Host::start().await];
    assert_ne!(one.handshake.certificate(), other.handshake.certificate());
}

#[tokio::test]
async fn a_seventh_field_comes_only_when_the_host_asks() {
    let asked = Host::launch(Launch::like_terraform().with("PLUGIN_MULTIPLEX_GRPC", "true")).await;
    assert_eq!(
        asked.handshake.fields.get(6).map(String::as_str),
        Some("false"),
        "{}",
        asked.handshake.line
    );
    let empty = Host::launch(Launch::like_terraform().with("PLUGIN_MULTIPLEX_GRPC", "")).await;
    assert_eq!(empty.handshake.fields.len(), 6, "{}", empty.handshake.line);
}

#[tokio::test]
async fn any_order_of_versions_will_do() {
    for versions in ["6", "5,6", "6,5", "7,6,5"] {
        let host =
            Host::launch(Launch::like_terraform().with("PLUGIN_PROTOCOL_VERSIONS", versions)).await;
        assert_eq!(host.handshake.protocol(), "6", "offered {versions}");
    }
}

#[tokio::test]
async fn without_a_common_version_it_leaves_the_message_to_the_host() {
    for versions in ["5", "7,8"] {
        let (mut plugin, _) = Launch::like_terraform()
            .with("PLUGIN_PROTOCOL_VERSIONS", versions)
            .spawn();
        let line = plugin.line().await;
        assert!(line.starts_with("1|6|"), "offered {versions}: {line}");
    }
}

#[tokio::test]
async fn without_a_client_certificate_it_speaks_plain_http2() {
    for launch in [
        Launch::like_terraform().without("PLUGIN_CLIENT_CERT"),
        Launch::like_terraform().with("PLUGIN_CLIENT_CERT", ""),
    ] {
        let host = Host::launch(launch).await;
        assert!(
            host.handshake.line.ends_with("|grpc|"),
            "an empty last field: {}",
            host.handshake.line
        );
        host.schema().await;
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_client_certificate_that_cannot_be_read_is_no_reason_to_go_without_one() {
    let ended = Launch::like_terraform()
        .with("PLUGIN_CLIENT_CERT", "not a certificate")
        .run()
        .await;
    assert_ne!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(ended.stdout, "", "no line without a certificate to pin");
    assert!(
        ended.stderr.contains("PLUGIN_CLIENT_CERT"),
        "{}",
        ended.stderr
    );
}
