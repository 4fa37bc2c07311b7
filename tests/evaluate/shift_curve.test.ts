import { describe, expect, it } from 'vitest';
import { type Place, ShiftCurve } from '../../lib/evaluate/metrics/shift_curve.ts';
import { fill } from '../../lib/evaluate/parity/hashfill.ts';

/** A direction of its own for each place. */
function direction(place: number): Float32Array {
  const values = fill(`place${place}`, 32, 0, (u) => u);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

const resultOf = (places: Iterable<Place>) => {
  const curve = new ShiftCurve();
  for (const place of places) curve.add(place);
  return curve.finish();
};

/** Lips whose sound comes `lead` pictures before them. */
const places = (count: number, lead: number): Place[] =>
  Array.from({ length: count }, (_, i) => ({ lips: direction(i), sound: direction(i + lead) }));

describe('the curve of shifts', () => {
  it.each([0, 1, -1, 6, -11, 15, -15])('finds sound that comes %i pictures first', (lead) => {
    const result = resultOf(places(60, lead))!;
    expect(result.offset).toBe(lead);
    expect(result.curve).toHaveLength(31);
    expect(result.curve[15 - lead]).toBeCloseTo(1, 5);
    expect(result.match).toBe(result.curve[15]);
    expect(result.confidence).toBeGreaterThan(0.8);
  });

  it('is the mean over the places that have both', () => {
    const all = places(40, 0);
    const holes = all.map(({ lips, sound }, i) => (i % 3 ? { lips, sound } : i % 2 ? { lips } : { sound }));
    expect(resultOf(holes)!.match).toBeCloseTo(1, 5);
    // Half of the places fit, the others are at right angles.
    const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const half = all.map((_, i) => ({ lips: x, sound: i % 2 ? x : y }));
    expect(resultOf(half)!.match).toBeCloseTo(0.5, 5);
  });

  it('needs places enough for every shift', () => {
    expect(resultOf(places(15, 0))).toBeUndefined();
    expect(resultOf(places(16, 0))).toBeDefined();
    expect(resultOf(places(40, 0).map(({ lips }) => ({ lips })))).toBeUndefined();
  });
});
