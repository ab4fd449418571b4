//! TLS and proxies on the way to the server, under Terraform.

use serde_json::json;
use tempfile::NamedTempFile;
use terraform_provider_appservices::emulator::{Options, Tls};

use crate::support::authority::Authority;
use crate::support::proxy::Proxy;
use crate::support::world::{CI, World};

const KEY: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;

/// A world whose server speaks TLS, with a certificate for `names`, and a file with its authority.
async fn behind_tls(names: &[&str]) -> Option<(World, NamedTempFile)> {
    let authority = Authority::new();
    let leaf = authority.vouch_for(names);
    let tls = Tls {
        cert_pem: leaf.certificate_pem,
        key_pem: leaf.key_pem.into(),
    };
    let options = Options {
        tls: Some(tls),
        allowed_hosts: names.iter().map(|&name| name.to_owned()).collect(),
        ..Default::default()
    };
    let world = World::of(options).await?;
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &authority.pem).expect("it is writable");
    Some((world, file))
}

/// The names of the keys at the server, which this test's own client does not trust.
fn names(world: &World) -> Vec<String> {
    let keys = world.server.emulator.keys().into_iter();
    keys.map(|key| key.name).collect()
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let Some((mut world, file)) = behind_tls(&["127.0.0.1"]).await else {
        return;
    };
    world
        .apply(KEY)
        .await
        .fails_with(&["certificate", "not trusted", "ca_certificate_file"]);
    let path = file.path().to_str().expect("UTF-8");
    world.provider(&format!(
        "{}\n  ca_certificate_file = {path:?}",
        world.arguments()
    ));
    world.apply(KEY).await.succeeds();
    assert_eq!(names(&world), ["ci"]);
    world.provider(&world.arguments());
    world.terraform.set("APPSERVICES_CA_CERTIFICATE_FILE", path);
    world.has_nothing_to_do(KEY).await;
    world.destroy().await.succeeds();
    assert_eq!(names(&world), [""; 0]);
    assert_eq!(world.server.open_sessions(), 0);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_shown_where_it_is_named() {
    let Some(world) = World::start().await else {
        return;
    };
    let arguments = format!(
        "{}\n  ca_certificate_file = \"missing.pem\"",
        world.arguments()
    );
    world.provider(&arguments);
    let ran = world.try_plan(KEY).await;
    ran.fails_with(&["missing.pem"])
        .points_at("ca_certificate_file");
}

/// A world whose server has a name that only a proxy knows.
async fn behind_a_proxy() -> Option<(World, NamedTempFile, Proxy)> {
    let (world, file) = behind_tls(&["appservices.test"]).await?;
    let url = world.server.url();
    let address = url.replace("https://appservices.test", "127.0.0.1");
    let proxy = Proxy::to(address.parse().expect("an address")).await;
    let arguments = world.arguments();
    let path = file.path().to_str().expect("UTF-8");
    world.provider(&format!("{arguments}\n  ca_certificate_file = {path:?}"));
    Some((world, file, proxy))
}

#[tokio::test]
async fn a_server_behind_a_proxy_is_reached_through_it_alone() {
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let Some((mut world, _file, proxy)) = behind_a_proxy().await else {
            return;
        };
        world.terraform.set(variable, &proxy.url());
        world.apply(KEY).await.succeeds();
        world.has_nothing_to_do(KEY).await;
        assert_eq!(names(&world), ["ci"], "{variable}");
        let port = world.server.url();
        let port = port.rsplit(':').next().expect("a port");
        let line = format!("CONNECT appservices.test:{port} HTTP/1.1");
        let asked = proxy.asked();
        assert!(!asked.is_empty());
        for asked in asked {
            assert_eq!(asked, line, "nothing but tunnels to the server");
        }
    }
}

#[tokio::test]
async fn a_proxy_is_passed_over_as_terraform_passes_it_over() {
    let Some((mut world, _file, proxy)) = behind_a_proxy().await else {
        return;
    };
    let url = world.server.url();
    let port = url.rsplit(':').next().expect("a port").to_owned();
    world.terraform.set("HTTPS_PROXY", &proxy.url());
    for direct in ["*.TEST".to_owned(), format!("appservices.test:{port}")] {
        world.terraform.set("NO_PROXY", &direct);
        // Without the proxy, the name cannot be resolved.
        world.apply(KEY).await.fails_with(&["appservices.test"]);
        assert_eq!(proxy.asked(), [""; 0], "{direct}");
    }
    world.terraform.set("NO_PROXY", "appservices.test:1");
    world.apply(KEY).await.succeeds();
    assert!(!proxy.asked().is_empty());
}

#[tokio::test]
async fn a_proxy_url_that_cannot_be_read_is_an_error_without_its_password() {
    let Some(mut world) = World::start().await else {
        return;
    };
    world
        .terraform
        .set("HTTPS_PROXY", "ftp://me:canary@proxy.test");
    let ran = world.apply(KEY).await;
    ran.fails_with(&["HTTPS_PROXY", "scheme ftp"])
        .never_mentions(&["canary"]);
}

#[tokio::test]
async fn a_machine_without_roots_of_trust_is_told_of_the_ca_file() {
    let Some((mut world, file)) = behind_tls(&["127.0.0.1"]).await else {
        return;
    };
    world.terraform.set("SSL_CERT_FILE", "/dev/null");
    world.terraform.set("SSL_CERT_DIR", "/dev/null");
    let ran = world.apply(KEY).await;
    ran.fails_with(&["No CA certificates", "ca_certificate_file", "distroless"]);
    let path = file.path().to_str().expect("UTF-8");
    world.terraform.set("APPSERVICES_CA_CERTIFICATE_FILE", path);
    world.apply(KEY).await.succeeds();
}

#[tokio::test]
async fn an_unusable_ca_file_names_line_and_reason() {
    let Some((mut world, file)) = behind_tls(&["127.0.0.1"]).await else {
        return;
    };
    let good = std::fs::read_to_string(file.path()).expect("it is readable");
    let line = good.lines().count() + 1;
    let bad = format!("{good}-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n");
    std::fs::write(file.path(), bad).expect("it is writable");
    let path = file.path().to_str().expect("UTF-8");
    world.terraform.set("APPSERVICES_CA_CERTIFICATE_FILE", path);
    let ran = world.apply(KEY).await;
    ran.fails_with(&[&format!("line {line}"), "not base64", path]);
}

#[tokio::test]
async fn https_to_an_http_port_is_told_in_words() {
    let Some(world) = World::start().await else {
        return;
    };
    let block = world.arguments().replace("http://", "https://");
    world.provider(&block);
    let ran = world.apply(KEY).await;
    ran.fails_with(&["does not speak TLS", "Check the port", "base_url"]);
}

#[tokio::test]
async fn a_proxy_that_is_not_meant_for_the_server_is_not_asked() {
    let Some((mut world, _file, proxy)) = behind_a_proxy().await else {
        return;
    };
    world.terraform.set("HTTPS_PROXY", &proxy.url());
    world
        .terraform
        .set("NO_PROXY", "example.com,appservices.test");
    // Without the proxy the name cannot be resolved.
    let ran = world.apply(KEY).await;
    ran.fails_with(&["appservices.test"]);
    assert_eq!(proxy.asked(), [""; 0]);
    assert_eq!(world.server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_is_away_is_an_error_that_speaks_of_the_way() {
    let Some((mut world, _file, proxy)) = behind_a_proxy().await else {
        return;
    };
    let url = proxy.url();
    drop(proxy);
    world.terraform.set("HTTPS_PROXY", &url);
    let arguments = world.terraform.read("provider.tf");
    let arguments = arguments.replace("app_id ", "max_retries = 0\n  app_id ");
    world.terraform.write("provider.tf", &arguments);
    world.apply(KEY).await.fails_with(&["connect", "proxy"]);
}

#[tokio::test]
async fn loopback_never_goes_by_a_proxy() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let address = world.server.url().replace("http://", "");
    let proxy = Proxy::to(address.parse().expect("an address")).await;
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        world.terraform.set(variable, &proxy.url());
    }
    world.apply(KEY).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    assert_eq!(proxy.asked(), [""; 0]);
    assert!(
        world
            .server
            .log_in_with(&world.attribute(CI, "key"))
            .await
            .is_success()
    );
}
