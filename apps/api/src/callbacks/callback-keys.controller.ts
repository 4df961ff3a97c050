import type { PublishedKeys } from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ERROR_BODY, list, object, oneOf, text } from '../http/api-answer.js';
import { CallbackKeys } from './callback-keys.js';

const KEYS = object({
  keys: list(
    object({
      kty: oneOf('OKP'),
      crv: oneOf('Ed25519'),
      x: text('the public key, base64url'),
      kid: text('its thumbprint (RFC 7638)'),
      use: oneOf('sig'),
      alg: oneOf('EdDSA'),
    }),
  ),
  standardWebhooks: list(text('whpk_… for each of `keys`')),
});

/** Public keys are for everybody: no key is asked for. */
@ApiTags('callbacks')
@Controller('.well-known/taskgate')
export class CallbackKeysController {
  constructor(private readonly keys: CallbackKeys) {}

  @Get('callback-keys.json')
  @ApiOperation({
    summary: 'The public keys of the `v1a` signatures of callbacks, as a JSON Web Key Set',
  })
  @ApiOkResponse({ schema: KEYS })
  @ApiNotFoundResponse({
    description: 'Callbacks are signed with secrets alone',
    schema: ERROR_BODY,
  })
  async show(@Res() reply: FastifyReply): Promise<void> {
    const published = this.published(); // before the header: nobody is to keep a refusal
    await reply.header('cache-control', 'public, max-age=3600').send(published);
  }

  private published(): PublishedKeys {
    if (this.keys.published) return this.keys.published;
    throw new GatewayError(
      'NOT_FOUND',
      'Callbacks are signed with secrets alone here: CALLBACK_ED25519 is not on.',
    );
  }
}
