use reqwest::Response;
use zeroize::Zeroizing;

/// The longest answer that is read; a user's keys fit a thousand times.
pub(super) const MAX_BODY: usize = 4 << 20;

/// The body, or none if it is longer than anything the API sends.
pub(super) async fn read(mut response: Response) -> reqwest::Result<Option<Zeroizing<Vec<u8>>>> {
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let mut body = Zeroizing::new(Vec::with_capacity(announced.unwrap_or(4096).min(MAX_BODY)));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Ok(None);
        }
        append(&mut body, &chunk);
    }
    Ok(Some(body))
}

/// As `extend_from_slice`, which would leave copies behind when it grows the buffer.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let length = body.len() + chunk.len();
    if length > body.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(length.max(2 * body.capacity())));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_grows_by_copies_that_are_wiped() {
        let mut body = Zeroizing::new(Vec::with_capacity(4));
        for chunk in [&b"ab"[..], b"cdefghijkl", b"", b"m"] {
            append(&mut body, chunk);
        }
        assert_eq!(body.as_slice(), b"abcdefghijklm");
    }
}
