import type { DashScopeBody } from './dashscope-body.js';
import { modelNotFound, urlError } from './dashscope-error.js';
import type { Job } from './jobs.js';
import { readMediaJob } from './media-body.js';
import { mediaModel } from './media-models.js';
import { readOlderWanJob } from './older-wan-body.js';
import { olderWanModel } from './older-wan-models.js';
import { readQwenImageJob } from './qwen-image-body.js';
import { readTextToImageJob } from './text2image-body.js';

/** What is ordered at an address of tasks; a model of another address is refused there. @throws DashScopeError */
export type ReadJob = (body: DashScopeBody) => Job;

const isBetweenFrames = (model: string): boolean => model.includes('kf2v');

const readFilm: ReadJob = (body) => {
  if (isBetweenFrames(body.model)) throw urlError();
  if (mediaModel(body.model)) return readMediaJob(body);
  if (olderWanModel(body.model)) return readOlderWanJob(body);
  throw body.model.startsWith('qwen-image') ? urlError() : modelNotFound();
};

const readFilmBetweenFrames: ReadJob = (body) => {
  if (isBetweenFrames(body.model) && olderWanModel(body.model)) return readOlderWanJob(body);
  throw mediaModel(body.model) || olderWanModel(body.model) ? urlError() : modelNotFound();
};

/** Reported for the newest family only; the others have no task by message. */
const readPicturesByMessage: ReadJob = (body) => {
  if (!/^qwen-image-3\.0(-pro)?$/.test(body.model)) {
    throw body.model.startsWith('qwen-image') ? urlError() : modelNotFound();
  }
  return readQwenImageJob(body);
};

/** Below `/services/aigc`. */
export const TASK_ADDRESSES: Readonly<Record<string, ReadJob>> = {
  '/video-generation/video-synthesis': readFilm,
  '/image2video/video-synthesis': readFilmBetweenFrames,
  '/text2image/image-synthesis': readTextToImageJob,
  '/image-generation/generation': readPicturesByMessage,
};
