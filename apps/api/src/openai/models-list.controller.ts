import { GatewayError } from '@app/errors';
import { Catalog, type Model } from '@app/providers';
import { isGlob, matchRoute, type RawHeaders, type Route, Routing } from '@app/proxy';
import { Vendors } from '@app/tasks';
import { type Identity, modelVerdict } from '@app/tenants';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../http/admission.js';
import { namesOfModel } from '../http/names-of-model.js';
import { RequestLimits } from '../http/request-limits.js';
import { PassThroughRoute } from '../pass-through/pass-through.route.js';
import { type ListedModel, listedModel, mergedModels, routedModels } from './listed-models.js';
import { ApiListedModel, ApiModelList } from './openai.schema.js';
import { isUpstreams, servedAsTask } from './served-as-task.js';
import { UpstreamModels } from './upstream-models.js';

/**
 * OpenAI's list of models: the upstream's, those of the catalog that work in OpenAI's shapes, and those that
 * operators' routes name.
 */
@ApiTags('openai')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsListController {
  constructor(
    private readonly admission: Admission,
    private readonly limits: RequestLimits,
    private readonly catalog: Catalog,
    private readonly vendors: Vendors,
    private readonly upstream: UpstreamModels,
    private readonly passThrough: PassThroughRoute,
    private readonly routing: Routing,
  ) {}

  @Get()
  @RouteConfig({ streamed: true })
  @ApiModelList()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const identity = await this.admission.recognise(request);
    const mayProxy = identity.scopes.includes('proxy');
    if (!mayProxy) await this.admission.admit(request, 'read');
    await this.limits.take(request, reply, 'reads');
    const upstream = mayProxy ? await this.upstream.list(request) : null;
    if (mayProxy && !upstream) void reply.header('x-taskgate-upstream-models', 'unavailable');
    showHeaders(reply, upstream?.headers ?? []);
    const ours = [...this.own(), ...routedModels(this.routing.routes)];
    const data = mergedModels(upstream?.models ?? [], ours).filter((entry) =>
      this.allows(identity, entry),
    );
    await reply.send({ object: 'list', data });
  }

  @Get(':model')
  @RouteConfig({ streamed: true })
  @ApiListedModel()
  async retrieve(
    @Param('model') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const model = servedAsTask(this.catalog, name);
    if (model) return await this.retrieveOwn({ model, name }, request, reply);
    const route = matchRoute(this.routing.routes, name);
    if (route && !isGlob(route)) return await this.retrieveRouted(route, request, reply);
    this.refuseDenied(await this.admission.recognise(request), name);
    await this.passThrough.forward(request, reply, request.raw);
  }

  private async retrieveOwn(
    { model, name }: { readonly model: Model; readonly name: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const identity = await this.admission.recognise(request);
    if (!identity.scopes.includes('proxy')) await this.admission.admit(request, 'read');
    await this.limits.take(request, reply, 'reads');
    const provider = this.catalog.providerOf(model);
    const refusal = modelVerdict(identity, namesOfModel(this.catalog, name));
    const why = refusal
      ? 'your policy does not allow it'
      : this.vendors.whyUnavailable(model, provider);
    if (why !== null) {
      throw new GatewayError('NOT_FOUND', `Model ${model.id} is not available: ${why}.`, {
        param: 'model',
      });
    }
    await reply.send(listedModel(model.id, provider.id));
  }

  /** The upstream's own word about it where it knows the name; an alias is ours to tell of. */
  private async retrieveRouted(
    { model: name }: Route,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const identity = await this.admission.recognise(request);
    const mayProxy = identity.scopes.includes('proxy');
    if (!mayProxy) await this.admission.admit(request, 'read');
    await this.limits.take(request, reply, 'reads');
    this.refuseDenied(identity, name);
    const theirs = mayProxy ? await this.upstream.find(request) : null;
    showHeaders(reply, theirs?.headers ?? []);
    await reply.send(theirs?.model ?? listedModel(name, 'taskgate'));
  }

  /** @throws GatewayError NOT_FOUND, as for a model that is not there */
  private refuseDenied(identity: Identity, name: string): void {
    if (this.allows(identity, { id: name })) return;
    const message = `Model ${name} is not available: your policy does not allow it.`;
    throw new GatewayError('NOT_FOUND', message, { param: 'model' });
  }

  /** What policy allows; an entry without a name is nothing that could be asked. */
  private allows(identity: Identity, entry: object): boolean {
    const id: unknown = Reflect.get(entry, 'id');
    const names = typeof id === 'string' ? namesOfModel(this.catalog, id) : [];
    return modelVerdict(identity, names) === null;
  }

  /** The available ones that are made by tasks. */
  private own(): readonly ListedModel[] {
    return this.catalog.list().flatMap((model) => {
      const provider = this.catalog.providerOf(model);
      if (isUpstreams(provider)) return [];
      const isAvailable = this.vendors.whyUnavailable(model, provider) === null;
      return isAvailable ? [listedModel(model.id, provider.id)] : [];
    });
  }
}

function showHeaders(reply: FastifyReply, headers: RawHeaders): void {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    void reply.header(headers[at] ?? '', headers[at + 1]);
  }
}
