import type { Model } from '../model.js';
import type { JsonObject, Prepared, Provider } from '../provider.js';
import { cancelTask } from './cancel-task.js';
import { checkTask } from './check-task.js';
import { callDashscope, DASHSCOPE_TITLE } from './dashscope-call.js';
import { happyhorseModels } from './happyhorse.models.js';
import { prepareHappyhorse } from './prepare-happyhorse.js';
import { prepareWan27, prepareWan3 } from './prepare-newer-wan.js';
import { prepareOlderWan } from './prepare-older-wan.js';
import { prepareQwenImage } from './prepare-qwen-image.js';
import { qwenImageModels } from './qwen-image.models.js';
import { recoverTask } from './recover-task.js';
import { submitJob } from './submit-job.js';
import { newerWanModels } from './wan-newer.models.js';
import { olderWanModels } from './wan-older.models.js';

/** Alibaba's Model Studio: one account and one error language, a protocol for each model family. */
export const dashscope: Provider = {
  id: 'dashscope',
  title: DASHSCOPE_TITLE,
  models: [...qwenImageModels, ...olderWanModels, ...newerWanModels, ...happyhorseModels],
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
    return preparerOf(model.vendorModel)(input, model);
  },

  submit: submitJob,
  /** Only tasks are looked at; most pictures come with the answer to the submit. */
  check: checkTask,
  cancel: cancelTask,
  recover: recoverTask,
  /** The list of tasks, of which one line will do. */
  probe: async (context) => {
    await callDashscope(context, { method: 'GET', path: '/tasks/?page_no=1&page_size=1' });
  },
};

function preparerOf(vendorModel: string): (input: JsonObject, model: Model) => Prepared {
  if (vendorModel.startsWith('happyhorse-')) return prepareHappyhorse;
  if (vendorModel.startsWith('wan3')) return prepareWan3;
  if (vendorModel.startsWith('wan2.7')) return prepareWan27;
  return vendorModel.startsWith('wan') ? prepareOlderWan : prepareQwenImage;
}
