export interface VeoModel {
  readonly resolutions: readonly string[];
  /** Whether it takes pictures of what is to be seen, instead of frames. */
  readonly references: boolean;
}

const RESOLUTIONS = ['720p', '1080p', '4k'] as const;

/** https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/veo/3-1-generate; others are retired. */
export const VEO_MODELS: ReadonlyMap<string, VeoModel> = new Map([
  ['veo-3.1-generate-001', { resolutions: RESOLUTIONS, references: true }],
  ['veo-3.1-fast-generate-001', { resolutions: RESOLUTIONS, references: true }],
  ['veo-3.1-lite-generate-001', { resolutions: ['720p', '1080p'], references: false }],
]);
