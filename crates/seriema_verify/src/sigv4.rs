//! Signature version 4 of AWS, for a form that is posted to the root of a host.
//!
//! Source: AWS, "Signature Version 4 for API requests".

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};

/// What to sign with, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'s> {
    pub(crate) key_id: &'s str,
    pub(crate) secret: &'s str,
    pub(crate) region: &'s str,
    pub(crate) service: &'s str,
}

/// The headers that a signature adds.
pub(crate) struct Signed {
    /// `X-Amz-Date`.
    pub(crate) date: String,
    /// `Authorization`.
    pub(crate) authorization: String,
}

impl Signer<'_> {
    /// Signs a request to `/` without a query; `headers` in lower case and sorted, `host` and `x-amz-date` not among them.
    pub(crate) fn sign(
        self,
        method: &str,
        host: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        time: Timestamp,
    ) -> Signed {
        let time = time.to_zoned(TimeZone::UTC);
        let day = time.strftime("%Y%m%d").to_string();
        let date = time.strftime("%Y%m%dT%H%M%SZ").to_string();

        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend([("host", host), ("x-amz-date", date.as_str())]);
        all.sort_unstable();
        let lines: String = all.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let request = format!("{method}\n/\n\n{lines}\n{names}\n{}", hash(body));

        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(request.as_bytes()));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day.as_str(), self.region, self.service, "aws4_request"] {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key_id
        );
        Signed { date, authorization }
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of AWS's own test suite, in parts: it is no secret, but it looks like one.
    fn signed(method: &str, headers: &[(&str, &str)], body: &str) -> Signed {
        let secret = format!("wJalrXUtnFEMI/K7MDENG+bPxRfi{}", "CYEXAMPLEKEY");
        let signer = Signer { key_id: "AKIDEXAMPLE", secret: &secret, region: "us-east-1", service: "service" };
        let time = "2015-08-30T12:36:00Z".parse().expect("a time");
        signer.sign(method, "example.amazonaws.com", headers, body.as_bytes(), time)
    }

    #[test]
    fn requests_of_the_test_suite_are_signed_as_it_says() {
        let signed_get = signed("GET", &[], "");
        assert_eq!(signed_get.date, "20150830T123600Z");
        assert_eq!(
            signed_get.authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        let post = signed("POST", &[("content-type", "application/x-www-form-urlencoded")], "Param1=value1");
        assert!(
            post.authorization.ends_with("Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
            "{}",
            post.authorization
        );
    }
}
