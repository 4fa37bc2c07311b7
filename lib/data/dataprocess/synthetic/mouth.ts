import type { HeadPose } from './head.ts';
import type { HeadLook } from './look.ts';
import { bump, edge, mix, type Paint } from './shading.ts';

/** The middle of the closed mouth below the middle of the face. */
const MOUTH_V = 0.53;

/** The outline of the lips on the face, as `v` at a distance from the middle. */
export interface MouthOutline {
  /** Half the distance of the corners. */
  readonly half: number;
  /** Upper edge of the upper lip, edges of the opening, lower edge of the lower lip. */
  at(u: number): { top: number; gapTop: number; gapBottom: number; bottom: number };
}

/** Rounded lips are narrower and fuller, spread ones wider and thinner. */
export function mouthOutline({ open, wide }: HeadPose, look: HeadLook): MouthOutline {
  const half = (0.21 + (wide < 0 ? 0.075 : 0.045) * wide) * look.mouthWidth;
  const full = look.lipFullness * (1 - 0.18 * wide);
  return {
    half,
    at(u) {
      const across = Math.max(0, 1 - (u / half) ** 2);
      const round = across ** 0.7;
      const bow = 0.012 * bump(Math.abs(u) - 0.05, 0, 0.04, 1);
      const gapTop = MOUTH_V - 0.02 * open * across;
      const gapBottom = MOUTH_V + 0.24 * open * across;
      return {
        top: gapTop - (0.048 + bow) * full * round,
        gapTop,
        gapBottom,
        bottom: gapBottom + 0.068 * full * round,
      };
    },
  };
}

/** Paints lips, teeth and tongue at a place of the face. */
export function drawMouth(
  face: Paint,
  look: HeadLook,
  pose: HeadPose,
  outline: MouthOutline,
  u: number,
  v: number,
  shade: number,
): void {
  if (v < 0.4 || v > 0.92 || Math.abs(u) >= outline.half) return;
  const { open, wide } = pose;
  const across = 1 - (u / outline.half) ** 2;
  const { top, gapTop, gapBottom, bottom } = outline.at(u);
  const lips = edge(v - top, 0.01) * edge(bottom - v, 0.012);
  if (lips === 0) return;
  mix(face, look.lips, lips, shade * (v < (gapTop + gapBottom) / 2 ? 0.75 : 1.05));
  const apart = edge(open - 0.03, 0.03);
  const gap = edge(v - gapTop, 0.006) * edge(gapBottom - v, 0.006) * apart;
  if (gap > 0) {
    mix(face, CAVITY, gap, 1);
    mix(face, TONGUE, gap * edge(v - gapBottom + 0.06 * open, 0.02) * edge(open - 0.3, 0.2), 0.8);
    mix(face, TEETH, gap * edge(gapTop + 0.05 * across - v, 0.008), 0.75);
    // Spread lips bare the lower teeth too.
    mix(face, TEETH, gap * edge(v - gapBottom + 0.022 * across, 0.008) * edge(wide - 0.3, 0.2), 0.6);
  }
  const seam = bump(0, v - MOUTH_V - 0.004 * Math.cos(u * 20), 1, 0.008) * (1 - apart);
  mix(face, SEAM, 0.8 * seam * edge(across - 0.02, 0.05), 1);
}

const CAVITY = [0.09, 0.02, 0.02] as const;
const TONGUE = [0.35, 0.1, 0.1] as const;
const TEETH = [0.75, 0.72, 0.66] as const;
const SEAM = [0.12, 0.03, 0.03] as const;
