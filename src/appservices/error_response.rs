use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{ErrorCode, wire};

/// What a server says when it refuses: its code, its words, and the link to its log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorResponse {
    pub(super) code: Option<ErrorCode>,
    pub(super) message: Option<String>,
    pub(super) log: Option<String>,
}

/// The most characters that are quoted from an answer.
const LONGEST_QUOTE: usize = 300;

impl ErrorResponse {
    /// Reads the body of an answer that is no success: the API's JSON, other JSON, HTML, text, or
    /// nothing.
    ///
    /// Of JSON only the members meant for people are quoted, of HTML only the title, and never one
    /// of `secrets`: the body may echo the request, or be the lost answer to a create under the
    /// status of a proxy.
    pub(super) fn read(body: &[u8], secrets: &[&SecretString]) -> ErrorResponse {
        if let Some(refusal) = object(body) {
            return ErrorResponse::of(&refusal, secrets);
        }
        let text = String::from_utf8_lossy(body);
        ErrorResponse {
            message: quotable(&text).and_then(|text| quote(text, secrets)),
            ..ErrorResponse::default()
        }
    }

    /// Reads a refusal that came with a status of success, which the official clients take for one
    /// all the same.
    ///
    /// Only an object with `error_code` or `error` in it is one.
    pub(super) fn in_success(body: &[u8], secrets: &[&SecretString]) -> Option<ErrorResponse> {
        let refusal = object(body)?;
        let says_something =
            |value: &Value| !matches!(value, Value::Null) && value.as_str() != Some("");
        let refused = says_something(&refusal.error_code) || says_something(&refusal.error);
        refused.then(|| ErrorResponse::of(&refusal, secrets))
    }

    fn of(refusal: &wire::ErrorBody, secrets: &[&SecretString]) -> ErrorResponse {
        let quoted = |value: &Value| value.as_str().and_then(|text| quote(text, secrets));
        ErrorResponse {
            // A code that is known decides something, even if a password is a part of it.
            code: refusal
                .error_code
                .as_str()
                .and_then(ErrorCode::named)
                .or_else(|| quoted(&refusal.error_code).map(|code| code.as_str().into())),
            message: quoted(&refusal.error).or_else(|| quoted(&refusal.message)),
            // Half a link leads nowhere.
            log: quoted(&refusal.link)
                .filter(|link| link.starts_with("https://") || link.starts_with("http://"))
                .filter(|link| !link.ends_with('…')),
        }
    }
}

/// The body as an object, with the members of a refusal.
fn object(body: &[u8]) -> Option<wire::ErrorBody> {
    // Serde would read an array as well, member by member.
    let body = body.trim_ascii_start();
    let refusal = body.starts_with(b"{").then(|| serde_json::from_slice(body));
    refusal?.ok()
}

/// The part of a text that is no JSON which people may want to read.
fn quotable(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.chars().next()? {
        // JSON that was cut short, perhaps in front of or behind a secret.
        '{' | '[' | '"' => None,
        '<' => title(text),
        // What follows may be JSON, too.
        _ => text.split('{').next(),
    }
}

fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let begin = lower.find("<title>")? + "<title>".len();
    let end = begin + lower[begin..].find("</title>")?;
    Some(&html[begin..end])
}

/// One short line of a text, without secrets and without characters that a terminal obeys.
pub(super) fn quote(text: &str, secrets: &[&SecretString]) -> Option<String> {
    let needles = needles(secrets);
    let (mut line, mut length) = (String::new(), 0);
    let (mut hidden_until, mut space) = (0, false);
    for (at, c) in text.char_indices() {
        let begins_hidden = at >= hidden_until;
        for needle in &needles {
            if text[at..].starts_with(needle.as_str()) {
                hidden_until = hidden_until.max(at + needle.len());
            }
        }
        let shown = match (at < hidden_until, c) {
            (true, _) if begins_hidden => "[redacted]",
            (true, _) => continue,
            (false, c) if c.is_whitespace() || !is_printable(c) => {
                space = true;
                continue;
            }
            (false, c) => &text[at..at + c.len_utf8()],
        };
        if length >= LONGEST_QUOTE {
            line.push('…');
            break;
        }
        if std::mem::take(&mut space) && !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        line.push_str(shown);
        length += shown.chars().count();
    }
    (!line.is_empty()).then_some(line)
}

/// The secrets as they are, as JSON writes them, and as Go's JSON does, which is what the service
/// is written in.
fn needles(secrets: &[&SecretString]) -> Vec<String> {
    let forms = |secret: &&SecretString| {
        let plain = secret.expose_secret().to_owned();
        let quoted = Value::from(plain.as_str()).to_string();
        let escaped = quoted[1..quoted.len() - 1].to_owned();
        let for_html = escaped.replace('<', "\\u003c").replace('>', "\\u003e");
        [plain, escaped, for_html.replace('&', "\\u0026")]
    };
    let mut needles: Vec<_> = secrets.iter().flat_map(forms).collect();
    needles.retain(|needle| !needle.is_empty());
    needles
}

/// No control characters, and none that change the direction of the text around them.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ErrorResponse {
        ErrorResponse::read(body.as_bytes(), &[&"canary".into(), &"say \"hi\"".into()])
    }

    #[test]
    fn the_api_s_own_form() {
        let link = "https://services.cloud.mongodb.com/groups/1/apps/2/logs?co_id=3";
        let refusal = read(&format!(
            r#"{{"error":"API key not found","error_code":"APIKeyNotFound","link":"{link}"}}"#
        ));
        assert_eq!(refusal.code, Some(ErrorCode::APIKeyNotFound));
        assert_eq!(refusal.message.as_deref(), Some("API key not found"));
        assert_eq!(refusal.log.as_deref(), Some(link));
    }

    #[test]
    fn other_bodies_give_a_line_or_nothing() {
        for (body, line) in [
            (r#"{"error":"only this"}"#, Some("only this")),
            (r#"{"error":"","error_code":"","link":""}"#, None),
            (
                r#"{"message":"Too many requests"}"#,
                Some("Too many requests"),
            ),
            (r#"{"error":{"deep":"value"},"message":17}"#, None),
            (r#"{"_id":"1","key":"another secret"}"#, None),
            (r#"{"_id":"1","key":"another sec"#, None),
            (r#"["another secret"]"#, None),
            ("\"another secret\"", None),
            ("", None),
            (" \n", None),
            (
                "upstream connect\nerror\u{1b}[31m!\u{202e}",
                Some("upstream connect error [31m!"),
            ),
            (
                "\u{feff}<HTML><Title>502 Bad\nGateway</Title>another secret",
                Some("502 Bad Gateway"),
            ),
            (r#"1f {"_id":"1","key":"another secret"}"#, Some("1f")),
            ("<html><body>no title</body></html>", None),
            (
                "you sent canary, canary",
                Some("you sent [redacted], [redacted]"),
            ),
            (
                r#"{"error":"bad: {\"password\":\"say \\\"hi\\\"\"}"}"#,
                Some(r#"bad: {"password":"[redacted]"}"#),
            ),
        ] {
            assert_eq!(read(body).message.as_deref(), line, "{body}");
            assert_eq!(read(body).log, None);
        }
    }

    #[test]
    fn a_secret_that_is_part_of_a_known_code_hides_only_other_texts() {
        let body = br#"{"error":"no Key","error_code":"APIKeyNotFound"}"#;
        let refusal = ErrorResponse::read(body, &[&"Key".into()]);
        assert_eq!(refusal.code, Some(ErrorCode::APIKeyNotFound));
        assert_eq!(refusal.message.as_deref(), Some("no [redacted]"));
        let body = br#"{"error_code":"MyKey"}"#;
        let refusal = ErrorResponse::read(body, &[&"Key".into()]);
        assert_eq!(refusal.code, Some(ErrorCode::from("My[redacted]")));
    }

    #[test]
    fn no_part_of_a_secret_is_left_and_no_secret_spoils_another() {
        let secrets: Vec<SecretString> = ["abc", "bcd", "red", "e", "<&>", "two words"]
            .map(SecretString::from)
            .into();
        let secrets: Vec<_> = secrets.iter().collect();
        for (text, line) in [
            ("xabcdx", "x[redacted]x"),
            ("abcabc", "[redacted][redacted]"),
            ("ee", "[redacted][redacted]"),
            ("a red fox", "a [redacted] fox"),
            ("<&> \\u003c\\u0026\\u003e", "[redacted] [redacted]"),
            ("two words", "[redacted]"),
            ("ab", "ab"),
        ] {
            assert_eq!(quote(text, &secrets).as_deref(), Some(line), "{text}");
        }
        let long = format!("{}{}", " ".repeat(1 << 20), "abc ".repeat(1 << 20));
        assert!(quote(&long, &secrets).unwrap().chars().count() <= LONGEST_QUOTE + 20);
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        let message = read(&"é".repeat(9000)).message.unwrap();
        assert_eq!(message.chars().count(), LONGEST_QUOTE + 1);
        assert!(message.ends_with('…'));
    }

    #[test]
    fn success_may_hide_a_refusal() {
        for (body, refused) in [
            (r#"{"error":"x"}"#, true),
            (r#"{"error_code":"InternalServerError"}"#, true),
            (r#" {"error":{"message":"x"}}"#, true),
            (r#"{"error":null,"error_code":""}"#, false),
            (r#"{"_id":"1","name":"error"}"#, false),
            (r#"[{"error":"x"}]"#, false),
            (r#"["x"]"#, false),
            ("", false),
            ("error", false),
        ] {
            assert_eq!(
                ErrorResponse::in_success(body.as_bytes(), &[]).is_some(),
                refused,
                "{body}"
            );
        }
    }
}
