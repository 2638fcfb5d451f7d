//! The rules of one direction and family: a grid of remotes and protocols.

use std::collections::HashMap;
use std::num::NonZeroU32;

use wire::IpProtocol;

use super::cells::{Cell, Cells, Claim, Intervals, Winner};
use super::rows::{ClassRows, RowIndex};
use crate::memory;
use crate::model::{Protocol, RuleSpec};
use crate::remote::{ClassIndex, Remotes, SelectorIndex, Survey};

/// A compiled grid.
#[derive(Clone, Debug)]
pub(super) struct Half {
    columns: Columns,
    cells: Cells,
    /// The cells column by column, because packets have few protocols and many remotes. In a column are the rules for any remote, then
    /// those for each of the selectors, then those for several at once.
    grid: Vec<Vec<Cell>>,
    /// In ascending order; the row of each is its place, counted from 1.
    selectors: Vec<SelectorIndex>,
    rows: ClassRows,
    /// Every class below has its row in `rows`, unless it is in none of the selectors.
    surveyed: ClassIndex,
}

/// Which column a protocol has. The first one is for all that no rule names.
#[derive(Clone, Debug)]
struct Columns {
    width: usize,
    /// `None` where no rule names a protocol.
    by_protocol: Option<Box<[u16; 256]>>,
}

/// How much may be laid out beforehand for classes: their entries, and the cells and intervals of rows for several selectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) base: usize,
    pub(crate) per_rule: usize,
}

impl Allowance {
    /// At most about 16 KiB, and 256 bytes a rule.
    const USUAL: Allowance = Allowance { base: 1024, per_rule: 16 };
}

impl Default for Half {
    /// No rule.
    fn default() -> Half {
        Half {
            columns: Columns { width: 1, by_protocol: None },
            cells: Cells::default(),
            grid: vec![vec![Cell::EMPTY]],
            selectors: Vec::new(),
            rows: ClassRows::of(&[]),
            surveyed: ClassIndex::NOWHERE,
        }
    }
}

/// A rule with its rank.
type Ranked<'r> = (u32, &'r RuleSpec, Option<SelectorIndex>);

/// The row of the rules for any remote.
const ANY: usize = 0;

/// The column of all protocols that no rule names.
const OTHERS: usize = 0;

impl Half {
    /// Compiles enabled rules of one direction and family, in ascending rank.
    pub(super) fn compile(rules: Vec<Ranked<'_>>, survey: &Survey) -> Half {
        Half::compile_within(Allowance::USUAL, rules, survey)
    }

    pub(super) fn compile_within(allowance: Allowance, mut rules: Vec<Ranked<'_>>, survey: &Survey) -> Half {
        let allowed = allowance.base + allowance.per_rule * rules.len();
        let columns = Columns::of(rules.iter().filter_map(|(_, spec, _)| spec.protocol.number(spec.family)));
        // A stable order: ranks ascend within a row. `None`, any remote, comes first.
        rules.sort_by_key(|(_, _, selector)| *selector);
        let mut half = Half { grid: vec![vec![Cell::EMPTY]; columns.width], columns, ..Half::default() };
        for row in rules.chunk_by(|one, other| one.2 == other.2) {
            if let Some(selector) = row[0].2 {
                half.selectors.push(selector);
                half.grid.iter_mut().for_each(|column| column.push(Cell::EMPTY));
            }
            half.fill_last_row(row);
        }
        half.lay_out(allowed, survey);
        half.grid.iter_mut().for_each(Vec::shrink_to_fit);
        half.selectors.shrink_to_fit();
        half.cells.shrink_to_fit();
        half
    }

    /// The rule that decides, if any matches. The class is asked for only where a rule names a remote.
    #[inline]
    pub(super) fn winner(
        &self,
        protocol: IpProtocol,
        key: Option<u16>,
        class: impl FnOnce() -> ClassIndex,
        remotes: &Remotes,
    ) -> Option<Winner> {
        let column = &self.grid[self.columns.of_protocol(protocol)];
        let look = |row: usize| self.cells.winner(&column[row], key);
        let anyone = look(ANY);
        if self.selectors.is_empty() {
            return anyone;
        }
        let class = class();
        match self.rows.get(class) {
            Some(RowIndex(row)) => Winner::first(anyone, look(row.get() as usize)),
            None if class < self.surveyed => anyone,
            None => {
                let places =
                    remotes.selectors_of(class).iter().filter_map(|one| self.selectors.binary_search(one).ok());
                places.fold(anyone, |first, place| Winner::first(first, look(place + 1)))
            }
        }
    }

    /// Whether a rule names a protocol.
    pub(super) fn names(&self, protocol: IpProtocol) -> bool {
        self.columns.of_protocol(protocol) != OTHERS
    }

    /// The rows that are looked into for a class, besides the one for any remote.
    pub(super) fn rows(&self, class: ClassIndex, remotes: &Remotes) -> Vec<usize> {
        match self.rows.get(class) {
            Some(RowIndex(row)) => vec![row.get() as usize],
            None if class < self.surveyed => Vec::new(),
            None => {
                let selectors = remotes.selectors_of(class).iter();
                selectors.filter_map(|one| self.selectors.binary_search(one).ok()).map(|place| place + 1).collect()
            }
        }
    }

    /// What decides each key of a protocol, or of all that no rule names, in these rows; and where there is no key.
    pub(super) fn intervals(&self, protocol: Option<IpProtocol>, rows: &[usize]) -> (Intervals, Option<Winner>) {
        let column = protocol.map_or(OTHERS, |protocol| self.columns.of_protocol(protocol));
        let rows = [&ANY].into_iter().chain(rows);
        self.cells.merged_intervals(rows.map(|row| &self.grid[column][*row]))
    }

    /// Compiles the rules of one remote into the last row.
    fn fill_last_row(&mut self, rules: &[Ranked<'_>]) {
        let winner = |(rank, spec, _): &Ranked<'_>| Winner::new(*rank, spec.action);
        let of_all = rules.iter().find(|(_, spec, _)| spec.protocol == Protocol::Any).map(winner);
        let mut by_column: Vec<Vec<Ranked<'_>>> = vec![Vec::new(); self.columns.width];
        for rule in rules {
            if let Some(number) = rule.1.protocol.number(rule.1.family) {
                by_column[self.columns.of_protocol(number)].push(*rule);
            }
        }
        for (column, named) in self.grid.iter_mut().zip(by_column) {
            let cell = column.last_mut().expect("a column has the row of any remote at least");
            if named.is_empty() {
                *cell = Cell::Uniform(of_all);
                continue;
            }
            let everything = |winner| Claim { first: 0, last: u16::MAX, winner };
            let mut claims: Vec<Claim> = of_all.map(everything).into_iter().collect();
            let mut bare = of_all;
            for rule in &named {
                claims.extend(rule.1.protocol.keys().map(|(first, last)| Claim { first, last, winner: winner(rule) }));
                if rule.1.protocol.is_bare() {
                    claims.push(everything(winner(rule)));
                    bare = Winner::first(bare, Some(winner(rule)));
                }
            }
            *cell = self.cells.claimed(&claims, bare);
        }
    }

    /// Finds the rows of classes, and makes rows for classes that are in several selectors, as far as that is allowed.
    fn lay_out(&mut self, allowed: usize, survey: &Survey) {
        let rows = (1..).filter_map(NonZeroU32::new).map(RowIndex);
        // Classes from here on are more than is allowed already by a single selector.
        let beyond = self.selectors.iter().filter_map(|selector| survey.classes_of(*selector).get(allowed));
        self.surveyed = beyond.copied().min().unwrap_or(survey.end());
        let mut hits: Vec<(ClassIndex, RowIndex)> = Vec::new();
        for (row, selector) in rows.zip(&self.selectors) {
            let classes = survey.classes_of(*selector).iter().take_while(|class| **class < self.surveyed);
            hits.extend(classes.map(|class| (*class, row)));
        }
        hits.sort_unstable();
        let mut laid_out: Vec<(ClassIndex, RowIndex)> = Vec::new();
        let mut of_several: HashMap<Vec<RowIndex>, RowIndex> = HashMap::new();
        let (own_rows, own_cells) = (self.grid[OTHERS].len(), self.cells.size());
        for of_class in hits.chunk_by(|one, other| one.0 == other.0) {
            let class = of_class[0].0;
            let further_rows = self.grid[OTHERS].len() - own_rows;
            let spent = laid_out.len() + further_rows * self.columns.width + self.cells.size() - own_cells;
            if spent >= allowed {
                self.surveyed = class;
                break;
            }
            let row = match of_class {
                [(_, row)] => *row,
                several => {
                    let several: Vec<RowIndex> = several.iter().map(|(_, row)| *row).collect();
                    match of_several.get(&several) {
                        Some(row) => *row,
                        None => {
                            let row = self.merge_rows(&several);
                            of_several.insert(several, row);
                            row
                        }
                    }
                }
            };
            laid_out.push((class, row));
        }
        self.rows = ClassRows::of(&laid_out);
    }

    /// Adds the row in which the first in rank of several rows decides.
    fn merge_rows(&mut self, rows: &[RowIndex]) -> RowIndex {
        let row = u32::try_from(self.grid[OTHERS].len()).ok().and_then(NonZeroU32::new);
        for column in &mut self.grid {
            let merged = self.cells.merged(rows.iter().map(|row| &column[row.0.get() as usize]));
            column.push(merged);
        }
        RowIndex(row.expect("the first row is there"))
    }

    pub(super) fn bytes(&self) -> usize {
        let columns = self.columns.by_protocol.as_ref().map_or(0, |columns| size_of_val(&**columns));
        let cells: usize = self.grid.iter().map(memory::of_list).sum();
        let lists = cells + memory::of_list(&self.grid) + memory::of_list(&self.selectors);
        columns + lists + self.cells.bytes() + self.rows.bytes()
    }
}

impl Columns {
    fn of(named: impl Iterator<Item = IpProtocol>) -> Columns {
        let mut columns = Columns { width: 1, by_protocol: None };
        for number in named {
            let known = columns.by_protocol.get_or_insert_with(|| Box::new([0; 256]));
            let column = &mut known[usize::from(number.0)];
            if *column == 0 {
                *column = columns.width as u16;
                columns.width += 1;
            }
        }
        columns
    }

    fn of_protocol(&self, number: IpProtocol) -> usize {
        self.by_protocol.as_ref().map_or(0, |columns| usize::from(columns[usize::from(number.0)]))
    }
}
