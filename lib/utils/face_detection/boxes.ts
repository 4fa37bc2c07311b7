import type { FaceBox } from './face_detector.ts';

type Rectangle = Pick<FaceBox, 'left' | 'top' | 'right' | 'bottom'>;

export function area(box: Rectangle): number {
  return Math.max(0, box.right - box.left) * Math.max(0, box.bottom - box.top);
}

/** Intersection over union, 0 to 1. */
export function iou(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (area(a) + area(b) - width * height);
}

/** Groups candidates that overlap a more certain one by more than `threshold` (intersection over union); each group and the list of groups are in order of certainty. */
export function groupByOverlap<T extends FaceBox>(candidates: readonly T[], threshold: number): T[][] {
  const groups: T[][] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    const group = groups.find(([best]) => iou(best, candidate) > threshold);
    if (group) group.push(candidate);
    else groups.push([candidate]);
  }
  return groups;
}
