import { needs, notTogether, RULE_KEYWORD, whenThen } from '../input-fields.js';
import type { JsonObject } from '../provider.js';
import type { Seedance } from './seedance.js';
import { ADAPTIVE, FIXED_RATIOS } from './seedance-size.js';

/** What the fields of an input must be to each other, by the vendor's page. */
export function seedanceRules(seedance: Seedance): readonly JsonObject[] {
  return [
    ...(seedance.lastFrame ? [needs('last_frame_url', 'first_frame_url')] : []),
    ...referenceRules(seedance),
    ...shapeRules(seedance),
  ];
}

function referenceRules({ references, generation }: Seedance): readonly JsonObject[] {
  if (!references) return [];
  if (references.videos === 0) {
    return [
      notTogether('first_frame_url', 'reference_image_urls'),
      ...(generation === '1.0' ? LITE_WITH_REFERENCES : []),
    ];
  }
  return [
    notTogether(
      'first_frame_url',
      'reference_image_urls',
      'reference_video_urls',
      'reference_audio_urls',
    ),
    ...(references.soundAlone
      ? []
      : [needs('reference_audio_urls', 'reference_image_urls', 'reference_video_urls')]),
  ];
}

/** Pictures of what is shown leave the 1.0 Lite less to choose. */
const LITE_WITH_REFERENCES: readonly JsonObject[] = [
  whenThen(
    { at: 'resolution', says: 'with reference_image_urls it makes 480p and 720p' },
    { reference_image_urls: {} },
    { resolution: { enum: ['480p', '720p'] } },
  ),
  whenThen(
    { at: 'aspect_ratio', says: `with reference_image_urls use one of ${FIXED_RATIOS.join(', ')}` },
    { reference_image_urls: {} },
    { aspect_ratio: { enum: FIXED_RATIOS } },
  ),
  notTogether('reference_image_urls', 'provider_options'),
];

function shapeRules({ generation }: Seedance): readonly JsonObject[] {
  if (generation === '2.5') {
    return [
      whenThen(
        {
          at: 'aspect_ratio',
          says: 'the film has the shape of first_frame_url; use adaptive, or leave it out',
        },
        { first_frame_url: {} },
        { aspect_ratio: { const: ADAPTIVE } },
      ),
    ];
  }
  return generation === '1.0' ? [ADAPTIVE_NEEDS_A_PICTURE] : [];
}

const ADAPTIVE_NEEDS_A_PICTURE: JsonObject = {
  [RULE_KEYWORD]: {
    at: 'aspect_ratio',
    says: `adaptive needs first_frame_url; without it use one of ${FIXED_RATIOS.join(', ')}`,
  },
  anyOf: [
    { required: ['first_frame_url'] },
    { not: { properties: { aspect_ratio: { const: ADAPTIVE } }, required: ['aspect_ratio'] } },
  ],
};
