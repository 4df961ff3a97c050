import { GatewayError } from '@app/errors';
import { OutputLinks, OutputStore } from '@app/outputs';
import { type StoredFacts, TaskStore } from '@app/tasks';
import { Controller, Get, Head, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { describeStored, etagOfStored, sendStored } from './send-stored.js';

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
    describeStored(reply, facts);
    if (ifNoneMatch === etagOfStored(facts)) return void (await reply.status(304).send());
    const link = await this.linkTo(outputId, facts);
    if (link !== null) return await redirect(reply, link);
    await sendStored(reply, this.store, { facts, range });
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
    const facts = await this.find({ outputId, exp, sig });
    describeStored(reply, facts);
    await reply.header('content-length', facts.bytes).send();
  }

  /** A presigned link to the store, where it has them; it dies long before anybody could collect it. */
  private async linkTo(outputId: string, facts: StoredFacts): Promise<string | null> {
    const { key, mime } = facts;
    const filename = `${outputId}.${EXTENSION[mime] ?? 'bin'}`;
    return await this.store.link(key, { mime, filename, seconds: LINK_SECONDS });
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

const LINK_SECONDS = 900;

const EXTENSION: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
};

/** The store answers `Range` itself. Kept by nobody, because the presigned link dies soon. */
async function redirect(reply: FastifyReply, link: string): Promise<void> {
  for (const name of ['content-type', 'accept-ranges', 'etag', 'content-disposition']) {
    void reply.removeHeader(name);
  }
  await reply.status(302).headers({ location: link, 'cache-control': 'no-store' }).send();
}
