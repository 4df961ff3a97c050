/** In what the image models differ. https://platform.openai.com/docs/api-reference/images */
export interface ImageModelRules {
  /** Any size on the grid; else just three. */
  readonly anySize: boolean;
  readonly qualities: readonly string[];
  readonly complexity: boolean;
  /** What `input_fidelity` may be; none: it is not taken. */
  readonly fidelities: readonly string[];
}

const UP_TO_HIGH = ['auto', 'low', 'medium', 'high'];

/** Pure. The rules of a model of the family, dated or not. */
export function imageModelRules(model: string): ImageModelRules {
  return {
    anySize: model.startsWith('gpt-image-2'),
    qualities: /^gpt-image-2\.[56]-/.test(model) ? [...UP_TO_HIGH, 'xhigh', 'max'] : UP_TO_HIGH,
    complexity: model.startsWith('gpt-image-2.6-'),
    fidelities: fidelities(model),
  };
}

function fidelities(model: string): readonly string[] {
  if (model.startsWith('gpt-image-1.5')) return ['low', 'high'];
  return model.startsWith('gpt-image-1-mini') ? ['low'] : [];
}
