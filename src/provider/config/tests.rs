use super::*;

fn resolved(config: Config, variables: &[(&str, &str)]) -> Result<Access> {
    let find = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).into())
    };
    resolve(config, "1.11.4", &find)
}

fn block(attributes: &[(&'static str, &str)]) -> Object {
    let mut config = Object::default();
    for (name, value) in attributes {
        config.set(*name, Value::String((*value).to_owned()));
    }
    config
}

const APP: (&str, &str) = ("APPSERVICES_APP_ID", "myapp-abcde");

#[test]
fn a_way_of_logging_in_wins_as_a_whole() {
    let config = Config {
        logins: BTreeMap::from([("api_key", SecretString::from("k").into())]),
        ..Config::default()
    };
    // Incomplete credentials in the environment would be an error, if it were looked at.
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
fn missing_credentials_are_no_error_until_an_operation_needs_them() {
    assert!(matches!(
        resolved(Config::default(), &[APP]),
        Ok(Access::Missing(_))
    ));
    assert!(resolved(Config::default(), &[]).is_err());
}

#[test]
fn an_unknown_value_never_falls_back_to_the_environment() {
    let config = Config {
        logins: BTreeMap::from([
            ("password", Field::Unknown),
            ("email", SecretString::from("a@b").into()),
        ]),
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

fn error_of(config: Config, variables: &[(&str, &str)]) -> Diagnostic {
    let failed = resolved(config, variables).expect_err("a mistake");
    failed.into_vec().remove(0)
}

const KEY: (&str, &str) = ("APPSERVICES_API_KEY", "k\r");

#[test]
fn an_app_id_with_white_space_around_it_is_the_app_without() {
    for text in ["myapp-abcde\r", "\tmyapp-abcde", " myapp-abcde\r\n"] {
        let config = Config {
            app_id: text.to_owned().into(),
            ..Config::default()
        };
        for (config, variables) in [
            (config, vec![KEY]),
            (Config::default(), vec![KEY, ("APPSERVICES_APP_ID", text)]),
        ] {
            let access = resolved(config, &variables).unwrap();
            assert_eq!(access.service().unwrap().app_id(), "myapp-abcde");
        }
    }
}

#[test]
fn a_control_character_is_an_error_that_names_attribute_or_variable_and_no_value() {
    for attribute in [
        "app_id",
        "base_url",
        "email",
        "password",
        "api_key",
        "custom_jwt",
        "refresh_token",
        "request_timeout",
        "ca_certificate_file",
    ] {
        let text = "can\u{7}ary";
        let mut values = vec![(attribute, text)];
        match attribute {
            "email" => values.push(("password", "p")),
            "password" => values.push(("email", "a@b")),
            _ => {}
        }
        let error = validate(&block(&values))
            .expect_err(attribute)
            .into_vec()
            .remove(0);
        assert!(
            error.detail.contains(&format!("`{attribute}` must")),
            "{error:?}"
        );
        assert_eq!(error.path, attribute.into());

        let named = values
            .iter()
            .map(|(name, text)| (text::variable(name), *text));
        let mut variables: Vec<_> = named.collect();
        if attribute != "app_id" {
            variables.push((APP.0.to_owned(), APP.1));
        }
        let borrowed: Vec<_> = variables
            .iter()
            .map(|(name, text)| (&**name, *text))
            .collect();
        let error = error_of(Config::default(), &borrowed);
        assert!(
            error.detail.contains(&text::variable(attribute)),
            "{error:?}"
        );
        assert!(!error.detail.contains("ary"), "{error:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_named_and_never_taken_for_unset() {
    use std::os::unix::ffi::OsStringExt;
    let mut names = vec![
        "app_id",
        "base_url",
        "max_retries",
        "request_timeout",
        "ca_certificate_file",
    ];
    names.extend(login::values().map(|value| value.name));
    let mut names: Vec<_> = names.into_iter().map(text::variable).collect();
    names.push("TF_APPEND_USER_AGENT".to_owned());
    names.push("HTTPS_PROXY".to_owned());
    for broken in names {
        let find = |name: &str| match name {
            name if name == broken => Some(OsString::from_vec(b"pa\xdfwort".to_vec())),
            "APPSERVICES_APP_ID" => Some("myapp-abcde".into()),
            _ => None,
        };
        let failed = resolve(Config::default(), "", &find).expect_err(&broken);
        let error = failed.into_vec().remove(0);
        assert!(
            error.detail.contains(&broken) && error.detail.contains("not UTF-8"),
            "{error:?}"
        );
    }
}

#[test]
fn a_bad_payload_or_token_is_told_of_itself() {
    for (attribute, text, phrase) in [
        ("custom_function_payload", "{canary", "JSON object"),
        ("refresh_token", "can ary", "must be a token"),
    ] {
        let error = validate(&block(&[(attribute, text)]))
            .unwrap_err()
            .into_vec()
            .remove(0);
        assert!(error.detail.contains(phrase), "{error:?}");
        assert_eq!(error.path, attribute.into());
        let error = error_of(
            Config::default(),
            &[APP, (&text::variable(attribute), text)],
        );
        assert!(
            error.detail.contains(&text::variable(attribute)),
            "{error:?}"
        );
        assert!(
            error.detail.contains(phrase) && !error.detail.contains("ary"),
            "{error:?}"
        );
    }
}

#[test]
fn an_invalid_base_url_is_shown_with_the_place_that_it_came_from() {
    let config = Config {
        base_url: "localhost:9090".to_owned().into(),
        ..Config::default()
    };
    let error = error_of(config, &[APP, KEY]).detail;
    assert!(
        error.contains("`base_url` in the provider block is \"localhost:9090\""),
        "{error}"
    );
    let error = error_of(
        Config::default(),
        &[
            APP,
            KEY,
            ("APPSERVICES_BASE_URL", "https://me:canary@x.test"),
        ],
    );
    let error = error.detail;
    assert!(
        error.contains("APPSERVICES_BASE_URL in the environment is \"https://x.test\""),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
    let api = "https://x.test/api/client/v2.0";
    let error = error_of(
        Config::default(),
        &[APP, KEY, ("APPSERVICES_BASE_URL", api)],
    )
    .detail;
    assert!(error.contains("Leave out /api/client/v2.0"), "{error}");
}

#[test]
fn allowed_users_are_named_or_left_out() {
    let with = |ids: &[Field<String>]| Config {
        allowed_user_ids: Set(ids.to_vec()).into(),
        ..Config::default()
    };
    let id = |text: &str| Field::Known(text.to_owned());
    assert!(resolved(with(&[id("a"), id(" b\n")]), &[APP, KEY]).is_ok());
    for wrong in [&[][..], &[id(" ")], &[Field::Null], &[id("a\u{7}b")]] {
        let error = error_of(with(wrong), &[APP, KEY]);
        assert_eq!(error.path, "allowed_user_ids".into(), "{error:?}");
    }
    assert!(matches!(
        resolved(with(&[id("a"), Field::Unknown]), &[APP, KEY]),
        Ok(Access::Unknown(_))
    ));
}
