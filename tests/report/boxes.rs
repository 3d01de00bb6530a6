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
    // Two pixels a unit. A panel is 480 units wide, so that a pixel of the picture has 1.2; a
    // margin of 10 and a gap of 12, 31 units above and 22 below.
    assert_eq!(drawn.dimensions(), (1984, 874));
    let background = [40; 3];
    let at = |panel: u32, x: u32, y: u32| {
        drawn.get_pixel(2 * (10 + panel * 492 + x * 6 / 5) + 1, 2 * (31 + y * 6 / 5) + 1).0
    };
    // The outline in both panels, in two colors; nothing inside or outside.
    let edges = [0, 1].map(|panel| at(panel, 100, 150));
    assert!(edges[0] != edges[1] && !edges.contains(&background), "{edges:?}");
    for panel in [0, 1] {
        let ink = at(panel, 100, 150);
        assert_eq!(at(panel, 299, 199), ink);
        for [x, y] in [[98, 150], [110, 150], [301, 201]] {
            assert_eq!(at(panel, x, y), background, "{x} {y}");
        }
        // A label sits on the box, with dark letters on its color; a title stands on white.
        let label = || (68..80).flat_map(|y| (101..130).map(move |x| [x, y]));
        assert!(label().any(|[x, y]| at(panel, x, y) == ink));
        assert!(label().any(|[x, y]| at(panel, x, y).iter().all(|&v| v < 60)));
        let left = 2 * (10 + panel * 492);
        let title = (0..62).flat_map(|y| (left..left + 120).map(move |x| [x, y]));
        assert!(title.clone().any(|[x, y]| drawn.get_pixel(x, y).0 != [255; 3]));
        assert!(title.clone().any(|[x, y]| drawn.get_pixel(x, y).0 == [255; 3]));
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
    // 480 x 240 units, beside margins.
    assert_eq!(drawn.dimensions(), (1000, 586));
    // No panel at all is an empty canvas, not a panic.
    assert!(draw_boxes(&picture, &[], &[]).unwrap().pixels().all(|pixel| pixel.0 == [255; 3]));
}

/// Drawings stay as small as pictures may be large.
#[test]
fn long_pictures_are_thinned_out() {
    for (width, height) in [(1, 20_000), (20_000, 1), (1, 4096), (9, 1000)] {
        let picture = Pixels::new(width, height, vec![7; width * height * 3]).unwrap();
        let rect = Rect::new([0.0, 0.0, width as f64, height as f64]);
        let panel = Panel { title: String::new(), detections: vec![found(0, 0.5, rect)] };
        let drawn = draw_boxes(&picture, &[panel], &[]).unwrap().dimensions();
        assert!(drawn.0 <= 4000 && drawn.1 <= 4000, "{drawn:?}");
    }
}
