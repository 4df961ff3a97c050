import { GatewayError } from '@app/errors';
import { InputLinks, OutputStore } from '@app/outputs';
import { type InputObject, InputStore } from '@app/tasks';
import { Controller, Get, Head, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { sendFile, sendFileHead } from '../outputs/send-file.js';

interface Claim {
  readonly inputId: string;
  readonly exp: string | undefined;
  readonly sig: string | undefined;
}

/**
 * Kept inputs, for the vendors that fetch what a task names by themselves: by a signed link that they
 * alone are given. Callers have `input:…` and the API.
 */
@ApiExcludeController()
@Controller('inputs')
export class InputFilesController {
  constructor(
    private readonly inputs: InputStore,
    private readonly store: OutputStore,
    private readonly links: InputLinks,
  ) {}

  @Get(':inputId')
  async download(
    @Param('inputId') inputId: string,
    @Query('exp') exp: string | undefined,
    @Query('sig') sig: string | undefined,
    @Headers('range') range: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const input = await this.find({ inputId, exp, sig });
    await sendFile(reply, this.store, { ...input, range, ifNoneMatch });
  }

  @Head(':inputId')
  async head(
    @Param('inputId') inputId: string,
    @Query('exp') exp: string | undefined,
    @Query('sig') sig: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendFileHead(reply, await this.find({ inputId, exp, sig }));
  }

  private async find({ inputId, exp, sig }: Claim): Promise<InputObject> {
    const now = new Date();
    const isOurs = this.links.verify({ outputId: inputId, exp, sig }, now) === 'valid';
    const input = isOurs ? await this.inputs.findLinked(inputId, now) : null;
    if (!input) throw new GatewayError('NOT_FOUND', 'No such input, or its link has expired.');
    return input;
  }
}
