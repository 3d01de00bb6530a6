//! Files of other kinds than this program reads: what they seem to be, and what to do with them.
//!
//! First bytes decide, not names; only kinds without such bytes are told by name. None of them
//! begins as an ONNX model does.

use std::ffi::OsStr;
use std::path::Path;

/// What to do with a file of another kind, for who wants a network and for who wants an input.
#[derive(Clone, Copy)]
struct Advice {
    network: &'static str,
    input: &'static str,
}

/// A network in the place of an input.
const fn model(network: &'static str) -> Advice {
    Advice { network, input: "it is no input: give a picture (.jpg, .png) or an array (.npy)" }
}

/// Inputs in the place of a network.
const fn data(input: &'static str) -> Advice {
    Advice { network: "it is input and not a network: give it with --input", input }
}

/// What helps whatever the file is to be.
const fn any(advice: &'static str) -> Advice {
    Advice { network: advice, input: advice }
}

const EXPORT: &str =
    "export the model from PyTorch: torch.onnx.export(model.eval(), example_input, \"model.onnx\")";
const KERAS: &str =
    "convert it to ONNX, with tf2onnx for instance, channels first (--inputs-as-nchw)";
const RECORDING: &str = "it is input and not a network: a network that spikes already (.nir) takes \
                         it as its input, and a trained one takes pictures or a .npy array";
const EVENTS: Advice = Advice {
    network: RECORDING,
    input: "recordings of events are for networks that spike already (.nir); sum its events up \
            into pictures or a .npy array of the network's input shape",
};
const SAVE: Advice = data("save it as .jpg or .png");
const UNPACK: Advice = any("unpack it first");

/// What the file at `path`, which begins with `bytes`, seems to be, and what to do; `None` where it
/// may be a network.
pub fn recognise(path: &Path, bytes: &[u8]) -> Option<String> {
    let (kind, advice) = by_bytes(bytes, &extension(path))?;
    Some(format!("it seems to be {kind}; {}", advice.network))
}

/// The same for a file that should be a picture or an array and is of neither kind; `None` where
/// nothing is known of it.
pub fn recognise_input(path: &Path, bytes: &[u8]) -> Option<String> {
    let (kind, advice) = by_bytes(bytes, &extension(path)).or_else(|| words(bytes))?;
    Some(format!("it seems to be {kind}; {}", advice.input))
}

fn extension(path: &Path) -> String {
    path.extension().and_then(OsStr::to_str).unwrap_or("").to_ascii_lowercase()
}

/// The same for a file that turned out to be no ONNX model, by its name alone.
pub fn by_name(path: &Path) -> Option<String> {
    let extension = extension(path);
    let (kind, advice) = match &extension[..] {
        "pt" | "pth" | "ckpt" | "pkl" => ("a PyTorch checkpoint", EXPORT),
        "safetensors" | "bin" => ("weights without a network", EXPORT),
        "pb" => ("a TensorFlow graph", KERAS),
        "tflite" => ("a TensorFlow Lite model", KERAS),
        "h5" | "hdf5" | "keras" => ("a Keras model", KERAS),
        "engine" | "plan" | "trt" => {
            ("a TensorRT engine", "give the ONNX model that it was built from")
        }
        "mlmodel" | "mlpackage" => {
            ("a Core ML model", "give the ONNX model, or the one it was made from as ONNX")
        }
        "caffemodel" | "prototxt" => ("a Caffe model", "convert it to ONNX"),
        "pdmodel" | "pdiparams" => ("a Paddle model", "convert it with paddle2onnx"),
        "param" | "mnn" | "rknn" | "om" => {
            ("a model of another runtime", "give the ONNX model it was made from")
        }
        "aedat" | "aedat4" | "raw" | "dat" => ("a recording of an event camera", RECORDING),
        "toml" => {
            ("a profile or a description", "give the network: an ONNX file or a Darknet .cfg")
        }
        _ => return None,
    };
    Some(format!("by its name {kind}; {advice}"))
}

/// What a folder seems to be that holds no tables of neurons.
pub fn folder(path: &Path) -> Option<String> {
    let (kind, advice) = if path.join("saved_model.pb").exists() {
        ("a TensorFlow SavedModel", KERAS)
    } else if path.join("Data").is_dir() && path.join("Manifest.json").exists() {
        ("a Core ML package", "give the ONNX model, or the one it was made from as ONNX")
    } else {
        return None;
    };
    Some(format!("it seems to be {kind}; {advice}"))
}

fn by_bytes(bytes: &[u8], extension: &str) -> Option<(&'static str, Advice)> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let fourth = bytes.get(4..8).unwrap_or_default();
    let found = if bytes.is_empty() {
        ("empty", any("was it copied whole?"))
    } else if bytes.iter().all(|&byte| byte == 0) {
        ("nothing but zeros", any("was it copied whole?"))
    } else if begins(b"PK\x03\x04") {
        zip(bytes, extension)
    } else if begins(b"\x89HDF\r\n\x1a\n") {
        hdf5(bytes, extension)
    } else if fourth == b"TFL3" {
        ("a TensorFlow Lite model", model(KERAS))
    } else if fourth == b"ORTM" {
        ("a model in ONNX Runtime's own format", model("give the ONNX model that it was made from"))
    } else if begins(b"ftrt") || begins(b"ptrt") {
        ("a TensorRT engine", model("give the ONNX model that it was built from"))
    } else if begins(b"GGUF") {
        (
            "a language model (GGUF)",
            model("only detectors and classifiers as ONNX or Darknet are read"),
        )
    } else if begins(b"RKNN") || begins(b"7767517\n") {
        ("a model of another runtime", model("give the ONNX model it was made from"))
    } else if begins(b"#!AER-DAT") {
        ("a recording of an event camera (AEDAT)", EVENTS)
    } else if begins(b"% ") && is_recording(bytes) {
        ("a recording of an event camera (Prophesee)", EVENTS)
    } else if begins(b"\x93NUMPY") {
        ("a NumPy array", data("call it NAME.npy"))
    } else if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") {
        ("a picture", data("call it NAME.png or NAME.jpg"))
    } else if let Some(kind) = other_picture(bytes) {
        (kind, SAVE)
    } else if begins(b"RIFF") || fourth == b"ftyp" {
        ("a film or sound", data("save pictures of it as .jpg or .png"))
    } else if idx(bytes) {
        let network = "it is input and not a network: save its pictures as .png or .npy";
        (
            "an IDX file (as MNIST is kept in)",
            Advice { network, input: "save its pictures as .png or .npy" },
        )
    } else if begins(b"\x1f\x8b") || begins(b"7z\xbc\xaf") || begins(b"Rar!") || begins(b"BZh") {
        ("a packed file", UNPACK)
    } else if bytes.get(257..262) == Some(b"ustar") {
        ("an archive (tar)", UNPACK)
    } else if begins(b"\x80") && matches!(bytes.get(1), Some(2..=5)) {
        ("a Python pickle, such as an old PyTorch checkpoint", model(EXPORT))
    } else if safetensors(bytes) {
        ("weights without a network (safetensors)", model(EXPORT))
    } else if begins(b"version https://git-lfs") {
        ("a pointer to a file that Git LFS holds", any("fetch the file itself: git lfs pull"))
    } else if holds(bytes, b"spikemesh converted network") {
        ("a network that spikemesh converted", model("call it NAME.spikemesh"))
    } else {
        return text(bytes);
    };
    Some(found)
}

/// Files of text have no first bytes of their own.
fn text(bytes: &[u8]) -> Option<(&'static str, Advice)> {
    let start = bytes.trim_ascii_start();
    let begins =
        |with: &[u8]| start.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    if begins(b"[net]") || begins(b"[network]") {
        Some(("a Darknet network", model("call it NAME.cfg, with its NAME.weights beside it")))
    } else if begins(b"<!doctype html") || begins(b"<html") {
        Some(("a web page", any("load the file itself, not the page about it")))
    } else if begins(b"<?xml") && holds(bytes, b"<net ") {
        Some(("an OpenVINO model", model("give the ONNX model that it was made from")))
    } else {
        None
    }
}

/// Pictures of kinds that are not read.
fn other_picture(bytes: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let (fourth, brand) =
        (bytes.get(4..8).unwrap_or_default(), bytes.get(8..12).unwrap_or_default());
    Some(if begins(b"GIF8") {
        "a GIF picture"
    } else if begins(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        "a BMP picture"
    } else if begins(b"II*\0") || begins(b"MM\0*") {
        "a TIFF picture"
    } else if begins(b"RIFF") && brand == b"WEBP" {
        "a WebP picture"
    } else if fourth == b"ftyp" && matches!(brand, b"heic" | b"heix" | b"mif1" | b"avif") {
        "a HEIC or AVIF picture"
    } else {
        return None;
    })
}

/// Text where no text belongs; beyond its kinds above nothing is known of it.
fn words(bytes: &[u8]) -> Option<(&'static str, Advice)> {
    let start = &bytes[..bytes.len().min(4096)];
    let is_text =
        |&byte: &u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    let found = start.iter().all(is_text).then(|| std::str::from_utf8(start));
    // The first 4 kB may end within a letter.
    let whole = found?.err().is_none_or(|error| error.error_len().is_none());
    let begins = |with: &[u8]| start.trim_ascii_start().starts_with(with);
    let drawing = begins(b"<svg") || begins(b"<?xml") && holds(bytes, b"<svg");
    let text = (
        "a text",
        any("was another file meant? An input is a picture (.jpg, .png) or an array (.npy)"),
    );
    whole.then_some(if drawing { ("a drawing (SVG)", SAVE) } else { text })
}

/// Whether the first 4 kB hold `part`.
fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes[..bytes.len().min(4096)].windows(part.len()).any(|window| window == part)
}

/// PyTorch, Keras and NumPy pack their files; the names inside stand in the clear.
fn zip(bytes: &[u8], extension: &str) -> (&'static str, Advice) {
    let within = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    if holds(bytes, b"data.pkl")
        || holds(bytes, b"/version")
        || matches!(extension, "pt" | "pth" | "ckpt")
    {
        ("a PyTorch model or checkpoint", model(EXPORT))
    } else if extension == "keras"
        || holds(bytes, b"model.weights.h5")
        || holds(bytes, b"metadata.json")
    {
        ("a Keras model", model(KERAS))
    } else if extension == "npz" || holds(bytes, b".npy") {
        let network = "it is no network; save the array that you mean as .npy";
        ("NumPy arrays (.npz)", Advice { network, input: "save the array that you mean as .npy" })
    } else if within(b"saved_model.pb") {
        ("a packed TensorFlow model", UNPACK)
    } else {
        ("an archive (zip)", UNPACK)
    }
}

/// Keras, NIR and recordings of events share this container.
fn hdf5(bytes: &[u8], extension: &str) -> (&'static str, Advice) {
    const NIR: &str = "give it a name that ends in .nir";
    match extension {
        "nir" => ("a NIR graph (HDF5)", model(NIR)),
        _ if is_nir(bytes) => ("a NIR graph (HDF5)", model(NIR)),
        _ if holds(bytes, b"events") => ("a recording of an event camera (HDF5)", EVENTS),
        _ => ("an HDF5 file, such as a Keras model or its weights", model(KERAS)),
    }
}

/// Whether an HDF5 file has a graph of NIR, whose type stands in it in the clear.
pub fn is_nir(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|window| window == b"NIRGraph")
}

/// Whether lines of comment name what cameras of Prophesee write.
fn is_recording(bytes: &[u8]) -> bool {
    [&b"evt"[..], b"Data file", b"camera_", b"Prophesee", b"format EVT"]
        .iter()
        .any(|word| holds(bytes, word))
}

/// Two zeros, a type, the number of dimensions, these, and as many elements.
fn idx(bytes: &[u8]) -> bool {
    let &[0, 0, kind, rank, ..] = bytes else { return false };
    let size = match kind {
        0x08 | 0x09 => 1u64,
        0x0b => 2,
        0x0c | 0x0d => 4,
        0x0e => 8,
        _ => return false,
    };
    let dims = bytes[4..].chunks_exact(4).take(usize::from(rank));
    let elements = dims.map(|d| u64::from(u32::from_be_bytes([d[0], d[1], d[2], d[3]])));
    let whole = elements.fold(size, u64::saturating_mul).saturating_add(4 + 4 * u64::from(rank));
    // A part of one is one, too.
    (1..=8).contains(&rank) && bytes.len() as u64 <= whole
}

/// The length of a header in JSON, then that header.
fn safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    rest.first() == Some(&b'{') && (2..=rest.len() as u64).contains(&u64::from_le_bytes(*length))
}
