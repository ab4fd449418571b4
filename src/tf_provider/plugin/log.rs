//! Events to lines on stderr, in the form that the host reads: one JSON object each.

mod writer;

use std::fmt::{self, Write as _};

use serde_json::{Map, Value as Json, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

pub(super) use writer::flush;

/// The host reads lines of up to 64 KiB and no longer as JSON beyond that.
const LONGEST_TEXT: usize = 4 * 1024;

/// Sends events to stderr, down to the level that the environment asks for. Without a wish nothing is set up at all.
///
/// `author` is the path of a type of the provider's author, whose crate's events count too.
pub(super) fn install(provider: &str, author: &'static str, get: impl Fn(&str) -> Option<String>) {
    let level = level(provider, get);
    if level != LevelFilter::OFF {
        let author = crate_of(author);
        let subscriber = tracing_subscriber::registry().with(Hclog { level, author });
        // A subscriber that was set before stays.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

/// The most special variable counts, and a word that is no level means everything, as in Terraform.
fn level(provider: &str, get: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", provider.to_uppercase());
    let wish = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .iter()
        .find_map(|name| get(name).filter(|wish| !wish.is_empty()));
    match wish.map(|wish| wish.to_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

struct Hclog {
    level: LevelFilter,
    author: &'static str,
}

impl Hclog {
    /// Only events of this crate and of the author's: those of the transport may quote what they carry.
    fn hears(&self, target: &str) -> bool {
        let target = crate_of(target);
        target == crate_of(module_path!()) || target == self.author
    }
}

fn crate_of(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Spans always: events inside want their fields.
        self.hears(metadata.target()) && (metadata.is_span() || *metadata.level() <= self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in cx
            .event_scope(event)
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(parent) = span.extensions().get::<Fields>() {
                fields.0.extend(parent.0.clone());
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let message = match fields.0.remove("message") {
            Some(Json::String(message)) => message,
            _ => metadata.name().to_owned(),
        };
        let level = metadata.level().as_str().to_lowercase();
        writer::write(line((&level, metadata.target(), &message), fields));
    }
}

/// A line: the four keys that the host reads itself, all of them strings (it crashes on others), and the fields.
fn line((level, target, message): (&str, &str, &str), Fields(mut fields): Fields) -> Vec<u8> {
    // Six digits exactly, or the host takes the line for plain text.
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ");
    fields.insert("@level".into(), json!(level));
    fields.insert("@message".into(), json!(message));
    fields.insert("@module".into(), json!(target.replace("::", ".")));
    fields.insert("@timestamp".into(), json!(now.to_string()));
    let mut line = Json::Object(fields).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// The line that stands for those that the host did not read in time.
fn dropped(count: u64) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.0.insert("lines".into(), json!(count));
    line(("warn", module_path!(), "dropped lines of the log"), fields)
}

/// Tells in one ERROR line what the process leaves behind, whatever the log's level is: ids and names, never values.
pub(super) fn final_error(message: &str, left_behind: &[String]) {
    let mut fields = Fields::default();
    let left_behind = left_behind.join(", ");
    fields
        .0
        .insert("left_behind".into(), json!(shortened(&left_behind)));
    writer::write(line(("error", module_path!(), message), fields));
}

/// A text that is no line of the log, for the host to show as it is.
pub(super) fn plain(text: &str) {
    writer::write(text.as_bytes().to_vec());
}

/// The fields of an event or a span.
#[derive(Default)]
struct Fields(Map<String, Json>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Json) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, json!(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, json!(shortened(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.insert(field, json!(shortened(&text)));
    }
}

fn shortened(text: &str) -> &str {
    let end = text
        .char_indices()
        .map(|(start, _)| start)
        .take_while(|start| *start <= LONGEST_TEXT)
        .last();
    if text.len() <= LONGEST_TEXT {
        text
    } else {
        &text[..end.unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_of(variables: &[(&str, &str)]) -> LevelFilter {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        level("things", find)
    }

    #[test]
    fn the_most_special_variable_counts() {
        assert_eq!(level_of(&[]), LevelFilter::OFF);
        assert_eq!(level_of(&[("TF_LOG", "info")]), LevelFilter::INFO);
        assert_eq!(
            level_of(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "ERROR")]),
            LevelFilter::ERROR
        );
        assert_eq!(
            level_of(&[
                ("TF_LOG_PROVIDER", "TRACE"),
                ("TF_LOG_PROVIDER_THINGS", "off")
            ]),
            LevelFilter::OFF
        );
        assert_eq!(level_of(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        assert_eq!(level_of(&[("TF_LOG", "")]), LevelFilter::OFF);
    }

    #[test]
    fn the_authors_crate_is_heard_and_the_transport_is_not() {
        let log = Hclog {
            level: LevelFilter::TRACE,
            author: crate_of("things::provider::Things<things::Client>"),
        };
        for target in [module_path!(), "things", "things::client"] {
            assert!(log.hears(target), "{target}");
        }
        for target in ["h2::proto", "tonic", "things2", ""] {
            assert!(!log.hears(target), "{target}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "ä".repeat(LONGEST_TEXT);
        assert!(shortened(&text).len() <= LONGEST_TEXT);
        assert_eq!(shortened("short"), "short");
    }
}
