import { GatewayError } from '@app/errors';
import { OutputLinks, OutputStore } from '@app/outputs';
import { type StoredFacts, TaskStore } from '@app/tasks';
import { Controller, Get, Head, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { sendFile, sendFileHead } from './send-file.js';

interface Claim {
  readonly outputId: string;
  readonly exp: string | undefined;
  readonly sig: string | undefined;
}

/** Signed links to finished outputs; whoever has the link needs no key. */
@ApiTags('outputs')
@Controller('outputs')
export class OutputsController {
  constructor(
    private readonly tasks: TaskStore,
    private readonly store: OutputStore,
    private readonly links: OutputLinks,
  ) {}

  @Get(':outputId')
  @ApiOperation({ summary: 'The bytes of an output, by its signed link; takes Range' })
  @ApiProduces('image/*', 'video/*')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(
    @Param('outputId') outputId: string,
    @Query('exp') exp: string | undefined,
    @Query('sig') sig: string | undefined,
    @Headers('range') range: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const facts = await this.find({ outputId, exp, sig });
    await sendFile(reply, this.store, { ...facts, id: outputId, range, ifNoneMatch });
  }

  @Head(':outputId')
  @ApiOperation({ summary: 'Size and type of an output, by its signed link' })
  @ApiOkResponse({ description: 'no body' })
  async head(
    @Param('outputId') outputId: string,
    @Query('exp') exp: string | undefined,
    @Query('sig') sig: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendFileHead(reply, await this.find({ outputId, exp, sig }));
  }

  private async find(claim: Claim): Promise<StoredFacts> {
    const now = new Date();
    const verdict = this.links.verify(claim, now);
    if (verdict === 'expired')
      throw new GatewayError('NOT_FOUND', 'This link has expired; read the task again.');
    const facts =
      verdict === 'valid' ? await this.tasks.findStoredOutput(claim.outputId, now) : null;
    if (!facts)
      throw new GatewayError(
        'NOT_FOUND',
        'No such output, or the link is not the one that was given.',
      );
    return facts;
  }
}
