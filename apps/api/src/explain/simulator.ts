import { GatewayError } from '@app/errors';
import {
  explainedRefusal,
  headerValue,
  type ImaginedCall,
  modelScanner,
  NOTHING_FOUND,
  PassThrough,
  type Simulation,
  upstreamPath,
} from '@app/proxy';
import { Catalog } from '@app/providers';
import { Injectable } from '@nestjs/common';
import { refuseEndpoint } from '../http/admission.js';
import { isOwned } from '../http/owned-routes.js';
import { servedAsTask } from '../openai/served-as-task.js';

/** A simulation, and who would serve the call. */
export interface SimulatedCall extends Simulation {
  /** `gateway`: it is never sent on, so nothing else is said of it. */
  readonly servedBy: 'upstream' | 'gateway';
}

/** What would become of calls, from the door on. */
@Injectable()
export class Simulator {
  constructor(
    private readonly passThrough: PassThrough,
    private readonly catalog: Catalog,
  ) {}

  async simulate(call: ImaginedCall): Promise<SimulatedCall> {
    const refused = refusalAtTheDoor(call);
    if (refused) return { ...NOTHING_FOUND, servedBy: 'upstream', refused };
    if (await this.isOwn(call)) return { ...NOTHING_FOUND, servedBy: 'gateway' };
    return { ...(await this.passThrough.simulate(call)), servedBy: 'upstream' };
  }

  /** On paths that are shared, by the model. */
  private async isOwn({ method, target, headers, body }: ImaginedCall): Promise<boolean> {
    if (isOwned(target)) return true;
    const path = upstreamPath(target);
    if (method !== 'POST' || !body || !path.ok || !SHARED.has(path.normalPath)) return false;
    const scanner = modelScanner(headerValue(headers, 'content-type'));
    await scanner?.write(body);
    return scanner?.model !== undefined && servedAsTask(this.catalog, scanner.model) !== null;
  }
}

const SHARED: ReadonlySet<string> = new Set([
  '/v1/images/generations',
  '/v1/images/edits',
  '/v1/videos',
]);

function refusalAtTheDoor({ identity, method, target }: ImaginedCall): Simulation['refused'] {
  try {
    refuseEndpoint(identity, method, target);
    return null;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { refused } = explainedRefusal(error);
    return refused && { status: error.status, ...refused };
  }
}
