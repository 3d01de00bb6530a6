//! What fails, what is said, and what runs then.

/// A command that fails, and the same with the hint of its message applied.
pub struct Hint {
    /// Of the error, or `usage`.
    pub code: &'static str,
    /// What comes before, and succeeds.
    pub first: &'static str,
    pub fails: &'static str,
    /// A part of the message.
    pub says: &'static str,
    /// `{hint}` is the word behind that part; empty: the message ends with the command.
    pub works: &'static str,
}

/// A command that succeeds with a remark, and what the remark says to do.
pub struct Remark {
    pub first: &'static str,
    pub line: &'static str,
    pub says: &'static str,
    pub then: &'static str,
    /// Whether the remark is gone then.
    pub gone: bool,
}

/// Words for what many lines begin with.
pub const SHORT: [(&str, &str); 5] = [
    ("SMALL", "spikemesh run small.onnx --input picture.png --detector small.detector.toml"),
    ("TUNE", "spikemesh tune digits --steps 4 --search random --tolerance 1 --budget 1"),
    ("EVAL", "spikemesh eval --checkpoints 2 --limit 1"),
    ("CONVERT", "spikemesh convert digits --steps 2 --limit 1"),
    ("RANGES", "spikemesh calibrate small.onnx --detector small.detector.toml --input picture.png"),
];

const ADVISED: &str = "; this command runs: spikemesh ";

const fn hint(
    code: &'static str,
    fails: &'static str,
    says: &'static str,
    works: &'static str,
) -> Hint {
    Hint { code, first: "", fails, says, works }
}

const fn after(
    first: &'static str,
    code: &'static str,
    fails: &'static str,
    says: &'static str,
    works: &'static str,
) -> Hint {
    Hint { code, first, fails, says, works }
}

const fn remark(line: &'static str, says: &'static str, then: &'static str) -> Remark {
    Remark { first: "", line, says, then, gone: true }
}

/// Two labelled recordings.
const SET: &str =
    "cp train.npy short.npy; printf 'file,label\\ntrain.npy,0\\nshort.npy,1\\n' > set.csv";

/// By code; the first word behind a code of two rows tells them apart.
pub const HINTS: &[Hint] = &[
    hint(
        "E0101",
        "SMALL --profile odin,",
        "a name is missing beside a comma",
        "SMALL --profile odin --idealised",
    ),
    hint(
        "E0101",
        "SMALL --profile all,odin",
        "`all` stands alone",
        "SMALL --profile all --steps 2 --timing analytic",
    ),
    hint(
        "E0101",
        "TUNE --pictures 1 --judge 1 --profile odin,loihi2",
        "give one profile here, not a list",
        "TUNE --pictures 1 --judge 1 --profile loihi2",
    ),
    hint(
        "E0101",
        "TUNE --pictures 1 --judge 1 --profile all",
        "give one profile here, not all",
        "TUNE --pictures 1 --judge 1 --profile loihi2",
    ),
    hint(
        "E0103",
        "SMALL --set limits.fan_inn=300",
        "--set limits.fan_inn:1:8: unknown field `fan_inn`",
        "SMALL --set limits.fan_in=300",
    ),
    hint("E0203", "spikemesh run picture.png", "give it with --input", "SMALL"),
    hint(
        "E0205",
        "spikemesh inspect norse.nir",
        "give --dt, at most ",
        "spikemesh inspect norse.nir --dt {hint}",
    ),
    hint(
        "E0205",
        "spikemesh inspect in-steps.nir",
        "give a longer --dt",
        "spikemesh inspect in-steps.nir --dt 0.1",
    ),
    hint(
        "E0205",
        "spikemesh inspect in-steps.nir",
        "counts steps, --dt ",
        "spikemesh inspect in-steps.nir --dt {hint}",
    ),
    hint(
        "E0205",
        "spikemesh inspect two-steps.nir",
        "others 0.001 s; give --dt",
        "spikemesh inspect two-steps.nir --dt 0.001",
    ),
    hint("E0311", "EVAL --data nowhere", "check the path", "EVAL --data scenes"),
    hint("E0313", "EVAL --data empty", "is no known set", "EVAL --data scenes"),
    hint(
        "E0313",
        "TUNE --data empty --pictures 1",
        "unless --unlabelled takes the boxes",
        "TUNE --data scenes --unlabelled --pictures 1 --judge 1",
    ),
    after(
        "mkdir set; printf '{\"images\": [{\"id\": 1, \"file_name\": \"../picture.png\"}], \
         \"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 1, 9, 9]}], \
         \"categories\": [{\"id\": 1, \"name\": \"5\"}]}' > set/set.json",
        "E0319",
        "EVAL --data set",
        "give --allow-outside",
        "EVAL --data set --allow-outside",
    ),
    hint(
        "E0401",
        "spikemesh run digits --input nowhere.png",
        "check the path",
        "spikemesh run digits --input scenes/scene-00.png",
    ),
    hint(
        "E0401",
        "spikemesh run digits --calibrate nowhere",
        "check the path",
        "spikemesh run digits --calibrate scenes",
    ),
    hint(
        "E0503",
        "spikemesh run digits --max-memory 30MiB",
        "give --max-memory ",
        "spikemesh run digits --max-memory {hint}",
    ),
    hint(
        "E0203",
        "spikemesh inspect small.onnx --input-size 16x16",
        "leave out --input-size",
        "spikemesh inspect small.onnx",
    ),
    hint(
        "E0203",
        "spikemesh inspect free.onnx",
        "give it, such as --input-size ",
        "spikemesh inspect free.onnx --input-size {hint}",
    ),
    hint(
        "E0610",
        "spikemesh run digits-silu --recipe paper --steps 2 --timing analytic",
        ADVISED,
        "",
    ),
    hint(
        "E0609",
        "spikemesh run digits-silu --profile loihi2 --steps 1024 --timing analytic",
        "take --steps ",
        "spikemesh run digits-silu --profile loihi2 --steps {hint} --timing analytic",
    ),
    hint(
        "E0603",
        "SMALL --recipe best,after=5 --steps 2",
        "take more --steps, or a smaller `after`",
        "SMALL --recipe best,after=5 --steps 8",
    ),
    hint(
        "E0603",
        "SMALL --recipe best,after=5 --steps 2",
        "or a smaller `after`",
        "SMALL --recipe best,after=1 --steps 2",
    ),
    after(
        "RANGES --out a.ranges",
        "E0608",
        "SMALL --recipe best,lambda=p98 --calibrate a.ranges",
        "--calibrate PICTURES measures others",
        "SMALL --recipe best,lambda=p98 --calibrate picture.png",
    ),
    after(
        "touch a.spikemesh",
        "E0612",
        "CONVERT --out a.spikemesh",
        "choose another --out",
        "CONVERT --out b.spikemesh",
    ),
    after(
        "echo no network > a.spikemesh",
        "E0614",
        "spikemesh run a.spikemesh --input digits",
        "not a converted network",
        "CONVERT --out b.spikemesh && spikemesh run b.spikemesh --input digits",
    ),
    after(
        "echo no ranges > a.ranges",
        "E0622",
        "SMALL --calibrate a.ranges",
        "`spikemesh calibrate` writes them",
        "RANGES --out b.ranges && SMALL --calibrate b.ranges",
    ),
    after(
        "spikemesh calibrate digits --out a.ranges",
        "E0624",
        "SMALL --calibrate a.ranges",
        "`spikemesh calibrate` measures this one",
        "RANGES --out b.ranges && SMALL --calibrate b.ranges",
    ),
    after(
        "spikemesh calibrate digits --out a.ranges",
        "E0624",
        "SMALL --calibrate a.ranges",
        "ranges of another network",
        "SMALL",
    ),
    after(
        "touch a.ranges",
        "E0625",
        "RANGES --out a.ranges",
        "choose another --out",
        "RANGES --out b.ranges",
    ),
    hint("E0701", "SMALL --profile truenorth --steps 4", ADVISED, ""),
    hint("E0701", "SMALL --profile truenorth --split-fan-in --steps 4", ADVISED, ""),
    hint("E0701", "SMALL --set limits.fan_in=3 --split-fan-in --steps 4", ADVISED, ""),
    hint(
        "E0701",
        "SMALL --set limits.fan_in=60",
        "60 fan_in",
        "SMALL --set limits.fan_in=60 --split-fan-in",
    ),
    hint("E0701", "SMALL --set limits.membrane_bits=2", "limits.membrane_bits = 2", ""),
    after(
        "sed -i s/lif,0,1/lif,0,0/ net/neurons.csv",
        "E0701",
        "spikemesh run net --set limits.neurons_per_core=1",
        ADVISED,
        "",
    ),
    after(
        "printf 'id,model,tile,core_in_tile,input_decay\\n0,input,0,0,\\n1,lif,0,0,0.5\\n' \
         > net/neurons.csv",
        "E0701",
        "spikemesh run net --profile speck",
        ADVISED,
        "",
    ),
    after(
        "CONVERT --profile ideal-45nm --out a.spikemesh",
        "E0701",
        "spikemesh run a.spikemesh --input digits --profile loihi1-davies2018",
        "convert again with --profile ",
        "CONVERT --profile {hint} --out b.spikemesh && \
         spikemesh run b.spikemesh --input digits --profile loihi1-davies2018",
    ),
    hint(
        "E0702",
        "SMALL --set topology.board=[1,1] --set topology.mesh=[1,1]",
        "--idealised drops the limit",
        "SMALL --set topology.board=[1,1] --set topology.mesh=[1,1] --idealised",
    ),
    hint("E0702", "SMALL --set topology.board=[1,1] --set topology.mesh=[1,1]", ADVISED, ""),
    after(
        "spikemesh inspect digits --profile loihi2 --out m && \
         sed -n '1p;2p;2p' m/mapping.csv > a.csv",
        "E0703",
        "spikemesh run digits --profile loihi2 --placement a.csv",
        "a.csv, line 3",
        "spikemesh run digits --profile loihi2 --placement m/mapping.csv",
    ),
    after(
        "spikemesh inspect digits --profile loihi2 --out m && \
         sed -n '1p;2p;2p' m/mapping.csv > a.csv",
        "E0703",
        "spikemesh run digits --profile loihi2 --mapping a.csv",
        "core 0 stands in line 2 already",
        "spikemesh run digits --profile loihi2 --mapping m/mapping.csv",
    ),
    hint(
        "E0804",
        "SMALL --profile star.toml --timing sweep",
        "take --timing event or --timing analytic",
        "SMALL --profile star.toml --timing event",
    ),
    hint(
        "E0804",
        "SMALL --profile star.toml --timing sweep",
        "or --timing ",
        "SMALL --profile star.toml --timing analytic",
    ),
    hint("E0804", "SMALL --profile star.toml --timing sweep", ADVISED, ""),
    hint("E0804", "spikemesh run net --profile star.toml --timing sweep", ADVISED, ""),
    hint("E0804", "EVAL --profile star.toml --timing sweep", ADVISED, ""),
    hint("E0804", "TUNE --pictures 1 --judge 1 --profile star.toml --timing sweep", ADVISED, ""),
    hint("E0822", "spikemesh run net --profile odin", ADVISED, ""),
    hint(
        "E1007",
        "spikemesh run net --probe lif1:1",
        "did you mean `lif`?",
        "spikemesh run net --probe lif:1",
    ),
    hint(
        "E1008",
        "spikemesh run net --probe lif:7",
        "its last one is 1: --probe ",
        "spikemesh run net --probe {hint}",
    ),
    hint(
        "E1009",
        "spikemesh run net --probe input:0",
        "probe a neuron of another model",
        "spikemesh run net --probe lif:1",
    ),
    hint(
        "E1010",
        "spikemesh run digits --timing analytic --probe pool1:3",
        "such as --probe ",
        "spikemesh run digits --timing analytic --probe {hint}",
    ),
    hint("E0822", "spikemesh inspect net --profile odin", ADVISED, ""),
    hint(
        "E0831",
        "SMALL --profile speck --recipe paper",
        "--idealised drops what else the chip lacks",
        "SMALL --profile speck --recipe paper,pool=telescoping --steps 30 --idealised",
    ),
    hint(
        "E0832",
        "SMALL --profile speck --recipe best",
        "convert with --recipe ",
        "SMALL --profile speck --recipe {hint} --steps 30 --idealised",
    ),
    hint("E0832", "spikemesh inspect digits --profile speck --recipe best", ADVISED, ""),
    hint(
        "E0834",
        "SMALL --profile speck --idealised --recipe paper,pool=telescoping,phases=2@4",
        "convert with ",
        "SMALL --profile speck --idealised --recipe paper,pool=telescoping,{hint}",
    ),
    hint(
        "E1002",
        "SMALL --steps 2 --timing analytic --trace t.csv",
        "take --timing ",
        "SMALL --steps 2 --timing event --trace t.csv",
    ),
    hint(
        "E1003",
        "SMALL --profile ideal-45nm --set clock.sync=async --set clock.period_ns=1e6 \
         --recipe paper,pool=telescoping --trace t.csv",
        "such as ",
        "SMALL --profile loihi1-davies2018 --steps 2 --trace t.csv",
    ),
    hint(
        "E1006",
        "SMALL --steps 2 --trace t.csv --trace-steps 900..901",
        "give steps from ",
        "SMALL --steps 2 --trace t.csv --trace-steps {hint}..901",
    ),
    after("mkdir out", "E1101", "SMALL --out out", "choose another --out", "SMALL --out other"),
    after(
        "touch h.npz",
        "E1101",
        "SMALL --heads h.npz",
        "h.npz exists already; choose another --heads",
        "SMALL --heads other.npz",
    ),
    after(
        "touch t.csv",
        "E1101",
        "SMALL --trace t.csv",
        "t.csv exists already; choose another --trace",
        "SMALL --trace other.csv --steps 2",
    ),
    after(
        "touch mine.toml",
        "E1101",
        "spikemesh detector new digits --out mine.toml",
        "choose another --out",
        "spikemesh detector new digits --out other.toml",
    ),
    after(
        "echo mine > empty/validation.md",
        "E1102",
        "spikemesh validate --out empty",
        "choose another --out",
        "spikemesh validate --out other",
    ),
    hint(
        "E1103",
        "SMALL --out nowhere/..",
        "give --out a path that ends in a name",
        "SMALL --out name",
    ),
    after(
        "touch file",
        "E1104",
        "SMALL --out file/out",
        "choose an --out where you may write",
        "SMALL --out folder/out",
    ),
    after(
        "echo mine > out.journal",
        "E1202",
        "TUNE --pictures 1 --judge 1 --out out",
        "choose another --out",
        "TUNE --pictures 1 --judge 1 --out other",
    ),
    after(
        "echo '{\"format\":\"spikemesh tune journal\",\"version\":9}' > out.journal",
        "E1203",
        "TUNE --pictures 1 --judge 1 --out out",
        "choose another --out",
        "TUNE --pictures 1 --judge 1 --out other",
    ),
    after(
        "echo '{\"format\":\"spikemesh tune journal\",\"version\":3}' > out.journal",
        "E1204",
        "TUNE --pictures 1 --judge 1 --out out",
        "choose another --out",
        "TUNE --pictures 1 --judge 1 --out other",
    ),
    hint(
        "E1401",
        "CONVERT --nir d.nir",
        "NIR holds what --recipe ",
        "CONVERT --recipe {hint} --nir d.nir",
    ),
    hint(
        "E1402",
        "CONVERT --nir d.nir --recipe paper,v0=0,pool=average,negative=none,phases=2@4",
        "take phases=one",
        "CONVERT --nir d.nir --recipe paper,v0=0,pool=average,negative=none,phases=one",
    ),
    hint(
        "E2004",
        "spikemesh run digits --input - < empty",
        "send it again, or give a file",
        "spikemesh run digits --input - < picture.png",
    ),
    hint(
        "E2011",
        "spikemesh run small.onnx --detector small.detector.toml",
        "needs --input: a photograph",
        "SMALL",
    ),
    hint(
        "E0836",
        "spikemesh run snntorch.nir --dt 0.0001 --input train.npy --profile speck",
        "take a chip with steps, such as --profile loihi1-davies2018",
        "spikemesh run snntorch.nir --dt 0.0001 --input train.npy --profile loihi1-davies2018",
    ),
    hint(
        "E2036",
        "spikemesh run snntorch.nir --input long.npy",
        "take --steps 1024",
        "spikemesh run snntorch.nir --input long.npy --steps 1024",
    ),
    hint(
        "E2075",
        "spikemesh run camera.nir --dt 0.0000001 --input near.csv",
        "as in --bin 0.001",
        "spikemesh run camera.nir --dt 0.0000001 --input near.csv --bin 0.001",
    ),
    hint(
        "E0427",
        "spikemesh run camera.nir --input far.csv",
        "or leave them out with --events drop-outside",
        "spikemesh run camera.nir --input far.csv --events drop-outside",
    ),
    hint(
        "E0631",
        "spikemesh run crowd.nir --input crowd.npy --recipe weights=16 --profile spinnaker1",
        "take smaller weights with --recipe ",
        "spikemesh run crowd.nir --input crowd.npy --recipe {hint} --profile spinnaker1",
    ),
    hint("E2040", "spikemesh run digits --encode bytes", "leave it out", "spikemesh run digits"),
    hint(
        "E2040",
        "spikemesh run snntorch.nir --input train.npy --encode phase",
        "leave it out",
        "spikemesh run snntorch.nir --input train.npy",
    ),
    hint(
        "E2040",
        "spikemesh run snntorch.nir --input train.npy --calibrate picture.png",
        "leave it out",
        "spikemesh run snntorch.nir --input train.npy",
    ),
    after(
        SET,
        "E2040",
        "spikemesh tune snntorch.nir --data set.csv --pictures 1 --budget 2 --keep-v0",
        "leave it out",
        "spikemesh tune snntorch.nir --data set.csv --pictures 1 --budget 2",
    ),
    after(
        SET,
        "E2019",
        "spikemesh tune snntorch.nir --pictures 1 --budget 2",
        "give --data, a set of labelled recordings",
        "spikemesh tune snntorch.nir --data set.csv --pictures 1 --budget 2",
    ),
    hint(
        "E0635",
        "spikemesh run snntorch.nir --input train.npy --recipe thresholds=1/2",
        "give one for each that fires and is no output, in order: lif1",
        "spikemesh run snntorch.nir --input train.npy --recipe thresholds=2",
    ),
    hint("E2039", "spikemesh run digits --fidelity", "leave it out", "spikemesh run digits"),
    hint(
        "E2012",
        "spikemesh run net --input picture.png",
        "leave out --input and --calibrate",
        "spikemesh run net",
    ),
    hint(
        "E2013",
        "spikemesh run net --placement linear",
        "leave out --placement and --mapping",
        "spikemesh run net",
    ),
    hint(
        "E2013",
        "spikemesh inspect net --profile loihi2 --placement greedy",
        "leave out --placement and --mapping",
        "spikemesh inspect net --profile loihi2",
    ),
    after(
        "printf 'id,model\\n0,input\\n1,lif\\n' > net/neurons.csv && echo core,x,y,slot > a.csv",
        "E2048",
        "spikemesh run net --placement a.csv",
        "such as --placement ",
        "spikemesh run net --placement {hint}",
    ),
    after(
        "printf 'id,model\\n0,input\\n1,lif\\n' > net/neurons.csv",
        "E2049",
        "spikemesh run net --place-for latency",
        "take --place-for ",
        "spikemesh run net --place-for {hint}",
    ),
    after(
        "CONVERT --out a.spikemesh",
        "E1011",
        "spikemesh run a.spikemesh --input picture.png --idealised --place-for latency",
        "any other --place-for ",
        "spikemesh run a.spikemesh --input picture.png --idealised --place-for {hint}",
    ),
    hint(
        "E1012",
        "spikemesh run --profile speck --place-for latency",
        "take --place-for ",
        "spikemesh run --profile speck --place-for {hint}",
    ),
    after(
        "CONVERT --out a.spikemesh",
        "E2014",
        "spikemesh run a.spikemesh --input digits --recipe paper",
        "leave out --recipe and --calibrate",
        "spikemesh run a.spikemesh --input digits",
    ),
    after(
        "CONVERT --out a.spikemesh",
        "E2014",
        "spikemesh inspect a.spikemesh --profile loihi2 --recipe paper",
        "leave out --recipe",
        "spikemesh inspect a.spikemesh --profile loihi2",
    ),
    after(
        "CONVERT --out a.spikemesh",
        "E2015",
        "spikemesh run a.spikemesh --input digits --split-fan-in",
        "leave out --split-fan-in",
        "spikemesh run a.spikemesh --input digits",
    ),
    hint(
        "E2016",
        "spikemesh convert snntorch.nir --out s.spikemesh",
        "there is nothing to convert, and --nir FILE.nir writes it",
        "spikemesh convert snntorch.nir --nir s.nir",
    ),
    hint(
        "E2018",
        "spikemesh run digits --input scenes --steps 2 --trace t.csv",
        "take --limit ",
        "spikemesh run digits --input scenes --steps 2 --trace t.csv --limit {hint}",
    ),
    hint(
        "E2018",
        "SMALL --steps 2 --profile loihi2,ideal-45nm --trace t.csv",
        "name one with --profile",
        "SMALL --steps 2 --profile loihi2 --trace t.csv",
    ),
    hint(
        "E2019",
        "EVAL mine.onnx",
        "give --data, a set of labelled pictures",
        "EVAL mine.onnx --data scenes",
    ),
    hint(
        "E2019",
        "spikemesh tune mine.onnx --pictures 1",
        "give --data, a set of pictures",
        "TUNE --data scenes --pictures 1 --judge 1",
    ),
    hint(
        "E2019",
        "spikemesh calibrate mine.onnx --out a.ranges",
        "give --input, what is measured",
        "spikemesh calibrate mine.onnx --input scenes --out a.ranges",
    ),
    hint(
        "E2019",
        "spikemesh convert small.onnx --detector small.detector.toml --out a.spikemesh",
        "give --calibrate, what calibrates",
        "spikemesh convert small.onnx --detector small.detector.toml --out a.spikemesh \
         --calibrate picture.png",
    ),
    after(
        "RANGES --out a.ranges",
        "E2019",
        "spikemesh convert small.onnx --detector small.detector.toml --out a.spikemesh \
         --calibrate a.ranges",
        "give --input, what the report's spiking runs see",
        "spikemesh convert small.onnx --detector small.detector.toml --out a.spikemesh \
         --calibrate a.ranges --input picture.png",
    ),
    hint(
        "E2021",
        "EVAL --data empty --unlabelled",
        "holds no pictures",
        "EVAL --data scenes --unlabelled",
    ),
    hint(
        "E2025",
        "TUNE --data scenes --folds 50",
        "smaller --folds",
        "TUNE --data scenes --folds 2 --judge 2",
    ),
    hint(
        "E2026",
        "TUNE --data scenes --pictures 24",
        "smaller --pictures",
        "TUNE --data scenes --pictures 2 --judge 1",
    ),
    hint(
        "E2027",
        "TUNE --pictures 1 --judge 1 --two-phase --recipe paper,phases=2@4",
        "leave phases= out of --recipe",
        "TUNE --pictures 1 --judge 1 --two-phase --recipe paper",
    ),
    hint(
        "E2028",
        "spikemesh eval --limit 1 --checkpoints 8,4",
        "such as ",
        "spikemesh eval --limit 1 --checkpoints {hint}",
    ),
    after(
        "mkdir r",
        "E2029",
        "CONVERT --out a.spikemesh --report r",
        "choose another --report",
        "CONVERT --out a.spikemesh --report other",
    ),
    hint(
        "E2031",
        "SMALL --profile loihi2,ideal-45nm --heads h.npz",
        "name one with --profile",
        "SMALL --profile loihi2 --heads h.npz",
    ),
    hint(
        "E2031",
        "SMALL --profile loihi2,ideal-45nm --heads h.npz",
        "or leave out --heads",
        "SMALL --profile loihi2,ideal-45nm",
    ),
    hint("E2032", "spikemesh run net --recipe best", "leave out --recipe", "spikemesh run net"),
    hint(
        "E2032",
        "spikemesh inspect net --profile loihi2 --recipe best",
        "leave out --recipe",
        "spikemesh inspect net --profile loihi2",
    ),
    hint("E2033", "spikemesh inspect digts", "did you mean `digits`?", "spikemesh inspect digits"),
    hint(
        "E2047",
        "SMALL --profile loihi2,ideal-45nm --nir-data s.nir",
        "name one with --profile",
        "SMALL --profile loihi2 --nir-data s.nir",
    ),
    hint(
        "E2047",
        "SMALL --profile loihi2,ideal-45nm --nir-data s.nir",
        "or leave out --nir-data",
        "SMALL --profile loihi2,ideal-45nm",
    ),
    hint(
        "E2041",
        "SMALL --profile truenorth,odin --steps 4",
        "every profile refuses small",
        "SMALL --profile truenorth,odin --steps 4 --idealised",
    ),
    hint(
        "E1013",
        "spikemesh run digits --steps 2 --profile ideal-45nm --set costs.static_mw_per_chip=5 \
         --set costs.hop.east.latency_ns=50 --set topology.cores_per_tile=1 \
         --set 'topology.mesh=[8,8]' --timing analytic",
        "take --timing event, ",
        "spikemesh run digits --steps 2 --profile ideal-45nm --set costs.static_mw_per_chip=5 \
         --set costs.hop.east.latency_ns=50 --set topology.cores_per_tile=1 \
         --set 'topology.mesh=[8,8]' --timing event",
    ),
    after(
        "SMALL --steps 2 --out once",
        "E2040",
        "spikemesh price once --profile odin --encoding dense",
        "nothing is counted or timed again, so of --set only energies, powers and",
        "spikemesh price once --profile odin --set costs.static_mw_per_chip=5",
    ),
    after(
        "SMALL --steps 2 --profile loihi2,ideal-45nm --out all",
        "E2046",
        "spikemesh price all --profile odin",
        "name the folder of one of them",
        "spikemesh price all/loihi2 --profile odin",
    ),
    after(
        "SMALL --steps 2 --set costs.static_mw_per_chip=50 --out own",
        "E2070",
        "spikemesh plot own",
        "name it with --profile, and",
        "spikemesh plot own --profile loihi1-davies2018 --set costs.static_mw_per_chip=50",
    ),
    hint(
        "usage",
        "spikemesh inspect digits --set limits.fan_in=3",
        "--set changes a profile: give --profile, too",
        "spikemesh inspect digits --set limits.fan_in=3 --profile loihi2",
    ),
    hint(
        "usage",
        "spikemesh inspect digits --placement snake",
        "is for the cores of a chip: give --profile, too",
        "spikemesh inspect digits --placement snake --profile loihi2",
    ),
    hint(
        "usage",
        "spikemesh inspect digits --place-for latency --profile loihi2",
        "--place-for emulates a calibration input, and inspect emulates nothing; `run` writes \
         mapping.csv, too",
        "spikemesh run digits --steps 2 --timing analytic --profile loihi2",
    ),
    hint(
        "E2072",
        "SMALL --steps 2 --timing event --out one --trace one",
        "--out and --trace name one place, or one inside the other; give --trace another",
        "SMALL --steps 2 --timing event --out one --trace two.csv",
    ),
    hint(
        "E2060",
        "SMALL --steps 2 --profile loihi2 --encoding sparse --set capabilities.encoding=dense",
        "--encoding and --set both give capabilities.encoding; leave one out",
        "SMALL --steps 2 --profile loihi2 --encoding sparse",
    ),
    hint(
        "E2059",
        "SMALL --steps 2 --profile loihi1-davies2018,odin --idealised --processors 1",
        "--processors: nothing is known of those of odin, which has no [costs.processor]; leave it \
         out",
        "SMALL --steps 2 --profile loihi1-davies2018,odin --idealised --processors 0",
    ),
    after(
        "SMALL --steps 2 --timing analytic --out one && SMALL --steps 3 --timing analytic --out \
         two",
        "E2056",
        "spikemesh diff one two --check",
        "leave out --check ",
        "spikemesh diff one two",
    ),
    hint(
        "E1501",
        "spikemesh validate --networks nowhere --out validated",
        "check the name, or leave it out",
        "spikemesh validate --out validated",
    ),
    hint(
        "usage",
        "spikemesh compare --report-280x --set limits.fan_in=3 --out p",
        "--report-280x takes the built-in profiles as they are: no --set",
        "spikemesh compare --report-280x --out p",
    ),
    hint(
        "E2055",
        "spikemesh compare digits --steps 2 --profile loihi1-davies2018 --processors 1 --out p",
        "leave out --processors ",
        "spikemesh compare digits --steps 2 --profile loihi1-davies2018 --out p",
    ),
    hint(
        "usage",
        "TUNE --pictures 1 --judge 1 --seeds 3 --seed 9223372036854775806",
        "with this --seed give 1 to ",
        "TUNE --pictures 1 --judge 1 --seeds {hint} --seed 9223372036854775806",
    ),
    hint(
        "usage",
        "spikemesh tune digits --search random,random",
        "--search names random twice; for several runs of it give --seeds",
        "TUNE --pictures 1 --judge 1 --seeds 2",
    ),
];

/// What is said beside results.
pub const REMARKS: &[Remark] = &[
    remark(
        "CONVERT --nir d.nir \
         --recipe paper,v0=0,pool=average,negative=none,delivery=unbalanced",
        "without --recipe ",
        "spikemesh run d.nir --input scenes --limit 1 --recipe {hint} --steps 2 --out unbalanced",
    ),
    remark(
        "spikemesh inspect sinabs.nir",
        "the file does not say; --dt does",
        "spikemesh inspect sinabs.nir --dt 0.001",
    ),
    remark(
        "spikemesh inspect sinabs.nir",
        "--reset zero changes it",
        "spikemesh inspect sinabs.nir --reset zero",
    ),
    remark(
        "spikemesh inspect rate.nir",
        "if r is 1/dt, give --dt ",
        "spikemesh inspect rate.nir --dt {hint}",
    ),
    remark(
        "spikemesh inspect snntorch.nir",
        "--reset subtract changes it",
        "spikemesh inspect snntorch.nir --reset subtract",
    ),
    Remark {
        first: "",
        line: "SMALL --steps 2 --trace t.csv",
        says: "; --trace-steps A..B writes less",
        then: "SMALL --steps 2 --trace u.csv --trace-steps 1..2",
        gone: false,
    },
    Remark {
        first: "",
        line: "spikemesh run net --steps 4 --trace t.csv",
        says: "for its first step with packets; --trace-steps A..B writes less",
        then: "spikemesh run net --steps 4 --trace u.csv --trace-steps 2..3",
        gone: false,
    },
    remark("SMALL", "--calibrate names fixed ones", "SMALL --calibrate picture.png"),
    Remark {
        first: "cp -r net late; printf 'step,neuron\\n12,0\\n' > late/inputs.csv",
        line: "spikemesh run late --steps 4",
        says: "are left out; --steps ",
        then: "spikemesh run late --steps {hint}",
        gone: true,
    },
    Remark {
        first: "",
        line: "CONVERT --profile odin --out a.spikemesh",
        says: "warning: odin refuses this network",
        then: "spikemesh run a.spikemesh --input digits --profile odin --idealised",
        gone: true,
    },
    Remark {
        first: "",
        line: "spikemesh compare digits --steps 2 --profile truenorth,loihi2 --strict",
        says: "truenorth refuses the network: layer",
        then: "spikemesh compare digits --steps 2 --profile truenorth,loihi2",
        gone: true,
    },
];
