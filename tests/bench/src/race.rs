//! Contenders that do the same work, timed side by side.
//!
//! Contract: all contenders take turns in one process, lap by lap, each lap with another one first. A figure is the median of
//! its laps with the least and the most; a ratio is the median of the ratios of laps of the same round, so that what slows the
//! machine for a while slows both sides of it. Nothing here judges a figure.

use std::hint::black_box;

use serde::Serialize;

/// Tells nanoseconds since some start.
pub type Clock = fn() -> f64;

/// How much work goes into a row.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Laps of each contender.
    pub rounds: usize,
    /// What a lap should take, in nanoseconds.
    pub lap: f64,
    /// The most operations of a lap.
    pub most: usize,
}

/// So many operations.
type Lap<'a> = dyn FnMut(&mut Stopwatch, usize) + 'a;

/// One of those who do the same work.
pub struct Contender<'a> {
    name: &'static str,
    lap: Box<Lap<'a>>,
    operations: usize,
}

/// Measures the part of a lap that counts.
pub struct Stopwatch {
    clock: Clock,
    nanos: f64,
}

/// What a contender needed for one operation, in nanoseconds, and that over the first contender's.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Who.
    pub name: &'static str,
    /// Nanoseconds for one operation.
    pub nanos: Spread,
    /// Its time over that of the first contender in the same round.
    pub ratio: Spread,
}

/// A median, and how far it may be off.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    /// Half of the values are below.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Effort {
    /// What the tables in the documentation are made with.
    pub const FULL: Effort = Effort { rounds: 41, lap: 500_000.0, most: 1 << 16 };
    /// Seconds instead of minutes.
    pub const QUICK: Effort = Effort { rounds: 7, lap: 100_000.0, most: 1 << 14 };
    /// Everything runs once.
    pub const SMOKE: Effort = Effort { rounds: 1, lap: 1_000.0, most: 16 };
}

impl<'a> Contender<'a> {
    /// Who does so many operations of the work in a lap, and starts the stopwatch for the part that counts.
    pub fn new(name: &'static str, lap: impl FnMut(&mut Stopwatch, usize) + 'a) -> Contender<'a> {
        Contender { name, lap: Box::new(lap), operations: 1 }
    }

    /// Whose operations take one item after the other.
    pub fn over<T, R>(name: &'static str, items: &'a [T], mut work: impl FnMut(&T) -> R + 'a) -> Contender<'a> {
        let mut at = 0;
        Contender::new(name, move |watch, operations| {
            watch.time(|| {
                for _ in 0..operations {
                    at = if at + 1 < items.len() { at + 1 } else { 0 };
                    black_box(&work(black_box(&items[at])));
                }
            });
        })
    }

    /// Nanoseconds for one operation.
    fn run(&mut self, clock: Clock) -> f64 {
        let mut watch = Stopwatch { clock, nanos: 0.0 };
        (self.lap)(&mut watch, self.operations);
        watch.nanos / self.operations as f64
    }

    /// Finds how many operations make a lap.
    fn calibrate(&mut self, clock: Clock, effort: Effort) {
        loop {
            let spent = self.run(clock) * self.operations as f64;
            let wanted = (effort.lap / spent.max(1.0)).clamp(1.0, 16.0);
            let next = (self.operations as f64 * wanted).min(effort.most as f64) as usize;
            if next <= self.operations + self.operations / 4 {
                return;
            }
            self.operations = next;
        }
    }
}

impl Stopwatch {
    /// Does what counts.
    pub fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let start = (self.clock)();
        let result = work();
        self.nanos += (self.clock)() - start;
        result
    }
}

/// Lets all contenders do the work in turns.
pub fn race(clock: Clock, effort: Effort, contenders: &mut [Contender<'_>]) -> Vec<Figure> {
    for contender in contenders.iter_mut() {
        contender.calibrate(clock, effort);
    }
    let mut laps: Vec<Vec<f64>> = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for round in 0..effort.rounds {
        for turn in 0..contenders.len() {
            let who = (round + turn) % contenders.len();
            laps[who].push(contenders[who].run(clock));
        }
    }
    let names = contenders.iter().map(|contender| contender.name);
    names.zip(figures(&laps)).map(|(name, (nanos, ratio))| Figure { name, nanos, ratio }).collect()
}

/// Of each contender's laps, what they took and that over the first contender's lap of the same round.
pub fn figures(laps: &[Vec<f64>]) -> impl Iterator<Item = (Spread, Spread)> {
    let ratio = |(own, first): (&f64, &f64)| own / first.max(f64::MIN_POSITIVE);
    let spreads =
        move |own: &Vec<f64>| (Spread::of(own.iter().copied()), Spread::of(own.iter().zip(&laps[0]).map(ratio)));
    laps.iter().map(spreads)
}

impl Spread {
    /// The spread of some values, at least one.
    pub fn of(values: impl Iterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        Spread { median: values[values.len() / 2], min: values[0], max: values[last] }
    }
}
