import { type IncomingMessage, ServerResponse } from 'node:http';

/**
 * An answer of HTTP to a request that asked to leave it. The connection is closed behind it: what else came
 * on it nobody can tell apart from a body.
 */
export function plainAnswer(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.once('finish', () => request.socket.destroySoon());
  return response;
}
