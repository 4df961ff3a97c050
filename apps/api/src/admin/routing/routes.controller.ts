import { DEFAULT_UPSTREAM, RoutingStore } from '@app/proxy';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../../http/admin.guard.js';
import { ApiAnswer } from '../../http/api-answer.js';
import { answer } from '../../http/answer.js';
import { RouteChanges } from './route-changes.js';
import { NEW_ROUTE, REMOVED_ROUTE, ROUTE, ROUTES } from './routing.schema.js';
import { routeView } from './routing-view.js';
import { unreadableIn } from './unreadable-in.js';

const MODEL = {
  name: 'model',
  description: 'a name or a glob (`gpt-5*`), percent-encoded, a slash as %2F',
};

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/routes')
@UseGuards(AdminGuard)
export class RoutesController {
  constructor(
    private readonly store: RoutingStore,
    private readonly changes: RouteChanges,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every route of the pass-through, by model' })
  @ApiAnswer(ROUTES)
  async list() {
    return answer(await this.all());
  }

  @Put(':model')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make the route of a model, or replace it whole; everywhere within 2 s',
  })
  @ApiParam(MODEL)
  @ApiBody({ schema: NEW_ROUTE })
  @ApiAnswer(ROUTE)
  async put(@Param('model') model: string, @Body() body: unknown) {
    await this.changes.put(model, body);
    const { routes } = await this.all();
    return answer(routes.find((one) => one.model === model));
  }

  @Delete(':model')
  @ApiOperation({ summary: 'Remove the route of a model; everywhere within 2 s' })
  @ApiParam(MODEL)
  @ApiAnswer(REMOVED_ROUTE)
  async remove(@Param('model') model: string) {
    await this.changes.remove(model);
    return answer({ model, removed: true });
  }

  private async all() {
    const { upstreams, routes, unreadable } = await this.store.list();
    const known = new Set([DEFAULT_UPSTREAM, ...upstreams.map(({ name }) => name)]);
    return {
      routes: routes.map((route) => routeView(route, known)),
      unreadable: unreadableIn('routes', unreadable).map(({ id: model, why }) => ({ model, why })),
    };
  }
}
