import { describeProvider } from '../testing/describe-provider.js';
import { bfl } from './bfl.provider.js';
import { flux2Models } from './bfl.models.js';
import created from './fixtures/created.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import ready from './fixtures/ready.json' with { type: 'json' };

const [model] = flux2Models;
if (!model) throw new Error('no model');

const inState = (status: string) => ({ body: { id: 'x', status, result: null } });

describeProvider(bfl, [
  {
    name: 'a task with a polling URL',
    model,
    input: { prompt: 'a cat' },
    taken: { body: { ...created.body, polling_url: '{origin}/get_result?id=1' } },
    refusals: [
      {
        name: 'no key',
        answer: { status: 403, body: { detail: 'Not authenticated' } },
        verdict: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
      },
    ],
    unreadable: [{ body: { polling_url: 'https://api.eu2.bfl.ai/v1/get_result?id=1' } }],
    looks: {
      running: ['Pending', 'Reasoning', 'Generating', 'Dreaming'].map(inState),
      done: ready,
      failed: [
        { answer: moderated, code: 'CONTENT_REJECTED' },
        { answer: inState('Error'), code: 'TASK_FAILED' },
      ],
    },
  },
]);
