use super::*;

fn resolved(config: Config, variables: &[(&str, &str)]) -> Result<Access> {
    let find = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    resolve(config, "1.11.4", find)
}

fn block(attributes: &[(&str, &str)]) -> Object {
    let mut config = Object::default();
    for (name, value) in attributes {
        config.set(name, Value::String((*value).to_owned()));
    }
    config
}

const APP: (&str, &str) = ("APPSERVICES_APP_ID", "myapp-abcde");

#[test]
fn a_way_of_logging_in_wins_as_a_whole() {
    let config = Config {
        api_key: SecretString::from("k").into(),
        ..Config::default()
    };
    // Half a way in the environment would be an error, if it were looked at.
    assert!(matches!(
        resolved(config, &[APP, ("APPSERVICES_EMAIL", "a@b")]),
        Ok(Access::Ready(_))
    ));
}

#[test]
fn the_environment_fills_in() {
    let login = [
        APP,
        ("APPSERVICES_EMAIL", "a@b"),
        ("APPSERVICES_PASSWORD", "p"),
    ];
    assert!(matches!(
        resolved(Config::default(), &login),
        Ok(Access::Ready(_))
    ));
    assert!(matches!(
        resolved(Config::default(), &[APP, ("APPSERVICES_API_KEY", "k")]),
        Ok(Access::Ready(_))
    ));
    assert!(resolved(Config::default(), &[APP, ("APPSERVICES_EMAIL", "a@b")]).is_err());
}

#[test]
fn no_login_is_no_error_until_somebody_needs_one() {
    assert!(matches!(
        resolved(Config::default(), &[APP]),
        Ok(Access::Missing(_))
    ));
    assert!(resolved(Config::default(), &[]).is_err());
}

#[test]
fn an_unknown_value_never_falls_back_to_the_environment() {
    let config = Config {
        password: Field::Unknown,
        email: SecretString::from("a@b").into(),
        ..Config::default()
    };
    let variables = [
        APP,
        ("APPSERVICES_EMAIL", "a@b"),
        ("APPSERVICES_PASSWORD", "p"),
    ];
    assert!(matches!(
        resolved(config, &variables),
        Ok(Access::Unknown(_))
    ));
}

#[test]
fn validation_needs_no_environment() {
    assert!(validate(&block(&[])).is_ok());
    assert!(validate(&block(&[("email", "a@b"), ("password", "p")])).is_ok());
    for wrong in [
        &[("email", "a@b"), ("password", "p"), ("api_key", "k")][..],
        &[("email", "a@b")],
        &[("password", "p")],
        &[("base_url", "http://example.com")],
        &[("base_url", "ftp://example.com")],
    ] {
        assert!(validate(&block(wrong)).is_err(), "{wrong:?}");
    }
    assert!(validate(&block(&[("base_url", "http://127.0.0.1:9090/")])).is_ok());
}

#[test]
fn the_user_agent_says_who_asks() {
    let agent = user_agent("1.11.4", Some("CI/7\n".to_owned()));
    assert_eq!(
        agent,
        concat!(
            "terraform-provider-appservices/",
            env!("CARGO_PKG_VERSION"),
            " (terraform 1.11.4) CI/7"
        )
    );
}
