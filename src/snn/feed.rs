//! What is fed to populations from outside.

/// What one population gets from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// A constant current per neuron, in membrane units, in place of its bias; of units with a
    /// current that lasts ([`super::Cuba`]) in place of their drive.
    Current(Vec<i32>),
    /// The spikes of an input population.
    Spikes(Train),
}

/// Spikes of a population, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Train {
    /// By step, from the first on: neuron (`[height, width, channels]`) and its spikes, sorted by
    /// neuron, each once.
    pub steps: Vec<Vec<(u32, i32)>>,
    /// By step: the same spikes one by one, as neuron and time within the step in picoseconds, in
    /// order of time; for chips without steps. Empty: all at the beginning of the step.
    pub moments: Vec<Vec<(u32, u64)>>,
}

impl Train {
    /// Those of a step, from 1 on; none after the last.
    pub fn at(&self, step: usize) -> &[(u32, i32)] {
        step.checked_sub(1).and_then(|n| self.steps.get(n)).map_or(&[], Vec::as_slice)
    }

    /// Most spikes of a neuron in a step.
    pub fn most(&self) -> i32 {
        self.steps.iter().flatten().map(|&(_, count)| count).max().unwrap_or(0)
    }

    /// All spikes.
    pub fn spikes(&self) -> u64 {
        self.steps.iter().flatten().map(|&(_, count)| u64::from(count.unsigned_abs())).sum()
    }
}

impl Fed {
    /// The constant currents, if that is what it is.
    pub fn current(&self) -> Option<&[i32]> {
        match self {
            Fed::Current(current) => Some(current),
            Fed::Spikes(_) => None,
        }
    }

    /// The spikes, if that is what it is.
    pub fn spikes(&self) -> Option<&Train> {
        match self {
            Fed::Spikes(train) => Some(train),
            Fed::Current(_) => None,
        }
    }
}

impl FromIterator<i32> for Fed {
    fn from_iter<I: IntoIterator<Item = i32>>(current: I) -> Fed {
        Fed::Current(current.into_iter().collect())
    }
}

impl From<Vec<i32>> for Fed {
    fn from(current: Vec<i32>) -> Fed {
        Fed::Current(current)
    }
}
