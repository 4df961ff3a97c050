/** Settings that the 1.x models read out of a prompt, by the fields of the body that they stand for. */
const FIELD_OF: Readonly<Record<string, string>> = {
  resolution: 'resolution',
  rs: 'resolution',
  ratio: 'ratio',
  rt: 'ratio',
  duration: 'duration',
  dur: 'duration',
  frames: 'frames',
  watermark: 'watermark',
  wm: 'watermark',
  seed: 'seed',
  camerafixed: 'camera_fixed',
  cf: 'camera_fixed',
};

const COMMAND = /--\s*([a-z]+)\s+(\S+)/gi;

/** Pure. What a prompt sets; what is no command of the vendor's is a part of the prompt. */
export function readTextCommands(prompt: string): Readonly<Record<string, unknown>> {
  const set: Record<string, unknown> = {};
  for (const [, name = '', value = ''] of prompt.matchAll(COMMAND)) {
    const key = name.toLowerCase();
    const field = Object.hasOwn(FIELD_OF, key) ? FIELD_OF[key] : undefined;
    if (field !== undefined) set[field] = readValue(value);
  }
  return set;
}

function readValue(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+$/.test(value) ? Number(value) : value;
}
