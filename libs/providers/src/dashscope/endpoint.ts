/** Where a model takes its jobs, below the base URL. */
export interface Endpoint {
  readonly path: string;
  /** Asks for a task instead of a result, by a header. */
  readonly asTask: boolean;
}

/** Every film is a task; of the pictures only the two oldest models are. */
export function endpointOf(vendorModel: string): Endpoint {
  if (vendorModel.includes('kf2v')) return task('image2video/video-synthesis');
  if (/^(wan|happyhorse)/.test(vendorModel)) return task('video-generation/video-synthesis');
  if (isTextToImage(vendorModel)) return task('text2image/image-synthesis');
  return { path: `${SERVICES}/multimodal-generation/generation`, asTask: false };
}

/** Models whose prompt is a plain field and whose pictures are a task. */
export function isTextToImage(vendorModel: string): boolean {
  return vendorModel === 'qwen-image' || vendorModel === 'qwen-image-plus';
}

const SERVICES = '/services/aigc';

const task = (path: string): Endpoint => ({ path: `${SERVICES}/${path}`, asTask: true });
