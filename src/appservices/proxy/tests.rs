use super::*;

fn of(variables: &[(&str, &str)]) -> Result<Proxies, ProxyError> {
    Proxies::from_environment(|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).into())
    })
}

fn goes_by(variables: &[(&str, &str)], url: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let proxy = of(variables).unwrap().proxy_for(&url);
    proxy.map(|proxy| proxy.origin().ascii_serialization())
}

/// What Go's `golang.org/x/net/http/httpproxy` v0.62.0 says: `NO_PROXY`, URL, whether a proxy is used.
#[rustfmt::skip]
const OF_GO: &[(&str, &str, bool)] = &[
    ("", "https://example.com", true),
    ("*", "https://example.com", false),
    ("other.com,*", "https://10.1.2.3", false),
    ("*.com", "https://example.com", false),
    ("**", "https://example.com", true),
    ("example.com", "https://example.com", false),
    ("example.com", "https://eu.example.com", false),
    ("example.com", "https://notexample.com", true),
    ("example.com", "https://example.com.evil.test", true),
    (".example.com", "https://example.com", true),
    (".example.com", "https://eu.example.com", false),
    ("*.example.com", "https://example.com", true),
    ("*.example.com", "https://a.b.example.com", false),
    ("*example.com", "https://example.com", true),
    ("*example.com", "https://eu.example.com", true),
    ("eu.*.com", "https://eu.example.com", true),
    ("EXAMPLE.com", "https://example.COM", false),
    (" other.com , example.com ", "https://example.com", false),
    ("other.com example.com", "https://example.com", true),
    ("other.com;example.com", "https://example.com", true),
    ("example.com:8443", "https://example.com:8443", false),
    ("example.com:8443", "https://example.com", true),
    ("example.com:443", "https://example.com", false),
    ("example.com:", "https://example.com:8443", false),
    (".example.com:8443", "https://eu.example.com:8443", false),
    ("*.example.com:8443", "https://eu.example.com:8443", false),
    ("*.example.com:8443", "https://eu.example.com", true),
    ("example.com:0443", "https://example.com", true),
    (":443", "https://example.com", true),
    ("https://example.com", "https://example.com", true),
    ("example.com.", "https://example.com", true),
    ("example.com", "https://example.com.", true),
    ("com", "https://example.com", false),
    (".", "https://example.com", true),
    ("10.1.2.3", "https://10.1.2.3", false),
    ("10.1.2.3", "https://10.1.2.4", true),
    ("10.1.2.3:443", "https://10.1.2.3", false),
    ("10.1.2.3:8443", "https://10.1.2.3", true),
    ("10.", "https://10.1.2.3", true),
    ("2.3", "https://10.1.2.3", true),
    ("10.0.0.0/8", "https://10.1.2.3", false),
    ("10.1.2.9/24", "https://10.1.2.3", false),
    ("10.0.0.0/8", "https://11.1.2.3", true),
    ("10.0.0.0/33", "https://10.1.2.3", true),
    ("0.0.0.0/0", "https://10.1.2.3", false),
    ("0.0.0.0/0", "https://example.com", true),
    ("0.0.0.0/0", "https://[2001:db8::1]", true),
    ("10.0.0.0/8:443", "https://10.1.2.3", true),
    ("2001:db8::1", "https://[2001:db8::1]", false),
    ("2001:DB8:0::1", "https://[2001:db8::1]", false),
    ("[2001:db8::1]", "https://[2001:db8::1]", true),
    ("[2001:db8::1]:443", "https://[2001:db8::1]", false),
    ("[2001:db8::1]:8443", "https://[2001:db8::1]", true),
    ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", false),
    ("2001:db8::/32", "https://[2001:db8::1]", false),
    ("[2001:db8::]/32", "https://[2001:db8::1]", true),
    ("2001:db8::/32", "https://[2001:db9::1]", true),
    ("::ffff:10.1.2.3", "https://10.1.2.3", false),
    ("10.1.2.3", "https://[::ffff:10.1.2.3]", false),
    ("", "https://localhost", false),
    ("", "https://localhost:8443", false),
    ("", "https://127.0.0.1", false),
    ("", "https://127.9.9.9", false),
    ("", "https://[::1]", false),
    ("", "https://localhost.example.com", true),
    ("", "https://a.localhost", true),
    ("bücher.example", "https://xn--bcher-kva.example", false),
    ("BÜCHER.example", "https://www.xn--bcher-kva.example", false),
    ("", "http://example.com", true),
    ("example.com:80", "http://example.com", false),
];

#[test]
fn no_proxy_is_read_as_go_reads_it() {
    for (no_proxy, url, expected) in OF_GO {
        let variables = [
            ("HTTP_PROXY", "p.test:1"),
            ("HTTPS_PROXY", "p.test:2"),
            ("NO_PROXY", no_proxy),
        ];
        let is_used = goes_by(&variables, url).is_some();
        assert_eq!(is_used, *expected, "{no_proxy:?} {url}");
    }
}

#[test]
fn variables_are_found_as_go_finds_them() {
    let url = "https://example.com";
    for (variables, expected) in [
        (&[][..], None),
        (&[("HTTPS_PROXY", "p.test:2")], Some("http://p.test:2")),
        (&[("https_proxy", "p.test:2")], Some("http://p.test:2")),
        (
            &[("HTTPS_PROXY", ""), ("https_proxy", "p.test:2")],
            Some("http://p.test:2"),
        ),
        (
            &[("HTTPS_PROXY", "a.test"), ("https_proxy", "b.test")],
            Some("http://a.test"),
        ),
        (&[("HTTP_PROXY", "p.test:1")], None),
        (&[("ALL_PROXY", "p.test:1")], None),
        (&[("HTTPS_PROXY", "p.test"), ("no_proxy", "*")], None),
        (
            &[("HTTPS_PROXY", "https://u:p@p.test")],
            Some("https://p.test"),
        ),
    ] {
        assert_eq!(
            goes_by(variables, url).as_deref(),
            expected,
            "{variables:?}"
        );
    }
    let http = ("HTTP_PROXY", "p.test:1");
    let plain = "http://example.com";
    assert_eq!(goes_by(&[http], plain).as_deref(), Some("http://p.test:1"));
    assert_eq!(goes_by(&[http, ("REQUEST_METHOD", "GET")], plain), None);
}

#[test]
fn a_proxy_url_that_cannot_be_read_names_its_variable_and_no_password() {
    for text in [
        "://",
        "http://",
        "http://[::1",
        "http://me:canary@pro xy",
        "p.test:port",
        "p.test:99999",
        "ftp://me:canary@p.test",
        "me:canary@",
    ] {
        for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"] {
            let error = of(&[(variable, text)]).expect_err(text);
            let message = format!("{error} {error:?}");
            assert_eq!(error.variable, variable);
            assert!(
                message.contains(variable) && !message.contains("canary"),
                "{message}"
            );
        }
    }
    let proxies = of(&[("HTTPS_PROXY", "http://me:canary@p.test")]).unwrap();
    assert!(!format!("{proxies:?}").contains("canary"));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStringExt;
    for wanted in ["HTTPS_PROXY", "NO_PROXY"] {
        let get = |name: &str| (name == wanted).then(|| OsString::from_vec(vec![0xe4]));
        assert_eq!(Proxies::from_environment(get).unwrap_err().variable, wanted);
    }
}
