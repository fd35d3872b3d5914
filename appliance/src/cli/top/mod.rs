//! `adtap top`: the running daemon, second by second, in the terminal.

mod view;

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use clap::Args;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::cli::daemon::Daemon;
use crate::config::Config;
use crate::exit::{Code, Failure};
use view::View;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Watch the running daemon: controllers, rates, protocols, losses, alerts and the latest activities.
///
/// q ends it. Colours are left out where NO_COLOR is set.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the daemon answers [default: where the configuration lets it listen].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let daemon = Daemon::new(arguments.url.as_deref(), config);
    let first = look(&daemon)?;
    if !std::io::stdout().is_terminal() {
        let sentence = "adtap top needs a terminal; nothing was shown; use `adtap status` in scripts";
        return Err(Failure::new(Code::Usage, sentence).into());
    }
    let mut terminal = ratatui::try_init()?;
    let watched = watch(&mut terminal, &daemon, first);
    ratatui::restore();
    watched
}

/// Until q is pressed.
fn watch(terminal: &mut DefaultTerminal, daemon: &Daemon, mut view: View) -> anyhow::Result<()> {
    loop {
        terminal.draw(|frame| view.draw(frame))?;
        let next = Instant::now() + LOOK;
        while let Some(wait) = next.checked_duration_since(Instant::now()) {
            if event::poll(wait)? && ends(&event::read()?) {
                return Ok(());
            }
        }
        match look(daemon) {
            Ok(now) => view = now,
            Err(error) => view.trouble = Some(format!("{error:#}")),
        }
    }
}

fn ends(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press && (interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

fn look(daemon: &Daemon) -> anyhow::Result<View> {
    let status = daemon.read(&daemon.json()?)?;
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Ok(View {
        status,
        activities: daemon.activities()?,
        trouble: None,
        colours,
    })
}
