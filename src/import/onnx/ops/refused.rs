//! Operators that cannot be read, why, and what comes nearest.

/// Operators, and a sentence about them.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["LRN", "LpNormalization", "MeanVarianceNormalization"],
        "it divides by a norm of each input's own values; BatchNormalization works",
    ),
    (
        &["InstanceNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"],
        "it needs mean and variance of each input's own values; BatchNormalization works",
    ),
    (&["Einsum"], "Conv, Gemm and MatMul with a constant work"),
    (&["Attention", "MultiHeadAttention"], "it multiplies features with features"),
    (
        &["LSTM", "GRU", "RNN", "Scan", "Loop", "If", "SequenceMap"],
        "it runs in steps of its own; export the network unrolled, or without it",
    ),
    (
        &["NonMaxSuppression", "TopK", "NonZero", "ArgMax", "ArgMin", "RoiAlign", "MaxRoiPool"],
        "it chooses among boxes; end the network before it: decoding is the description's part",
    ),
    (
        &["GatherElements", "GatherND", "ScatterElements", "ScatterND", "Scatter", "Compress"],
        "Slice, Split and Gather of constant indices along an axis work",
    ),
    (
        &["QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "QLinearAdd"],
        "QuantizeLinear and DequantizeLinear around Conv and Gemm work",
    ),
    (&["GridSample", "AffineGrid"], "Resize by nearest neighbours works"),
    (&["Hardmax", "LpPool", "GlobalLpPool", "MaxUnpool"], "MaxPool and AveragePool work"),
    (&["DynamicQuantizeLinear"], "QuantizeLinear with a constant scale works"),
    (
        &["RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli"],
        "its values are drawn anew each time",
    ),
];

/// What to say of an operator that is not known, behind a message.
pub fn refused(operator: &str, standard: bool) -> String {
    if !standard {
        return "; export the network with the operators of the standard alone".into();
    }
    let found = REFUSED.iter().find(|(names, _)| names.contains(&operator));
    found.map_or_else(String::new, |(_, why)| format!(": {why}"))
}
