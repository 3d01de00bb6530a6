//! The descriptions of docs/detectors.md, of which each shows a part.

use std::path::Path;

use spikemesh::detect::{Classifier, Decoder};

use super::blocks::blocks;

#[test]
fn descriptions_are_read() {
    let blocks = blocks("docs/detectors.md");
    let parts: Vec<&str> =
        blocks.iter().filter(|block| block.word == "toml").map(|block| &block.text[..]).collect();
    let [input, classes, boxes, heads @ ..] = &parts[..] else { panic!("{parts:?}") };
    let (detect, _) = boxes.split_once("[[").unwrap();
    let heads = heads.iter().map(|head| format!("{input}\n{detect}{head}"));
    let texts: Vec<String> = [format!("{input}\n{boxes}")].into_iter().chain(heads).collect();
    for text in &texts {
        let decoder = Decoder::parse(text, Path::new("my.detector.toml"));
        assert!(decoder.is_ok(), "{}\n{text}", decoder.unwrap_err());
    }
    assert_eq!(texts.len(), 6);
    let text = format!("{input}\n{classes}");
    let classifier = Classifier::parse(&text, Path::new("my.detector.toml")).unwrap().unwrap();
    assert_eq!(classifier.classes, ["cat", "dog"]);
}
