//! Settings in pairs: weak ones and hardened ones.

use crate::Status;
use crate::testing::checklist;
