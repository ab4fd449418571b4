//! How an app runs `local-userpass`.

use std::str::FromStr;

/// How users of `local-userpass` are confirmed and get over a forgotten password.
///
/// The app's functions are not run here. What one would say of a user stands in `verdicts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalUserpass {
    /// How a user who registers is confirmed; before, there is no login.
    pub confirmation: Confirmation,
    /// How a user gets another password.
    pub password_reset: PasswordReset,
    /// What both functions say of the user of this address. Of any other, the one that confirms says `pending` at the
    /// registration and `success` when it is run again, and the one that resets says `success`.
    pub verdicts: Vec<(String, Verdict)>,
    /// Whether `/emulator/mails` shows over HTTP what users are sent, to anybody who can connect.
    pub mail_endpoint: bool,
}

impl LocalUserpass {
    pub(in crate::emulator) fn verdict(&self, email: &str, otherwise: Verdict) -> Verdict {
        let mut verdicts = self.verdicts.iter();
        let own = verdicts.find(|(address, _)| address == email);
        own.map_or(otherwise, |&(_, verdict)| verdict)
    }
}

/// How users who register are confirmed. Parses from `auto`, `email` or `function`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// At once.
    #[default]
    Auto,
    /// By the token in an e-mail.
    Email,
    /// By the verdict of a function, or later by the token that the function was given.
    Function,
}

/// How users get another password. Parses from `email` or `function`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordReset {
    /// By the token in an e-mail.
    #[default]
    Email,
    /// By the verdict of a function, or later by the token that the function was given.
    Function,
}

/// What a function of the app says of a user. Parses from `success`, `pending` or `fail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Success,
    /// It will be done with the token.
    Pending,
    /// It is refused.
    Fail,
}

impl FromStr for Confirmation {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "email" => Ok(Self::Email),
            "function" => Ok(Self::Function),
            _ => Err("expected auto, email or function"),
        }
    }
}

impl FromStr for PasswordReset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "email" => Ok(Self::Email),
            "function" => Ok(Self::Function),
            _ => Err("expected email or function"),
        }
    }
}

impl FromStr for Verdict {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "success" => Ok(Self::Success),
            "pending" => Ok(Self::Pending),
            "fail" => Ok(Self::Fail),
            _ => Err("expected success, pending or fail"),
        }
    }
}
