import { Routing, RoutingStore, RoutingWatch, TargetHealth } from '@app/proxy';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../../http/admin.guard.js';
import { ApiAnswer } from '../../http/api-answer.js';
import { answer } from '../../http/answer.js';
import { NEW_UPSTREAM, REMOVED_UPSTREAM, UPSTREAM, UPSTREAMS } from './routing.schema.js';
import { ownUpstreamView, storedUpstreamView } from './routing-view.js';
import { unreadableIn } from './unreadable-in.js';
import { UpstreamChanges } from './upstream-changes.js';

@ApiTags('admin')
@ApiBearerAuth('admin')
@Controller('admin/upstreams')
@UseGuards(AdminGuard)
export class UpstreamsController {
  constructor(
    private readonly store: RoutingStore,
    private readonly watch: RoutingWatch,
    private readonly routing: Routing,
    private readonly health: TargetHealth,
    private readonly changes: UpstreamChanges,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Every upstream of the pass-through, without its keys, and how it stands',
  })
  @ApiAnswer(UPSTREAMS)
  async list() {
    return answer(await this.all());
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Add an upstream, or replace the one of this name; everywhere within 2 s',
  })
  @ApiBody({ schema: NEW_UPSTREAM })
  @ApiAnswer(UPSTREAM)
  async put(@Body() body: unknown) {
    const name = await this.changes.put(body);
    const { upstreams } = await this.all();
    return answer(upstreams.find((one) => one.name === name));
  }

  @Delete(':name')
  @ApiOperation({
    summary: 'Remove an upstream: no new calls; those under way finish. Everywhere within 2 s',
  })
  @ApiAnswer(REMOVED_UPSTREAM)
  async remove(@Param('name') name: string) {
    return answer({ name, removed: true, routes: await this.changes.remove(name) });
  }

  private async all() {
    const { store, watch, health, routing } = this;
    await watch.runOnce();
    const { upstreams, unreadable } = await store.list();
    const stored = upstreams.map((one) => {
      const live = routing.upstreams.get(one.name);
      return storedUpstreamView(one, { live, health });
    });
    return {
      upstreams: [ownUpstreamView(routing.upstreams.own, health), ...stored],
      unreadable: unreadableIn('upstreams', unreadable).map(({ id: name, why }) => ({ name, why })),
    };
  }
}
