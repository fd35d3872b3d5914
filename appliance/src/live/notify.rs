//! What systemd is told (sd_notify(3)); nothing where nobody listens.

use sd_notify::NotifyState;

/// Everything runs; the sentence is shown by `systemctl status`.
pub(super) fn ready(sentence: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(sentence)]);
}

/// A new configuration is being looked at; [`ready`] follows whatever comes of it.
pub(super) fn reloading() {
    // systemd wants to know since when; without a clock it can do without the news.
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

/// The end has begun.
pub(super) fn stopping(sentence: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(sentence)]);
}

/// Every worker has moved since the last time.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}
