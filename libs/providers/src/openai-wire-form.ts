import type { Json, JsonObject } from './json.js';
import { isJsonObject } from './json.js';

/**
 * A request as `multipart/form-data`, the way OpenAI's own clients write it (seen on the wire of npm
 * openai 7.57.0): text parts; a list as repeated `name[]`, but a single file under its bare name; an
 * object as `name[member]`. Members named in `files` hold data URLs and become parts with a file name
 * and a type; a place that nobody filled is left out.
 */
export function openaiWireForm(request: JsonObject, files: readonly string[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(request)) {
    if (files.includes(name)) addFiles(form, name, value);
    else addText(form, name, value);
  }
  return form;
}

function addFiles(form: FormData, name: string, value: Json): void {
  const sources = Array.isArray(value) ? (value as readonly Json[]) : [value]; // `isArray` forgets readonly
  const part = sources.length > 1 ? `${name}[]` : name;
  for (const [index, source] of sources.entries()) {
    const file = fileOf(source, `${name}-${index + 1}`);
    if (file) form.append(part, file);
  }
}

function addText(form: FormData, name: string, value: Json | undefined): void {
  if (value === null || value === undefined) return;
  if (isJsonObject(value)) {
    for (const [member, inner] of Object.entries(value)) addText(form, `${name}[${member}]`, inner);
  } else if (typeof value === 'object') {
    for (const inner of value) addText(form, `${name}[]`, inner);
  } else {
    form.append(name, String(value));
  }
}

const DATA_URL = /^data:([a-z]+\/([a-z0-9.+-]+));base64,/;

function fileOf(source: Json | undefined, name: string): File | undefined {
  if (typeof source !== 'string') return undefined;
  const [head, mime = '', extension = ''] = DATA_URL.exec(source.slice(0, 100)) ?? [];
  if (head === undefined) return undefined;
  const bytes = Buffer.from(source.slice(head.length), 'base64');
  return new File([bytes], `${name}.${extension}`, { type: mime });
}
