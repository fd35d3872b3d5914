//! What `adtap top` shows: the tables of `adtap status`, and the latest activities below them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Paragraph, Row, Table as Grid};

use crate::health::{Severity, Status, Table, tables};

/// Most lines of a table.
const MAX_ROWS: usize = 12;

/// One look at the daemon.
#[derive(Debug)]
pub(super) struct View {
    pub(super) status: Status,
    /// Lines, oldest first.
    pub(super) activities: Vec<String>,
    /// Why there is no newer look.
    pub(super) trouble: Option<String>,
    pub(super) colours: bool,
}

impl View {
    /// Draws everything that there is room for; what happens last gets what is left.
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let head = self.head();
        let tables: Vec<Table> = tables::all(&self.status);
        let mut heights = vec![Constraint::Length(height(head.len()))];
        heights.extend(
            tables
                .iter()
                .map(|table| Constraint::Length(height(table.rows.len().clamp(1, MAX_ROWS) + 2))),
        );
        heights.push(Constraint::Min(3));
        let areas = Layout::vertical(heights).split(frame.area());
        let mut areas = areas.iter().copied();
        if let Some(area) = areas.next() {
            frame.render_widget(Paragraph::new(head), area);
        }
        for (table, area) in tables.iter().zip(areas.by_ref()) {
            self.table(frame, table, area);
        }
        if let Some(area) = areas.next() {
            self.latest(frame, area);
        }
    }

    /// How it is, and what is the matter.
    fn head(&self) -> Vec<Line<'static>> {
        let mut lines: Vec<_> = tables::summary(&self.status).into_iter().map(Line::from).collect();
        for alert in self.status.open() {
            let finding = &alert.finding;
            let text = format!("[{}] {}: {}", alert.number, finding.severity, finding.what);
            lines.push(Line::styled(text, self.severity(finding.severity)));
        }
        if let Some(trouble) = &self.trouble {
            lines.push(Line::styled(trouble.clone(), self.severity(Severity::High)));
        }
        lines
    }

    fn table(&self, frame: &mut Frame<'_>, table: &Table, area: Rect) {
        let block = Block::new().borders(Borders::TOP).title(table.title);
        if table.rows.is_empty() {
            frame.render_widget(Paragraph::new(table.none).block(block), area);
            return;
        }
        let rows = table.rows.iter().take(MAX_ROWS).map(|row| Row::new(row.clone()));
        let head = Row::new(table.head.clone()).style(Style::new().add_modifier(Modifier::BOLD));
        let grid = Grid::new(rows, widths(table))
            .header(head)
            .column_spacing(2)
            .block(block);
        frame.render_widget(grid, area);
    }

    /// The latest at the bottom.
    fn latest(&self, frame: &mut Frame<'_>, area: Rect) {
        let room = usize::from(area.height.saturating_sub(1));
        let from = self.activities.len().saturating_sub(room);
        let lines: Vec<_> = self
            .activities
            .iter()
            .skip(from)
            .map(|line| self.activity(line))
            .collect();
        let block = Block::new().borders(Borders::TOP).title("Latest activities (q ends)");
        frame.render_widget(Paragraph::new(lines).block(block), area);
    }

    fn activity<'a>(&self, line: &'a str) -> Line<'a> {
        let failed = line.contains('✗');
        Line::styled(
            line,
            if failed {
                self.severity(Severity::Low)
            } else {
                Style::new()
            },
        )
    }

    fn severity(&self, severity: Severity) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        match severity {
            Severity::Low if !self.colours => Style::new(),
            _ if !self.colours => bold,
            Severity::Low => Style::new().fg(Color::Yellow),
            Severity::Medium => bold.fg(Color::Yellow),
            Severity::High => bold.fg(Color::Red),
        }
    }
}

fn height(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// Each column as wide as its widest cell; the last gets what is left.
fn widths(table: &Table) -> Vec<Constraint> {
    let width = |at: usize, head: &str| {
        let cells = table.rows.iter().filter_map(|row| row.get(at));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
        Constraint::Length(height(widest.max(head.chars().count())))
    };
    let mut widths: Vec<_> = table
        .head
        .iter()
        .enumerate()
        .map(|(at, head)| width(at, head))
        .collect();
    if let Some(last) = widths.last_mut() {
        *last = Constraint::Fill(1);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::examples;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    #[test]
    fn everything_is_on_the_screen() {
        let view = View {
            status: examples::status(),
            activities: (1..=40)
                .map(|number| format!("2026-11-20 08:26:40.{number:03} ✓ activity {number}"))
                .collect(),
            trouble: None,
            colours: false,
        };
        let mut terminal = Terminal::new(TestBackend::new(110, 40)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        insta::assert_snapshot!(terminal.backend());
        let mut small = Terminal::new(TestBackend::new(20, 5)).unwrap();
        small.draw(|frame| view.draw(frame)).unwrap();
    }
}
