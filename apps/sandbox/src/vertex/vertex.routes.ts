import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DirectionError, takeOrder, type Order } from '../directions/order.js';
import { sendTruncated } from '../directions/send-truncated.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { isFields, readText } from '../fields.js';
import { bearerKey, isGoodKey } from '../keys.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { exhausted, internal, invalidArgument, RpcError } from './rpc-error.js';
import { readOperationName, readVeoJob } from './veo-body.js';
import { isDone, operationAnswer, type VeoOperation } from './veo-operation.js';

const MODELS = new Set(['veo-3.1-generate-001', 'veo-3.1-fast-generate-001']);
/** An operation has no status but `done`, and its videos come inline: no regress, no links, no hooks. */
const VEO_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'truncated-output',
  'html-output',
] as const;
const MAX_OPERATIONS = 50_000;

/** The stand-in of Veo on Vertex AI. */
export function vertexRoutes(state: SandboxState): FastifyPluginAsync {
  const operations = new RecentMap<VeoOperation>(MAX_OPERATIONS, (operation) =>
    isDone(operation, state.now()),
  );
  return async (app) => {
    app.addHook('onRequest', async (request) => {
      if (isGoodKey(bearerKey(request.headers.authorization))) return;
      throw new RpcError(
        401,
        'Request had invalid authentication credentials. Expected OAuth 2 access token.',
      );
    });
    app.setErrorHandler(async (error: FastifyError, _request, reply) => {
      const rpc = asRpcError(error);
      return await reply.code(rpc.code).send(rpc.body());
    });
    app.setNotFoundHandler(() => {
      throw new RpcError(404, 'The requested URL was not found on this server.');
    });
    app.post(
      '/:version(^v1|v1beta1$)/projects/:project/locations/:location/publishers/google/models/:call',
      async (request, reply) => {
        const { model, verb, parent } = readCall(request);
        const call = { state, operations, model, parent };
        if (verb === 'predictLongRunning') return await submit(call, request, reply);
        if (verb === 'fetchPredictOperation') return await poll(call, request, reply);
        throw new RpcError(404, `No method ${verb}.`);
      },
    );
  };
}

interface Call {
  readonly state: SandboxState;
  readonly operations: RecentMap<VeoOperation>;
  readonly model: string;
  /** `projects/…/models/MODEL`, the start of every operation's name. */
  readonly parent: string;
}

/** The last segment is `MODEL:METHOD`. @throws RpcError */
function readCall(request: FastifyRequest): { model: string; verb: string; parent: string } {
  const params = isFields(request.params) ? request.params : {};
  const [model = '', verb = ''] = readText(params, 'call').split(':');
  if (!MODELS.has(model)) {
    throw new RpcError(404, `Publisher Model \`publishers/google/models/${model}\` was not found.`);
  }
  const place = `projects/${readText(params, 'project')}/locations/${readText(params, 'location')}`;
  return { model, verb, parent: `${place}/publishers/google/models/${model}` };
}

async function submit(
  { state, operations, model, parent }: Call,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const job = readVeoJob(request.body);
  const order = takeOrder(state, job.prompt, { faults: VEO_FAULTS, delayMs: state.delayMs });
  refuseIfDirected(order, { busy: exhausted, broken: internal });
  const name = `${parent}/operations/${randomUUID()}`;
  const ending = endingOf(order);
  operations.set(name, { name, job, order, ending, submittedAt: state.now() });
  state.submits.add({ provider: 'vertex', model, vendorId: name, prompt: job.prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  await reply.send({ name });
}

function endingOf(order: Order): VeoOperation['ending'] {
  if (order.shows('moderated')) return 'filtered';
  return order.shows('fail') ? 'error' : 'videos';
}

async function poll(
  { state, operations, parent }: Call,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const name = readOperationName(request.body);
  if (!name.startsWith(`${parent}/operations/`)) {
    throw invalidArgument('operationName does not belong to this model.');
  }
  const operation = operations.get(name);
  if (!operation) throw new RpcError(404, `Operation ${name} was not found.`);
  const answer = operationAnswer(operation, state.now());
  if (isDone(operation, state.now()) && operation.order.shows('truncated-output')) {
    sendTruncated(reply, 'application/json', Buffer.from(JSON.stringify(answer)));
    return;
  }
  await reply.send(answer);
}

function asRpcError(error: FastifyError): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof DirectionError) return invalidArgument(error.message);
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? invalidArgument(message) : internal();
}
