//! Cost classes of neurons: the one list that models name, chips count by, and profiles price.

use std::fmt;

/// Makes [`Class`] and what is known of all: a line for each class.
macro_rules! classes {
    ($($class:ident $name:literal $about:literal;)*) => {
        /// A cost class of neurons, which a profile may price separately.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Class {
            $(#[doc = $about] $class,)*
        }

        impl Class {
            /// All, in the order in which activities count them.
            pub const ALL: &[Class] = &[$(Class::$class),*];

            /// Their names, in that order.
            pub const NAMES: &[&str] = &[$($name),*];
        }
    };
}

classes! {
    If "if" "Adds up and fires.";
    Gate "gate" "Passes the spikes of the input that sent most.";
    Telescoping "telescoping" "Sends the change of a maximum.";
    Relay "relay" "Sends on what arrived.";
    Readout "readout" "Adds up and is read.";
    Tracking "tracking" "Sends what its input changes, or follows a curve of it.";
    Or "or" "Sends the largest count of a step.";
    Lif "lif" "Leaks, and fires.";
    Cuba "cuba" "Leaks, has a current that lasts, and fires.";
    Li "li" "Leaks, and is read.";
    Input "input" "Sends what it is fed.";
    TrueNorth "truenorth" "TrueNorth's neuron, of networks from CSV.";
}

impl Class {
    /// The name in profiles and reports.
    pub fn name(self) -> &'static str {
        Class::NAMES[self as usize]
    }

    /// That of this name.
    pub fn named(name: &str) -> Option<Class> {
        Class::ALL.iter().copied().find(|class| class.name() == name)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_their_own_and_in_the_order_of_all() {
        for (n, class) in Class::ALL.iter().enumerate() {
            assert_eq!((*class as usize, Class::named(class.name())), (n, Some(*class)));
        }
        assert_eq!(Class::named("default"), None);
    }
}
