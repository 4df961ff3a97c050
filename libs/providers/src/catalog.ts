import { editDistance } from './edit-distance.js';
import type { Model } from './model.js';
import type { Provider, SubmitSafety } from './provider.js';
import { providers } from './registry.js';

export type ModelLookup =
  | { readonly found: true; readonly model: Model; readonly provider: Provider }
  | {
      readonly found: false;
      /** For the caller: what was asked for, and what comes near. */
      readonly message: string;
      /** Ids of at most three models. */
      readonly near: readonly string[];
    };

/** The model of that id or alias. Case does not matter; dots and dashes are alike. */
export function findModel(name: string): ModelLookup {
  const asked = name.slice(0, MAX_NAME_LENGTH);
  if (asked.includes('/')) return refuseVendorPrefix(asked);
  const entry = BY_NAME.get(normalizeModelName(asked));
  if (entry) return { found: true, ...entry };
  const near = nearModels(asked);
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : SEE_CATALOG;
  return { found: false, near, message: `No model "${asked}"; ${hint}` };
}

/** Every model, in the order of the registry. */
export function listModels(): readonly Model[] {
  return providers.flatMap((provider) => provider.models);
}

/** The vendor that serves a model of the catalog. @throws Error for a model that is not in it */
export function providerOf(model: Model): Provider {
  const entry = BY_NAME.get(normalizeModelName(model.id));
  if (entry?.model !== model) throw new Error(`Model ${model.id} is not in the catalog`);
  return entry.provider;
}

/** What can be found out after a lost submit of that model: its own word, else its vendor's. */
export function submitSafetyOf(
  model: Model,
  provider: Pick<Provider, 'submitSafety'> = providerOf(model),
): SubmitSafety {
  return model.submitSafety ?? provider.submitSafety;
}

/** One spelling for all that count as the same name. */
export function normalizeModelName(name: string): string {
  return name.trim().toLowerCase().replaceAll('.', '-');
}

/** Longer names are cut before they are compared: no model has one. */
const MAX_NAME_LENGTH = 100;
const MAX_NEAR = 3;
const SEE_CATALOG = 'GET /v1/tasks/models lists them all';

const BY_NAME: ReadonlyMap<string, { readonly model: Model; readonly provider: Provider }> =
  new Map(
    providers.flatMap((provider) =>
      provider.models.flatMap((model) =>
        [model.id, ...model.aliases].map(
          (name) => [normalizeModelName(name), { model, provider }] as const,
        ),
      ),
    ),
  );

function refuseVendorPrefix(asked: string): ModelLookup {
  const bare = asked.split('/').find((part) => BY_NAME.has(normalizeModelName(part)));
  const entry = bare === undefined ? undefined : BY_NAME.get(normalizeModelName(bare));
  const near = entry ? [entry.model.id] : nearModels(asked.slice(asked.lastIndexOf('/') + 1));
  const hint = near.length > 0 ? `write ${near.join(' or ')}` : SEE_CATALOG;
  return {
    found: false,
    near,
    message: `No model "${asked}": models are named without a vendor or a slash; ${hint}`,
  };
}

/** The closest names first; a name that contains the other always counts as near. */
function nearModels(asked: string): readonly string[] {
  const name = normalizeModelName(asked);
  if (name === '') return [];
  const scored = listModels().map((model) => ({ id: model.id, score: distanceTo(name, model) }));
  const tolerated = Math.max(2, Math.floor(name.length / 3));
  return scored
    .filter(({ score }) => score <= tolerated)
    .toSorted((a, b) => a.score - b.score)
    .slice(0, MAX_NEAR)
    .map(({ id }) => id);
}

function distanceTo(name: string, model: Model): number {
  const distances = [model.id, ...model.aliases].map((known) => {
    const candidate = normalizeModelName(known);
    const contained = name.length >= 3 && (candidate.includes(name) || name.includes(candidate));
    return contained ? 0 : editDistance(name, candidate);
  });
  return Math.min(...distances);
}
