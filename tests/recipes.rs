//! Recipes as text, and what their choices do to small networks.

use crate::convert::{Build, HALF, STEPS, float};
use proptest::prelude::*;
use spikemesh::ann::op::{self, Add, Clip, Concat, LeakyRelu};
use spikemesh::ann::{Graph, Op, Shape};
use spikemesh::convert::{MaxPool, Neuron, RECIPES, Recipe, Settings, convert, currents, outputs};
use spikemesh::engine::functional::layered;
use spikemesh::snn::{Connection, Model, Weights};

/// Two leaky layers with a pool between them, a residual sum that two layers read, a head.
fn small(activation: Op) -> Graph {
    let mut b = Build::new();
    let conv = b.conv(0, 4, 1);
    let a = b.same(activation.clone(), conv);
    let conv = b.conv(a, 4, 1);
    let sum = b.op(Op::Add(Add), &[a, conv], Shape::new(4, 8, 8));
    let p = b.pooled(sum);
    let pool = b.op(Op::MaxPool(op::MaxPool { window: HALF }), &[sum], p);
    let conv = b.conv(pool, 4, 1);
    let c = b.same(activation.clone(), conv);
    let both = b.op(Op::Add(Add), &[pool, c], p);
    let conv = b.conv(both, 4, 1);
    let d = b.same(activation, conv);
    let last = b.op(Op::Concat(Concat), &[both, d], Shape::new(8, 4, 4));
    let head = b.conv(last, 3, 1);
    b.graph(head)
}

fn leaky() -> Graph {
    small(Op::LeakyRelu(LeakyRelu { alpha: 0.1 }))
}

/// sum|spiking - float| / sum|float| of the head, in the steps after those that it leaves out.
fn error(graph: &Graph, settings: &Settings, steps: usize) -> f64 {
    let values = float(graph);
    let conversion = convert(graph, &[&values], settings).unwrap();
    let populations = &conversion.network.populations;
    let mut sums: Vec<Vec<i32>> = populations.iter().map(|p| vec![0; p.shape.neurons()]).collect();
    let mut before = vec![];
    let after = settings.readout_after.of(steps);
    let last = populations.len() - 1;
    layered(
        &conversion.network,
        &currents(&conversion, &values[graph.input]).unwrap(),
        steps,
        |o| {
            let channels = populations[o.population].shape.channels;
            for position in 0..o.spikes.positions() {
                for spike in o.spikes.at(position) {
                    sums[o.population][position * channels + spike.channel()] += spike.count();
                }
            }
            if matches!(populations[o.population].model, Model::Readout(_)) {
                sums[o.population].clone_from_slice(o.membranes);
            }
            if o.population == last && o.step == after {
                before.clone_from(&sums[last]);
            }
        },
    );
    sums[last].iter_mut().zip(&before).for_each(|(sum, before)| *sum -= before);
    let spiking = outputs(&conversion, &sums, steps - after);
    let truth = &values[graph.heads[0].node];
    let off: f32 = spiking[0].iter().zip(truth).map(|(s, f)| (s - f).abs()).sum();
    f64::from(off / truth.iter().map(|f| f.abs()).sum::<f32>())
}

fn error_of(graph: &Graph, recipe: &str, steps: usize) -> f64 {
    let error = error(graph, &Recipe::parse(recipe).unwrap().settings(graph).unwrap(), steps);
    println!("{recipe} T={steps}: {error:.4}");
    error
}

#[test]
fn every_choice_that_keeps_the_network_converges() {
    let graph = leaky();
    for (recipe, limit) in [
        ("paper", 0.05),
        ("paper-strict", 0.05),
        ("paper,pool=telescoping", 0.04),
        ("paper,norm=layer", 0.06),
        ("paper,lambda=max", 0.05),
        ("paper,burst=4/4", 0.04),
        ("paper,residual=add-population", 0.05),
        ("paper,residual=forward", 0.05),
        ("paper,readout=count", 0.06),
        ("paper,neuron=tracking", 0.03),
        ("best", 0.02),
        ("best,residual=forward", 0.02),
        ("best,readout=count", 0.02),
        ("best,weights=6", 0.08),
        ("paper,weights=16", 0.05),
        ("best,weights=12", 0.02),
        ("best,weights=16", 0.02),
    ] {
        let error = error_of(&graph, recipe, STEPS);
        assert!(error < limit, "{recipe}: {error}");
    }
}

/// Units that follow a curve: bounds on both sides, and a slope that falls.
#[test]
fn curves_converge_in_a_few_steps() {
    let clip = small(Op::Clip(Clip { low: -0.3, high: 0.6 }));
    let falling = small(Op::LeakyRelu(LeakyRelu { alpha: -0.25 }));
    for graph in [&clip, &falling] {
        let curves = |model: &Model| matches!(model, Model::Curve(_));
        let values = float(graph);
        let settings = Recipe::best().settings(graph).unwrap();
        assert_eq!(settings.burst, (31, 15));
        let network = convert(graph, &[&values], &settings).unwrap().network;
        assert_eq!(network.populations.iter().filter(|p| curves(&p.model)).count(), 3);
        for (recipe, steps, limit) in [
            ("best,burst=127/31", 1, 0.10),
            ("best,burst=127/31", 4, 0.04),
            ("best", 8, 0.04),
            ("best", 64, 0.02),
            ("best,weights=16", 64, 0.01),
        ] {
            let error = error_of(graph, recipe, steps);
            assert!(error < limit, "{recipe}, {steps} steps: {error}");
        }
        let plain = Recipe::parse("paper").unwrap().settings(graph).unwrap();
        let refused = convert(graph, &[&values], &plain).unwrap_err().to_string();
        assert!(refused.contains("which `best` takes"), "{refused}");
    }
}

#[test]
fn wide_weights_are_finer_as_far_as_the_membrane_allows() {
    let graph = leaky();
    let values = float(&graph);
    let largest = |recipe: &str, membrane_bits| {
        let settings = Recipe::parse(recipe).unwrap().settings(&graph).unwrap();
        let network =
            convert(&graph, &[&values], &Settings { membrane_bits, ..settings }).unwrap().network;
        let weights = network.projections.iter().filter_map(|p| match &p.connection {
            Connection::Conv(conv) => Some(&conv.weights),
            _ => None,
        });
        let largest = |w: &Weights| (0..w.len()).map(|n| w.get(n).abs()).max();
        let words = weights.clone().all(|w| matches!(w, Weights::Words(_)));
        (words, weights.filter_map(largest).max().unwrap())
    };
    assert_eq!(largest("best", 32), (false, 127));
    assert_eq!(largest("paper,weights=9", 32), (true, 255));
    let [wide, narrow] = [32, 20].map(|membrane_bits| largest("best,weights=16", membrane_bits).1);
    println!("{wide} {narrow}");
    assert!(wide > 1000 && (127..wide).contains(&narrow), "{wide} {narrow}");
    // With many steps the weights are what is left of the error.
    let error = |recipe| error_of(&graph, recipe, 1024);
    assert!(error("best,weights=12") < 0.5 * error("best"));
}

#[test]
fn choices_that_change_the_network_leave_an_error() {
    let graph = leaky();
    let paper = error_of(&graph, "paper,after=0", STEPS);
    for (recipe, times) in [
        ("paper,negative=none,after=0", 1.3),
        ("paper,pool=average,after=0", 3.0),
        ("best,weights=2", 3.0),
    ] {
        let error = error_of(&graph, recipe, STEPS);
        assert!(error > times * paper, "{recipe}: {error} beside {paper}");
    }
    // A pool that forgets converges to something else; one that remembers to the maximum.
    let or = error_of(&graph, "paper,pool=or,after=0", STEPS);
    assert!(or > error_of(&graph, "paper,pool=telescoping,after=0", STEPS), "{or}");
}

#[test]
fn tracking_is_ahead_of_plain_integration() {
    let graph = leaky();
    for steps in [8, 16, 32] {
        let plain = error_of(&graph, "paper,after=0", steps);
        let tracking = error_of(&graph, "best", steps);
        assert!(tracking < plain, "{steps}: {tracking} {plain}");
    }
}

#[test]
fn a_clip_stays_a_clip() {
    let graph = small(Op::Clip(Clip { low: 0.0, high: 0.6 }));
    for recipe in ["best", "best,burst=2/1", "best,neuron=if,burst=7/7", "paper,burst=16/4"] {
        let error = error_of(&graph, recipe, 64);
        assert!(error < 0.06, "{recipe}: {error}");
    }
    let settings = Recipe::parse("paper,burst=16/4").unwrap().settings(&graph).unwrap();
    let conversion = convert(&graph, &[&float(&graph)], &settings).unwrap();
    let Model::If(unit) = &conversion.network.populations[0].model else { panic!("no if unit") };
    assert_eq!(unit.burst, 4);
}

#[test]
fn symmetric_thresholds_saturate() {
    // The negative drive is up to ten times what one spike a step can carry away.
    let graph = leaky();
    let symmetric = error_of(&graph, "paper,negative=symmetric", STEPS);
    let imbalanced = error_of(&graph, "paper", STEPS);
    assert!(symmetric > imbalanced, "{symmetric} {imbalanced}");
    let bursts = error_of(&graph, "paper,negative=symmetric,burst=16/1", STEPS);
    assert!(bursts < 0.1, "{bursts}");
}

#[test]
fn recipes_by_name() {
    let graph = leaky();
    let of = |text: &str| Recipe::parse(text).unwrap().settings(&graph).unwrap();
    assert_eq!(of("paper"), Settings::default());
    assert_eq!(of("norm=layer"), of("paper,norm=layer"));
    assert_eq!(of("paper-strict").initial, 0.0);
    assert_eq!(of("paper,pool=or,pool=average").pool, MaxPool::Average);
    assert_eq!((of("best").neuron, of("best").burst), (Neuron::Tracking, (31, 4)));
    let clipped = small(Op::Clip(Clip { low: 0.0, high: 6.0 }));
    let best = Recipe::parse("best").unwrap().settings(&clipped).unwrap();
    assert_eq!((best.neuron, best.burst), (Neuron::Tracking, (4, 4)));
    assert_eq!(
        of("paper").describe(),
        "neuron=if,burst=1/1,norm=channel,lambda=p99.9,statistic=absolute,clip=clip,negative=imbalanced,\
         v0=0.5,thresholds=one,rescale=on,phases=one,pool=gate,residual=auto,readout=membrane,after=half,weights=8,\
         rounding=nearest,segments=512,input=same,delivery=balanced"
    );
}

#[test]
fn a_list_of_recipes() {
    let list = Recipe::parse_list("paper,norm=layer,best,burst=7/7,v0=0").unwrap();
    let texts: Vec<_> = list.iter().map(Recipe::to_string).collect();
    assert_eq!(texts, ["paper,norm=layer", "best,burst=7/7,v0=0"]);
    assert!(Recipe::parse_list("paper,bset").is_err());
}

#[test]
fn wrong_recipes_are_explained() {
    for (text, part) in [
        ("bset", "`bset` is no recipe; a text starts with one of paper-strict, paper, best"),
        ("norm=layer,paper", "`paper` is no recipe"),
        ("", "`` is no recipe"),
        ("paper,speed=9", "no setting `speed`; known settings are neuron, burst, norm, lambda"),
        ("paper,norm=row", "norm cannot be `row`; it is `layer` or `channel`"),
        ("paper,burst=0/4", "burst cannot be `0/4`"),
        ("paper,burst=3000/4", "up to n spikes a step (1 to 2047)"),
        ("paper,lambda=99", "max, or p and a percentile"),
        ("paper,lambda=p101", "lambda cannot be"),
        ("paper,v0=NaN", "v0 cannot be `NaN`"),
        ("paper,weights=17", "bits of a weight, 2 to 16"),
        ("best,segments=7", "straight pieces of the table of a curve, 8 to 4096"),
        ("best,rounding=up", "rounding cannot be `up`; it is `nearest` or `mean`"),
        ("paper,after=-1", "after cannot be `-1`"),
    ] {
        let message = Recipe::parse(text).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
    for text in
        ["paper,negative=symmetric,neuron=tracking", "paper,negative=symmetric,pool=telescoping"]
    {
        let refused = Recipe::parse(text).unwrap().settings(&leaky()).unwrap_err().to_string();
        assert!(refused.starts_with("setting `negative`: symmetric"), "{refused}");
    }
}

proptest! {
    #[test]
    fn descriptions_read_back(
        name in prop::sample::select(RECIPES.to_vec()),
        burst in (1..128u32, 1..128u32),
        percentile in 0.0..100.0f64,
        v0 in 0.0..1.0f64,
        after in 0..2000usize,
        rest in prop::sample::subsequence(
            vec!["norm=layer", "statistic=signed", "clip=statistic", "negative=none", "pool=or",
                "residual=forward", "readout=count", "weights=3", "delivery=unbalanced"], 0..9),
    ) {
        let (n, d) = burst;
        let text = format!("{name},burst={n}/{d},lambda=p{percentile},v0={v0},after={after}");
        let text = [vec![text.as_str()], rest].concat().join(",");
        let graph = leaky();
        let settings = Recipe::parse(&text).unwrap().settings(&graph).unwrap();
        let again = Recipe::parse(&settings.describe()).unwrap().settings(&graph).unwrap();
        prop_assert_eq!(&again, &settings);
        prop_assert_eq!(Recipe::parse(&text).unwrap().to_string(), text);
    }
}
