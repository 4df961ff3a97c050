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
import { bearerKey } from '../keys.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { refuseProject } from './projects.js';
import { exhausted, internal, invalidArgument, RpcError } from './rpc-error.js';
import { readOperationName, readVeoJob, type VeoJob } from './veo-body.js';
import { VEO_MODELS, type VeoModel } from './veo-models.js';
import { isDone, operationAnswer, type VeoOperation } from './veo-operation.js';

/** An operation has no status but `done`, and its videos come inline: no regress, no links, no hooks. */
const VEO_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'truncated-output',
  'html-output',
] as const;
/** Needs more than one film. */
const VEO_FAULTS_OF_SEVERAL = [...VEO_FAULTS, 'moderated-part'] as const;
const MAX_OPERATIONS = 50_000;

/** The stand-in of Veo on Vertex AI. */
export function vertexRoutes(state: SandboxState): FastifyPluginAsync {
  const operations = new RecentMap<VeoOperation>(MAX_OPERATIONS, (operation) =>
    isDone(operation, state.now()),
  );
  return async (app) => {
    app.addHook('onRequest', async (request) => {
      if (state.keys.isGood(bearerKey(request.headers.authorization))) return;
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
        const { verb, ...named } = readCall(request);
        const call = { state, operations, ...named };
        if (verb === 'predictLongRunning') return await submit(call, request, reply);
        if (verb === 'fetchPredictOperation') return await poll(call, request, reply);
        throw new RpcError(404, `No method ${verb}.`);
      },
    );
  };
}

interface Named {
  readonly model: string;
  readonly abilities: VeoModel;
  /** `projects/…/models/MODEL`, the start of every operation's name. */
  readonly parent: string;
}

interface Call extends Named {
  readonly state: SandboxState;
  readonly operations: RecentMap<VeoOperation>;
}

/** The last segment is `MODEL:METHOD`. @throws RpcError */
function readCall(request: FastifyRequest): Named & { readonly verb: string } {
  const params = isFields(request.params) ? request.params : {};
  const [model = '', verb = ''] = readText(params, 'call').split(':');
  const [project, location] = [readText(params, 'project'), readText(params, 'location')];
  refuseProject(project);
  const abilities = VEO_MODELS.get(model);
  const parent = `projects/${project}/locations/${location}/publishers/google/models/${model}`;
  if (abilities) return { model, abilities, verb, parent };
  throw new RpcError(
    404,
    `Publisher Model \`${parent}\` was not found or your project does not have access to it. It may be no longer available.`,
  );
}

async function submit(
  { state, operations, model, abilities, parent }: Call,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const job = readVeoJob(abilities, request.body);
  const faults = job.sampleCount > 1 ? VEO_FAULTS_OF_SEVERAL : VEO_FAULTS;
  const order = takeOrder(state, job.prompt, { faults, delayMs: state.delayMs });
  refuseIfDirected(order, { busy: exhausted, broken: internal });
  const name = `${parent}/operations/${randomUUID()}`;
  const isFailed = order.shows('fail');
  const withheld = withheldOf(job, order);
  operations.set(name, { name, job, order, isFailed, withheld, submittedAt: state.now() });
  state.submits.add({ provider: 'vertex', model, vendorId: name, prompt: job.prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  await reply.send({ name });
}

function withheldOf({ sampleCount }: VeoJob, order: Order): number {
  if (order.shows('moderated')) return sampleCount;
  return order.shows('moderated-part') ? 1 : 0;
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
