import { choiceField } from '../input-fields.js';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import { type GptImageFields, gptImageSchema } from './gpt-image-schema.js';

interface GptImage extends GptImageFields {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly note?: string;
  readonly typicalSeconds: number;
}

const UP_TO_HIGH = ['auto', 'low', 'medium', 'high'];
const UP_TO_MAX = [...UP_TO_HIGH, 'xhigh', 'max'];
const COMPLEXITY = choiceField(
  ['low', 'medium', 'high'],
  'How much the model plans before it draws; high unless given. Not charged by itself.',
);
const VERIFICATION = 'OpenAI may ask for the verification of the organisation first.';

/** `gpt-image-2-pro` is the best of the family that there is: SOURCE.md says why it is that one. */
const FAMILY: readonly GptImage[] = [
  { id: 'gpt-image-2', vendorModel: 'gpt-image-2', qualities: UP_TO_HIGH, typicalSeconds: 40 },
  {
    id: 'gpt-image-2-6-sunburst',
    vendorModel: 'gpt-image-2.6-sunburst',
    aliases: ['gpt-image-2-pro', 'gpt-image-2-6'],
    qualities: UP_TO_MAX,
    options: { complexity: COMPLEXITY },
    typicalSeconds: 60,
  },
  {
    id: 'gpt-image-2-6-flare',
    vendorModel: 'gpt-image-2.6-flare',
    qualities: UP_TO_MAX,
    options: { complexity: COMPLEXITY },
    typicalSeconds: 20,
  },
  {
    id: 'gpt-image-2-5-sunburst',
    vendorModel: 'gpt-image-2.5-sunburst',
    aliases: ['gpt-image-2-5'],
    qualities: UP_TO_MAX,
    typicalSeconds: 60,
  },
  {
    id: 'gpt-image-2-5-flare',
    vendorModel: 'gpt-image-2.5-flare',
    qualities: UP_TO_MAX,
    typicalSeconds: 20,
  },
  {
    id: 'gpt-image-1-5',
    vendorModel: 'gpt-image-1.5',
    qualities: UP_TO_HIGH,
    options: { input_fidelity: inputFidelity(['low', 'high']) },
    typicalSeconds: 40,
  },
  {
    id: 'gpt-image-1-mini',
    vendorModel: 'gpt-image-1-mini',
    qualities: UP_TO_HIGH,
    options: { input_fidelity: inputFidelity(['low']) },
    note: `Deprecated by OpenAI. ${VERIFICATION}`,
    typicalSeconds: 30,
  },
];

export const openaiModels: readonly Model[] = FAMILY.map((member) => ({
  id: member.id,
  aliases: member.aliases ?? [],
  kind: 'image',
  vendorModel: member.vendorModel,
  inputSchema: gptImageSchema(member),
  example: {
    prompt: 'a glass data center at golden hour, isometric',
    aspect_ratio: '1:1',
    quality: 'low',
  },
  pricedAs: member.vendorModel,
  note: member.note ?? VERIFICATION,
  typicalSeconds: member.typicalSeconds,
  submitTimeoutSeconds: 600,
}));

function inputFidelity(values: readonly string[]): JsonObject {
  return choiceField(values, 'How closely the given pictures are kept; needs image_urls.');
}
