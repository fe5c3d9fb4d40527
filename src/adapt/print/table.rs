//! Text in columns.

use std::fmt;

/// Widest column, in characters (ours: one long cell must not push all others off the screen).
pub(crate) const COLUMN_CHARS_MAX: usize = 60;

/// Deepest level of nesting that is shown by indentation (ours: keeps the output linear in the number of rows).
pub(crate) const INDENT_LEVELS_MAX: usize = 20;

/// Rows whose cells stand below each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<String>),
    Note(String),
}

impl Table {
    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Row::Cells(cells.into()));
    }

    /// Adds a line that belongs to the row above, is indented as its first cell and takes no part in the columns.
    pub(crate) fn note(&mut self, text: String) {
        self.rows.push(Row::Note(text));
    }

    /// Returns whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the width of each column: that of its widest cell which is not too wide.
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                let chars = cell.chars().count();
                if chars <= COLUMN_CHARS_MAX {
                    *width = chars.max(*width);
                }
            }
        }
        widths
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let mut indent = 0;
        for row in &self.rows {
            let cells = match row {
                Row::Note(text) => {
                    writeln!(f, "{:indent$}      {text}", "")?;
                    continue;
                }
                Row::Cells(cells) => cells,
            };
            indent = cells
                .first()
                .map_or(0, |cell| cell.chars().take_while(|c| *c == ' ').count());
            // Spaces are held back until something follows them, so that no line ends in one.
            let mut spaces = 2;
            for (width, cell) in widths.iter().zip(cells) {
                let chars = cell.chars().count();
                if chars > 0 {
                    write!(f, "{:spaces$}{cell}", "")?;
                    spaces = 0;
                }
                spaces += width.saturating_sub(chars);
                // A column without cells takes no space.
                spaces += if *width == 0 && chars == 0 { 0 } else { 2 };
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Returns the first cell of a row that stands a number of levels inside another.
pub(crate) fn nested(level: usize, text: &str) -> String {
    let indent = 2 * level.min(INDENT_LEVELS_MAX);
    let more = match level.checked_sub(INDENT_LEVELS_MAX) {
        None | Some(0) => String::new(),
        Some(more) => format!("(+{more} levels) "),
    };
    format!("{:indent$}{more}{text}", "")
}

#[cfg(test)]
mod tests {
    use super::{COLUMN_CHARS_MAX, INDENT_LEVELS_MAX, Table, nested};

    #[test]
    fn cells_stand_below_each_other() {
        let mut table = Table::default();
        table.row(["a".into(), "".into(), "1".into(), "x".into()]);
        table.row(["ccc".into(), "".into(), "".into(), "y".into()]);
        table.note("about ccc".into());
        table.row(["äö".into(), "".into(), "22".into(), "".into()]);
        assert_eq!(
            table.to_string(),
            "  a    1   x\n  ccc      y\n      about ccc\n  äö   22\n"
        );
    }

    #[test]
    fn long_cell_moves_its_own_row_only() {
        let mut table = Table::default();
        let long = "x".repeat(COLUMN_CHARS_MAX + 1);
        table.row([long.clone(), "1".into()]);
        table.row(["a".into(), "2".into()]);
        assert_eq!(table.to_string(), format!("  {long}  1\n  a  2\n"));
    }

    #[test]
    fn indentation_ends_somewhere() {
        assert_eq!(nested(1, "a"), "  a");
        let text = nested(INDENT_LEVELS_MAX + 5, "a");
        assert_eq!(text.trim_start(), "(+5 levels) a");
        assert!(nested(1 << 30, "a").len() < 100);
    }
}
