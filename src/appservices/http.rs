use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;
use tracing::debug;

use super::attempts::Attempts;
use super::call::{Call, Destination};
use super::circuit_breaker::CircuitBreaker;
use super::concurrency_limiter::ConcurrencyLimiter;
use super::error_response::ErrorResponse;
use super::limits::{LimitReached, Limits};
use super::retry::{Backoff, Outcome};
use super::transport::{Answer, Transport};
use super::wire::Malformed;
use super::{Error, ErrorKind, Settings};

/// What sends: the only path of a request to the server.
pub(super) struct Http {
    pub(super) transport: Transport,
    breaker: CircuitBreaker,
    limiter: ConcurrencyLimiter,
    pub(super) backoff: Backoff,
    pub(super) request_timeout: Duration,
    /// What the credentials have in them that no error may quote.
    secrets: Vec<SecretString>,
}

impl Http {
    pub(super) fn new(settings: &Settings, backoff: Backoff) -> Result<Http, String> {
        Ok(Http {
            transport: Transport::new(settings)?,
            breaker: CircuitBreaker::new(),
            limiter: ConcurrencyLimiter::new(settings.max_concurrent_requests),
            backoff,
            request_timeout: settings.request_timeout,
            secrets: settings.credentials.secrets(),
        })
    }

    /// A retry budget, for one request of an operation that begins now.
    pub(super) fn attempts(&self, limits: &Limits) -> Attempts {
        Attempts::new(limits, self.backoff)
    }

    /// Sends a call until it succeeds, is refused for good, or the retries or the limits are used
    /// up. `decode` reads the body of a success.
    pub(super) async fn send<T>(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let mut admission = self.breaker.admit(&attempts.limits).await?;
        loop {
            let kind = match self.attempt(call, to, attempts, &decode).await? {
                Ok(value) => {
                    self.breaker.answered();
                    return Ok(value);
                }
                Err(kind) => kind,
            };
            let outcome = kind.outcome().unwrap_or(Outcome::Permanent);
            attempts.note(call.idempotency, outcome);
            let is_cut_short =
                matches!(kind, ErrorKind::TimedOut { limit, .. } if limit < self.request_timeout);
            let error = Error::after(kind, call.phase, attempts.stats());
            if outcome.is_unavailable() {
                if admission.is_trial || self.breaker.is_open() {
                    attempts.give_up();
                }
            } else if outcome != Outcome::Permanent {
                self.breaker.answered();
            }
            let wait = attempts.wait_after(call.idempotency, outcome);
            let reached = match wait {
                _ if outcome.is_rate_limit() => {
                    let least = outcome.retry_after().unwrap_or(self.backoff.first);
                    self.limiter.pause(wait.unwrap_or(least), &error);
                    match wait {
                        // The limiter waits, for this call and all others.
                        Some(_) => continue,
                        None => None,
                    }
                }
                Some(wait) => match attempts.limits.sleep(wait).await {
                    Ok(()) => continue,
                    Err(reached) => Some(reached),
                },
                None if is_cut_short => Some(LimitReached::DeadlinePassed),
                None => None,
            };
            let tried = attempts.are_used_up() || reached == Some(LimitReached::DeadlinePassed);
            if tried && !is_cut_short && outcome.is_unavailable() {
                admission.failed(attempts.began, call.key, &error);
            }
            return Err(match reached {
                Some(reached) => {
                    let kind = ErrorKind::limit(reached, Some(error));
                    Error::after(kind, call.phase, attempts.stats())
                }
                None => error,
            });
        }
    }

    /// Sends a call once, when it may begin. The outer error is the caller's own: it may begin
    /// nothing any more.
    async fn attempt<T>(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Result<T, ErrorKind>, Error> {
        let permit = self
            .limiter
            .acquire(&attempts.limits, attempts.is_due_now());
        let _permit = permit
            .await
            .map_err(|kind| Error::after(kind, call.phase, attempts.stats()))?;
        let attempt = attempts.count();
        let began = Instant::now();
        let limit = attempts.limits.timeout(self.request_timeout);
        let answer = self.transport.exchange(call, to, limit).await;
        debug!(
            method = %call.method,
            path = call.template,
            status = answer.as_ref().ok().map(|answer| answer.status.as_u16()),
            error = answer.as_ref().err().map(ToString::to_string),
            attempt,
            elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request",
        );
        Ok(answer.and_then(|answer| self.judge(answer, to, decode)))
    }

    /// Tells a success from everything else.
    fn judge<T>(
        &self,
        answer: Answer,
        to: Destination<'_>,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, ErrorKind> {
        let secrets: Vec<_> = to.token.into_iter().chain(&self.secrets).collect();
        let (status, origin) = (answer.status, to.base.origin());
        if status.is_redirection() {
            let target = answer.redirect;
            return Err(ErrorKind::Redirected {
                origin,
                status,
                target,
            });
        }
        let refusal = if status.is_success() {
            ErrorResponse::in_success(&answer.body, &secrets)
        } else {
            Some(ErrorResponse::read(&answer.body, &secrets))
        };
        if let Some(ErrorResponse { code, message, log }) = refusal {
            return Err(ErrorKind::Refused {
                origin,
                status,
                code,
                message,
                log,
                retry_after: answer.retry_after,
            });
        }
        decode(&answer.body).map_err(|Malformed(detail)| ErrorKind::Decode {
            origin,
            status,
            detail,
        })
    }
}
