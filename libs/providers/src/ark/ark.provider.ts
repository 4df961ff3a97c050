import { textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared, Provider, SubmitContext, Submitted } from '../provider.js';
import { ARK_TITLE, callArk } from './ark-call.js';
import { readArkHook } from './ark-hook.js';
import { cancelTask } from './cancel-task.js';
import { prepareSeedance } from './prepare-seedance.js';
import { prepareSeedream } from './prepare-seedream.js';
import { checkSeedance, submitSeedance } from './seedance-task.js';
import { seedanceModels } from './seedance.models.js';
import { submitSeedream } from './seedream-answer.js';
import { seedreamModels } from './seedream.models.js';

/** ByteDance's Ark: Seedance films are tasks, Seedream pictures come with the answer to the submit. */
export const ark: Provider = {
  id: 'ark',
  title: ARK_TITLE,
  models: [...seedanceModels, ...seedreamModels],
  environment: {
    credential: 'ARK_API_KEY',
    baseUrl: {
      variable: 'ARK_BASE_URL',
      default: 'https://ark.ap-southeast.bytepluses.com/api/v3',
    },
    prefix: 'ARK',
  },
  submitSafety: 'hook-correlates',
  limits: { inFlight: 10, submitsPerSecond: 3, checksPerSecond: 20 },

  prepare(input: JsonObject, model: Model): Prepared {
    return model.kind === 'video' ? prepareSeedance(input, model) : prepareSeedream(input, model);
  },

  async submit(request: JsonObject, context: SubmitContext): Promise<Submitted> {
    return textAt(request, 'prompt') === undefined
      ? await submitSeedance(request, context)
      : await submitSeedream(request, context);
  },

  check: checkSeedance,
  cancel: cancelTask,
  /** The list of film tasks, of which one line will do. */
  probe: async (context) => {
    await callArk(context, {
      method: 'GET',
      path: '/contents/generations/tasks?page_num=1&page_size=1',
    });
  },
  readHook: readArkHook,
};
