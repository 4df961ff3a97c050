import { textAt } from '../json.js';
import type { Model } from '../model.js';
import type {
  Checked,
  JsonObject,
  Prepared,
  Provider,
  ProviderContext,
  SubmitContext,
  Submitted,
} from '../provider.js';
import { callGemini, GEMINI_TITLE } from './gemini-call.js';
import { geminiImageModels } from './gemini-image.models.js';
import { submitPicture } from './generated-picture.js';
import { readInteractionHook } from './interaction-hook.js';
import { cancelInteraction, checkInteraction, submitInteraction } from './interactions.js';
import { omniModels } from './omni.models.js';
import { prepareGeminiImage } from './prepare-gemini-image.js';
import { prepareOmni } from './prepare-omni.js';
import { prepareVeoPreview } from './prepare-veo-preview.js';
import { checkVeoPreview, submitVeoPreview } from './veo-operation.js';
import { veoPreviewModels } from './veo-preview.models.js';

/** The Gemini API, by key: one account and one error language, a protocol for each model family. */
export const gemini: Provider = {
  id: 'gemini',
  title: GEMINI_TITLE,
  models: [...omniModels, ...geminiImageModels, ...veoPreviewModels],
  environment: {
    credential: 'GEMINI_API_KEY',
    baseUrl: {
      variable: 'GEMINI_BASE_URL',
      default: 'https://generativelanguage.googleapis.com',
    },
    prefix: 'GEMINI',
  },
  submitSafety: 'none',
  limits: { inFlight: 20, submitsPerSecond: 1, checksPerSecond: 20 },
  prepare,
  submit,
  check,
  cancel,
  /** The list of models, of which one will do. */
  probe: async (context) => {
    await callGemini(context, { method: 'GET', path: 'models?pageSize=1' });
  },
  readHook: readInteractionHook,
};

function prepare(input: JsonObject, model: Model): Prepared {
  if (omniModels.includes(model)) return prepareOmni(input, model);
  if (geminiImageModels.includes(model)) return prepareGeminiImage(input, model);
  return prepareVeoPreview(input, model);
}

async function submit(request: JsonObject, context: SubmitContext): Promise<Submitted> {
  const call = textAt(request, 'call');
  if (call === 'interactions') return await submitInteraction(request, context);
  if (call === 'generateContent') return await submitPicture(request, context);
  return await submitVeoPreview(request, context);
}

/** An operation where the handle names one; else an interaction, as a hook tells it too. */
async function check(handle: JsonObject, context: ProviderContext): Promise<Checked> {
  return 'operation' in handle
    ? await checkVeoPreview(handle, context)
    : await checkInteraction(handle, context);
}

/** Veo's operations cannot be stopped here: no page says that they can. */
async function cancel(
  handle: JsonObject,
  context: ProviderContext,
): Promise<'stopped' | 'too-late'> {
  return 'operation' in handle ? 'too-late' : await cancelInteraction(handle, context);
}
