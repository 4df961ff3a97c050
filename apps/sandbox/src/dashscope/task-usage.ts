import type { FilmJob, PictureJob } from './jobs.js';

type Usage = Readonly<Record<string, unknown>>;

/** Pure. What a film is charged by; every generation of the vendor's words it in its own way. */
export function filmUsage(job: FilmJob): Usage {
  if (job.model.startsWith('wan2.2')) return oldest(job);
  return job.model.startsWith('wan2.5') ? older(job) : newer(job);
}

function oldest({ duration, resolution, size }: FilmJob): Usage {
  const shape = size === null ? { SR: lines(resolution) } : { video_ratio: size };
  return { video_count: 1, video_duration: duration, ...shape };
}

function older({ duration, resolution, size }: FilmJob): Usage {
  const shape = size === null ? {} : { size };
  return { duration, video_count: 1, SR: lines(resolution), ...shape };
}

function newer({ model, duration, inputDuration, resolution, ratio, size }: FilmJob): Usage {
  return {
    duration: duration + inputDuration,
    input_video_duration: inputDuration,
    output_video_duration: duration,
    video_count: 1,
    SR: lines(resolution),
    ...(size === null ? {} : { size }),
    ...(model.startsWith('wan3') ? { fps: 24 } : {}),
    ratio,
  };
}

const lines = (resolution: string): number => Number.parseInt(resolution, 10);

/** Pure. Failed pictures are not charged. */
export function pictureUsage({ isMessage, width, height }: PictureJob, made: number): Usage {
  return { image_count: made, ...(isMessage ? { size: `${width}*${height}` } : {}) };
}
