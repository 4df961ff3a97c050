import type { AspectRatio } from '../media/render.js';

/** A film as it was ordered. */
export interface FilmJob {
  readonly kind: 'film';
  readonly model: string;
  /** Empty where none was given. */
  readonly prompt: string;
  /** `720P`. */
  readonly resolution: string;
  /** `1280*720`, where the order said it that way. */
  readonly size: string | null;
  readonly ratio: AspectRatio;
  /** Seconds that come out. */
  readonly duration: number;
  /** Seconds that went in. */
  readonly inputDuration: number;
}

/** Pictures as they were ordered. */
export interface PictureJob {
  readonly kind: 'pictures';
  readonly model: string;
  readonly prompt: string;
  readonly n: number;
  readonly width: number;
  readonly height: number;
  /** Whether the order was a message; the answer has choices then, and results else. */
  readonly isMessage: boolean;
}

export type Job = FilmJob | PictureJob;
