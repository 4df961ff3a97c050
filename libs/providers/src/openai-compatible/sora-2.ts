/** What one of OpenAI's own video models takes, wherever it is served. */
export interface SoraLimits {
  readonly seconds: readonly number[];
  readonly sizes: readonly string[];
}

/** npm openai 7.57.0, `VideoCreateParams`; 16 and 20 seconds and 1080p of the pro model: the video guide. */
const SECONDS = [4, 8, 12, 16, 20];
const SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const PRO_SIZES = [...SIZES, '1080x1920', '1920x1080'];

/** Undefined for a model that OpenAI's pages do not know. */
export function soraLimits(vendorModel: string): SoraLimits | undefined {
  const [whole, pro] = /^sora-2(-pro)?(-\d{4}-\d{2}-\d{2})?$/i.exec(vendorModel) ?? [];
  if (whole === undefined) return undefined;
  return { seconds: SECONDS, sizes: pro === undefined ? SIZES : PRO_SIZES };
}
