"""Writes cocoeval.json: random scenes and what pycocotools 2.0 says about them.

    pip install pycocotools && python cocoeval.py > cocoeval.json
"""
import contextlib
import json
import random
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = random.Random(7)
CLASSES, IMAGES = 3, 12


def box(low, high):
    # Even corners: coordinates and areas are exact, and equal overlaps occur.
    w, h = (2 * rng.randint(low // 2, high // 2) for _ in range(2))
    x, y = (2 * rng.randint(0, 50) for _ in range(2))
    return [x, y, x + w, y + h]


truths, detections = [], []
for image in range(IMAGES):
    there = [[rng.randrange(CLASSES), int(rng.random() < 0.15), box(10, 60)] for _ in range(rng.randint(0, 7))]
    found = []
    for label, _, corners in there:
        for _ in range(rng.randint(0, 2)):
            moved = [v + rng.choice([-4, -2, 0, 0, 0, 2, 4]) for v in corners]
            found.append([label, rng.randint(1, 20) / 20, moved])
    found += [[rng.randrange(CLASSES), rng.randint(1, 20) / 20, box(10, 60)] for _ in range(rng.randint(0, 4))]
    truths.append(there)
    detections.append(found)


def sides(c):
    return [c[0], c[1], c[2] - c[0], c[3] - c[1]]


gt, dt = COCO(), []
gt.dataset = {
    "images": [{"id": i} for i in range(IMAGES)],
    "categories": [{"id": c + 1} for c in range(CLASSES)],
    "annotations": [],
}
for i, (there, found) in enumerate(zip(truths, detections)):
    for label, crowd, corners in there:
        b = sides(corners)
        n = len(gt.dataset["annotations"]) + 1
        gt.dataset["annotations"].append(
            {"id": n, "image_id": i, "category_id": label + 1, "bbox": b, "area": b[2] * b[3], "iscrowd": crowd}
        )
    dt += [{"image_id": i, "category_id": c + 1, "bbox": sides(b), "score": s} for c, s, b in found]
with contextlib.redirect_stdout(sys.stderr):
    gt.createIndex()
    run = COCOeval(gt, gt.loadRes(dt), "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
# [threshold, recall, class, area range, limit] -> mean over recalls, by class and threshold
precision = run.eval["precision"][:, :, :, 0, 2].mean(axis=1).T.round(9).tolist()
json.dump({"truths": truths, "detections": detections, "precision": precision}, sys.stdout)
print()
