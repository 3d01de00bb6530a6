"""From heads to boxes and mean average precision."""

import numpy as np

from scenes import SIDE

CELL = 16  # pixels
GRID = SIDE // CELL
# Width and height in pixels: k-means with 1 - IoU of the shapes of training boxes.
ANCHORS = np.array([[14, 19], [22, 28], [36, 44]], np.float32)
NUMBERS = 15  # of an anchor: x, y, w, h, object, ten classes
LEAST = 0.02  # score
OVERLAP = 0.45  # of a suppressed box


def predictions(heads):
    """Per scene, the boxes (x1, y1, x2, y2), scores and classes that survive suppression."""
    cells = np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), -1)[:, :, None]
    out = []
    for head in heads:
        p = head.reshape(GRID, GRID, len(ANCHORS), NUMBERS).astype(np.float64)
        sigmoid = lambda v: 1 / (1 + np.exp(-v))
        middle, half = (sigmoid(p[..., :2]) + cells) * CELL, ANCHORS * np.exp(p[..., 2:4]) / 2
        boxes = np.clip(np.concatenate([middle - half, middle + half], -1), 0, SIDE)
        share = np.exp(p[..., 5:] - p[..., 5:].max(-1, keepdims=True))
        scores = sigmoid(p[..., 4:5]) * share / share.sum(-1, keepdims=True)
        row, column, anchor, label = np.nonzero(scores > LEAST)
        out.append(suppress(boxes[row, column, anchor], scores[row, column, anchor, label], label))
    return out


def iou(a, b):
    w = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    h = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    both = np.maximum(w, 0) * np.maximum(h, 0)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return both / (area(a) + area(b) - both)


def suppress(boxes, scores, labels):
    """Greedy, within each class."""
    order, kept = np.argsort(-scores, kind="stable"), []
    for k in order:
        rivals = [j for j in kept if labels[j] == labels[k]]
        if not rivals or iou(boxes[rivals], boxes[k]).max() <= OVERLAP:
            kept.append(k)
    return boxes[kept], scores[kept], labels[kept]


def mean_precision(found, boxes, classes, least=0.5):
    """Mean over the classes of the area under the precision envelope, all points."""
    values = []
    for c in range(10):
        total, verdicts = 0, []
        for (b, s, l), truth, labels in zip(found, boxes, classes):
            truth = truth[labels == c]
            total += len(truth)
            free = np.ones(len(truth), bool)
            for box, value in zip(b[l == c], s[l == c]):
                right = False
                if len(truth):
                    overlap = iou(truth, box)
                    best = overlap.argmax()
                    right = bool(overlap[best] >= least and free[best])
                    free[best] &= not right
                verdicts.append((value, right))
        if total == 0:
            continue
        verdicts.sort(key=lambda v: -v[0])
        right = np.array([v[1] for v in verdicts], bool)
        precision = np.cumsum(right) / np.arange(1, len(right) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        values.append(envelope[right].sum() / total)
    return float(np.mean(values))
