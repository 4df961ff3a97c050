export {
  Door,
  NO_TRACE,
  type AddressClass,
  type DoorRequest,
  type DoorResponse,
  type DoorTimeouts,
  type DoorTimings,
  type DoorTrace,
} from './door.js';
export { OutboundError, type OutboundErrorKind, type UnreachableReason } from './outbound-error.js';
export { GuardedDoor, type GuardedDoorOptions } from './guarded-door.js';
export type { OpenSocket, OpenedSocket, SocketTarget } from './connection.js';
export { parseDnsServers } from './dns-servers.js';
export type { ResolveName } from './name-resolver.js';
export { parseForwardProxy, type ForwardProxy } from './proxy-tunnels.js';
export { axiosThroughDoor } from './door-axios.js';
export type { DoorAxiosDefaults, DoorSettings } from './door-settings.js';
export {
  hostOf,
  isOnHostOf,
  judgeUrlOfClass,
  judgeUrlText,
  type UrlVerdict,
} from './url-verdict.js';
export { clientRange, isInNetworks, parseNetworks, type Network } from './networks.js';
export { PUBLIC_ONLY, tenantPolicy, type TenantPolicy } from './tenant-policy.js';
export { chooseByWeight, turnOf } from './share-by-weight.js';
export type { Verdict } from './verdict.js';
export {
  afterFault,
  afterOk,
  type Breaker,
  isClean,
  probed,
  SHORTEST_OPEN_MS,
  stateOf as breakerState,
} from './breaker.js';
