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

/** Every model of every vendor by every name it has. */
export class Catalog {
  private readonly byName = new Map<string, Entry>();

  /** @throws Error when two models share a name */
  constructor(readonly vendors: readonly Provider[] = providers) {
    for (const provider of vendors) {
      for (const model of provider.models) {
        for (const name of [model.id, ...model.aliases]) this.add(name, { model, provider });
      }
    }
  }

  /** The model of that id or alias. Case does not matter; dots and dashes are alike. */
  find(name: string): ModelLookup {
    const asked = name.slice(0, MAX_NAME_LENGTH);
    if (asked.includes('/')) return this.refuseVendorPrefix(asked);
    const entry = this.byName.get(normalizeModelName(asked));
    if (entry) return { found: true, ...entry };
    const near = this.near(asked);
    const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : SEE_CATALOG;
    return { found: false, near, message: `No model "${asked}"; ${hint}` };
  }

  /** Id and aliases of the model of that id or alias; none where there is no such model. */
  namesOf(name: string): readonly string[] {
    const entry = this.byName.get(normalizeModelName(name.slice(0, MAX_NAME_LENGTH)));
    return entry ? [entry.model.id, ...entry.model.aliases] : [];
  }

  /** Every model, in the order of the registry. */
  list(): readonly Model[] {
    return this.vendors.flatMap((provider) => provider.models);
  }

  /** The vendor that serves a model of the catalog. @throws Error for a model that is not in it */
  providerOf(model: Model): Provider {
    const entry = this.byName.get(normalizeModelName(model.id));
    if (entry?.model !== model) throw new Error(`Model ${model.id} is not in the catalog`);
    return entry.provider;
  }

  /** The vendor of that id, whether configured or not. */
  provider(id: string): Provider | null {
    return this.vendors.find((provider) => provider.id === id) ?? null;
  }

  private add(name: string, entry: Entry): void {
    const known = this.byName.get(normalizeModelName(name));
    if (known && known.model !== entry.model) {
      const variable = entry.model.namedBy ?? known.model.namedBy;
      const where = variable === undefined ? '' : `${variable}: `;
      throw new Error(`${where}"${name}" names ${known.model.id} already; choose another name`);
    }
    this.byName.set(normalizeModelName(name), entry);
  }

  private refuseVendorPrefix(asked: string): ModelLookup {
    const bare = asked.split('/').find((part) => this.byName.has(normalizeModelName(part)));
    const entry = bare === undefined ? undefined : this.byName.get(normalizeModelName(bare));
    const near = entry ? [entry.model.id] : this.near(asked.slice(asked.lastIndexOf('/') + 1));
    const hint = near.length > 0 ? `write ${near.join(' or ')}` : SEE_CATALOG;
    return {
      found: false,
      near,
      message: `No model "${asked}": models are named without a vendor or a slash; ${hint}`,
    };
  }

  /** The closest names first; a name that contains the other always counts as near. */
  private near(asked: string): readonly string[] {
    const name = normalizeModelName(asked);
    if (name === '') return [];
    const scored = this.list().map((model) => ({ id: model.id, score: distanceTo(name, model) }));
    const tolerated = Math.max(2, Math.floor(name.length / 3));
    return scored
      .filter(({ score }) => score <= tolerated)
      .toSorted((a, b) => a.score - b.score)
      .slice(0, MAX_NEAR)
      .map(({ id }) => id);
  }
}

interface Entry {
  readonly model: Model;
  readonly provider: Provider;
}

/**
 * The vendors with the models that the operator named by variables; what `Catalog` and `accountsOf` take.
 * @throws Error in one line that names the variable
 */
export function configuredProviders(variables: {
  text(name: string): string | undefined;
}): readonly Provider[] {
  const configured = providers.map((provider) => {
    const more = provider.configuredModels?.(variables) ?? [];
    return more.length === 0 ? provider : { ...provider, models: [...provider.models, ...more] };
  });
  // A name that is taken stops every process, not only the one that looks models up.
  return new Catalog(configured).vendors;
}

/** What can be found out after a lost submit of that model: its own word, else its vendor's. */
export function submitSafetyOf(
  model: Model,
  provider: Pick<Provider, 'submitSafety'>,
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

function distanceTo(name: string, model: Model): number {
  const distances = [model.id, ...model.aliases].map((known) => {
    const candidate = normalizeModelName(known);
    const contained = name.length >= 3 && (candidate.includes(name) || name.includes(candidate));
    return contained ? 0 : editDistance(name, candidate);
  });
  return Math.min(...distances);
}
