import { textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared, Provider, ProviderContext, Submitted } from '../provider.js';
import { cancelTask } from './cancel-task.js';
import { DASHSCOPE_TITLE } from './dashscope-call.js';
import { happyhorseModels, qwenImageModels } from './dashscope.models.js';
import { checkHappyhorse, prepareHappyhorse, submitHappyhorse } from './happyhorse.js';
import { prepareQwenImage, submitQwenImage } from './qwen-image.js';
import { recoverTask } from './recover-task.js';

/** Alibaba's Model Studio: one account and one error language, a protocol for each model family. */
export const dashscope: Provider = {
  id: 'dashscope',
  title: DASHSCOPE_TITLE,
  models: [...qwenImageModels, ...happyhorseModels],
  environment: {
    credential: 'DASHSCOPE_API_KEY',
    baseUrl: {
      variable: 'DASHSCOPE_BASE_URL',
      default: 'https://dashscope-intl.aliyuncs.com/api/v1',
    },
    prefix: 'DASHSCOPE',
  },
  submitSafety: 'findable',
  limits: { inFlight: 100, submitsPerSecond: 5, checksPerSecond: 20 },

  prepare(input: JsonObject, model: Model): Prepared {
    return isHappyhorse(model.vendorModel)
      ? prepareHappyhorse(input, model)
      : prepareQwenImage(input, model);
  },

  async submit(request: JsonObject, context: ProviderContext): Promise<Submitted> {
    return isHappyhorse(textAt(request, 'model'))
      ? await submitHappyhorse(request, context)
      : await submitQwenImage(request, context);
  },

  /** Only video is a task; pictures come with the answer to the submit. */
  check: checkHappyhorse,
  cancel: cancelTask,
  recover: recoverTask,
};

/** Its catalog entry is one model; a picture to begin with makes it another of the vendor's. */
function isHappyhorse(vendorModel: string | undefined): boolean {
  return vendorModel?.startsWith('happyhorse-') ?? false;
}
