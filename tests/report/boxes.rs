//! Boxes on a picture.

use crate::detect::{found, square};
use spikemesh::detect::Rect;
use spikemesh::encode::Pixels;
use spikemesh::report::{Panel, draw_boxes};

#[test]
fn two_panels_with_a_box_each() {
    let picture = Pixels::new(400, 320, vec![40; 400 * 320 * 3]).unwrap();
    let rect = Rect::new([100.0, 80.0, 300.0, 200.0]);
    let panel = |title: &str, class| Panel {
        title: title.into(),
        detections: vec![found(class, 0.87, rect)],
    };
    let classes = ["cat".to_string(), "dog".to_string()];
    let drawn = draw_boxes(&picture, &[panel("float", 0), panel("spiking", 1)], &classes).unwrap();
    // A width of 400 gives a font of 12: gap 6, title 24.
    assert_eq!(drawn.dimensions(), (806, 344));
    let at = |x: u32, y: u32| drawn.get_pixel(x, y).0;
    let background = [40; 3];
    // The outline in both panels, in two colors; nothing inside or outside.
    let edges = [0, 406].map(|left| at(left + 100, 24 + 150));
    assert!(edges[0] != edges[1] && !edges.contains(&background), "{edges:?}");
    for left in [0, 406] {
        assert_eq!(at(left + 299, 24 + 199), at(left + 100, 24 + 150));
        assert_eq!(
            [at(left + 98, 24 + 150), at(left + 110, 24 + 150), at(left + 300, 24 + 200)],
            [background; 3]
        );
        // A label sits on the box, with dark letters on its color; a title stands on white.
        let dark =
            |y: u32| (left + 100..left + 180).filter(|&x| at(x, y).iter().all(|&v| v < 60)).count();
        assert!((60..24 + 80).any(|y| at(left + 101, y) == at(left + 100, 24 + 150)));
        assert!((24 + 66..24 + 80).any(|y| (1..60).contains(&dark(y))));
        assert!((0..24).any(|y| (left..left + 60).any(|x| at(x, y) != [255; 3])));
    }
}

#[test]
fn small_pictures_grow_and_odd_cases_draw() {
    let picture = Pixels::new(8, 4, (0..96).collect()).unwrap();
    let detections = vec![
        found(7, 1.0, Rect::new([0.0, 0.0, 8.0, 4.0])),
        found(0, 0.0, square(7.0)), // over the edge
    ];
    let drawn = draw_boxes(&picture, &[Panel { title: String::new(), detections }], &[]).unwrap();
    assert_eq!(drawn.dimensions(), (640, 32 + 320));
    // No panel at all is an empty canvas, not a panic.
    assert_eq!(draw_boxes(&picture, &[], &[]).unwrap().width(), 1);
}

/// Drawings stay as small as pictures may be large.
#[test]
fn long_pictures_are_thinned_out() {
    for (width, height, expected) in [
        (1, 20_000, (1, 4000)),
        (20_000, 1, (4000, 1)),
        (1, 4096, (1, 4096)),
        (9, 1000, (36, 4000)),
    ] {
        let picture = Pixels::new(width, height, vec![7; width * height * 3]).unwrap();
        let rect = Rect::new([0.0, 0.0, width as f64, height as f64]);
        let panel = Panel { title: String::new(), detections: vec![found(0, 0.5, rect)] };
        let drawn = draw_boxes(&picture, &[panel], &[]).unwrap().dimensions();
        let title = 2 * (expected.0 / 40).clamp(12, 40) as u32;
        assert_eq!(drawn, (expected.0 as u32, expected.1 as u32 + title));
    }
}
