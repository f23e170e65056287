//! How many requests, and how fast.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::outcome::Reason;

/// How often the way to a host may fail before it is not tried again: without a network, each try costs a timeout.
const MAX_FAILURES: u32 = 2;

/// Time that passes, so that tests need not wait for it.
pub(crate) trait Clock: Debug + Send + Sync {
    /// Time since some start.
    fn now(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration);
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct Machine(Instant);

impl Machine {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Machine {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

#[derive(Debug, Default)]
struct State {
    requests: usize,
    /// By host: when the next request may go out.
    next: BTreeMap<String, Duration>,
    failures: BTreeMap<String, u32>,
    stopped: BTreeSet<String>,
}

/// Lets requests through: so many in all, one per host and interval, none to a host that had enough.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    most: usize,
    state: Mutex<State>,
    clock: Box<dyn Clock>,
}

impl Pace {
    pub(crate) fn new(interval: Duration, most: usize, clock: Box<dyn Clock>) -> Self {
        Self { interval, most, state: Mutex::default(), clock }
    }

    /// Waits until a request to this host may go out.
    ///
    /// # Errors
    /// When it may not go out in this run.
    pub(crate) fn take(&self, host: &str) -> Result<(), Reason> {
        let wait = {
            let mut state = self.state();
            if state.stopped.contains(host) {
                return Err(Reason::Stopped);
            }
            if state.requests >= self.most {
                return Err(Reason::Limit(self.most));
            }
            state.requests += 1;
            let now = self.clock.now();
            let at = state.next.get(host).map_or(now, |next| now.max(*next));
            state.next.insert(host.to_owned(), at.saturating_add(self.interval));
            at.saturating_sub(now)
        };
        // With the state free again: requests to other hosts do not wait for this one.
        if !wait.is_zero() {
            self.clock.sleep(wait);
        }
        Ok(())
    }

    /// No more requests to this host in this run.
    pub(crate) fn stop(&self, host: &str) {
        self.state().stopped.insert(host.to_owned());
    }

    /// The way to this host failed.
    pub(crate) fn failed(&self, host: &str) {
        let mut state = self.state();
        let failures = state.failures.entry(host.to_owned()).or_default();
        *failures += 1;
        if *failures >= MAX_FAILURES {
            state.stopped.insert(host.to_owned());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is whole, whatever a thread that held it did afterwards.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A clock that only sleeping moves.
    #[derive(Clone, Debug, Default)]
    struct Fake(Arc<Mutex<Duration>>);

    impl Clock for Fake {
        fn now(&self) -> Duration {
            *self.0.lock().expect("no test panics with it")
        }

        fn sleep(&self, time: Duration) {
            *self.0.lock().expect("no test panics with it") += time;
        }
    }

    fn millis(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn a_host_is_asked_once_an_interval_and_others_do_not_wait() {
        let clock = Fake::default();
        let pace = Pace::new(millis(200), 100, Box::new(clock.clone()));
        let mut times = Vec::new();
        for host in ["a.example", "a.example", "b.example", "a.example", "b.example"] {
            assert_eq!(pace.take(host), Ok(()));
            times.push(clock.now());
        }
        assert_eq!(times, [0, 200, 200, 400, 400].map(millis));
    }

    #[test]
    fn time_that_passed_anyway_is_not_waited_for() {
        let clock = Fake::default();
        let pace = Pace::new(millis(200), 100, Box::new(clock.clone()));
        assert_eq!(pace.take("a.example"), Ok(()));
        clock.sleep(millis(150));
        assert_eq!(pace.take("a.example"), Ok(()));
        assert_eq!(clock.now(), millis(200));
        clock.sleep(millis(1000));
        assert_eq!(pace.take("a.example"), Ok(()));
        assert_eq!(clock.now(), millis(1200));
    }

    #[test]
    fn a_run_makes_no_more_requests_than_it_may() {
        let pace = Pace::new(Duration::ZERO, 2, Box::new(Fake::default()));
        assert_eq!(pace.take("a.example"), Ok(()));
        assert_eq!(pace.take("b.example"), Ok(()));
        assert_eq!(pace.take("c.example"), Err(Reason::Limit(2)));
    }

    #[test]
    fn a_host_that_cannot_be_reached_is_not_tried_for_ever() {
        let pace = Pace::new(Duration::ZERO, 10, Box::new(Fake::default()));
        pace.failed("a.example");
        assert_eq!(pace.take("a.example"), Ok(()));
        pace.failed("a.example");
        assert_eq!(pace.take("a.example"), Err(Reason::Stopped));
        assert_eq!(pace.take("b.example"), Ok(()));
    }

    #[test]
    fn a_host_that_had_enough_is_left_alone() {
        let pace = Pace::new(Duration::ZERO, 10, Box::new(Fake::default()));
        pace.stop("a.example");
        assert_eq!(pace.take("a.example"), Err(Reason::Stopped));
        assert_eq!(pace.take("b.example"), Ok(()));
    }
}
