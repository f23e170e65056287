//! What detect-secrets calls the things that detectors find.

use std::collections::BTreeMap;

use crate::detector::Detectors;
use crate::scan::Secret;

/// The plugins of detect-secrets 1.5.0, and what each calls its finds.
pub(super) const PLUGINS: &[(&str, &str)] = &[
    ("ArtifactoryDetector", "Artifactory Credentials"),
    ("AWSKeyDetector", "AWS Access Key"),
    ("AzureStorageKeyDetector", "Azure Storage Account access key"),
    ("Base64HighEntropyString", "Base64 High Entropy String"),
    ("BasicAuthDetector", "Basic Auth Credentials"),
    ("CloudantDetector", "Cloudant Credentials"),
    ("DiscordBotTokenDetector", "Discord Bot Token"),
    ("GitHubTokenDetector", "GitHub Token"),
    ("GitLabTokenDetector", "GitLab Token"),
    ("HexHighEntropyString", "Hex High Entropy String"),
    ("IbmCloudIamDetector", "IBM Cloud IAM Key"),
    ("IbmCosHmacDetector", "IBM COS HMAC Credentials"),
    ("IPPublicDetector", "Public IP (ipv4)"),
    ("JwtTokenDetector", "JSON Web Token"),
    ("KeywordDetector", KEYWORD),
    ("MailchimpDetector", "Mailchimp Access Key"),
    ("NpmDetector", "NPM tokens"),
    ("OpenAIDetector", "OpenAI Token"),
    ("PrivateKeyDetector", "Private Key"),
    ("PypiTokenDetector", "PyPI Token"),
    ("SendGridDetector", "SendGrid API Key"),
    ("SlackDetector", "Slack Token"),
    ("SoftlayerDetector", "SoftLayer Credentials"),
    ("SquareOAuthDetector", "Square OAuth Secret"),
    ("StripeDetector", "Stripe Access Key"),
    ("TelegramBotTokenDetector", "Telegram Bot Token"),
    ("TwilioKeyDetector", "Twilio API Key"),
];

const KEYWORD: &str = "Secret Keyword";
const BASIC_AUTH: &str = "Basic Auth Credentials";

/// The plugin that has this type.
pub(super) fn plugin_of(kind: &str) -> Option<&'static str> {
    PLUGINS.iter().find(|(_, known)| *known == kind).map(|(class, _)| *class)
}

/// detect-secrets' type for each detector.
///
/// A type that detect-secrets does not know breaks it: `detect-secrets audit` stops with a traceback at the first such
/// entry. So what none of its plugins looks for is called what its most general one calls its finds.
#[derive(Clone, Debug, Default)]
pub struct TypeNames(BTreeMap<String, &'static str>);

impl TypeNames {
    /// The types of these detectors, by their aliases (`detect-secrets:AWSKeyDetector`).
    #[must_use]
    pub fn of(detectors: &Detectors) -> Self {
        let named = detectors.all().iter().filter_map(|detector| {
            let class = detector.aliases.iter().find_map(|alias| alias.strip_prefix("detect-secrets:"))?;
            let (_, kind) = PLUGINS.iter().find(|(known, _)| *known == class)?;
            Some((detector.id.clone(), *kind))
        });
        Self(named.collect())
    }

    /// The type of a secret.
    #[must_use]
    pub fn name(&self, secret: &Secret) -> &'static str {
        match self.0.get(&secret.detector) {
            Some(kind) => kind,
            None if secret.detector.ends_with("url-password") => BASIC_AUTH,
            None => KEYWORD,
        }
    }
}
