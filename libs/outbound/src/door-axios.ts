import { create, type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import { doorAdapter } from './axios-adapter.js';
import type { Door } from './door.js';
import type { DoorAxiosDefaults } from './door-settings.js';

/**
 * An axios whose transport is the door: every status resolves, no redirects, no retries, JSON is
 * parsed where it is JSON and left as text where it is not. `timeout` is the whole time of a request
 * and lengthens the wait for headers with it. A failure is an `AxiosError` without `config` (it would
 * carry the key into logs) whose `cause` is the `OutboundError`.
 */
export function axiosThroughDoor(door: Door, defaults: DoorAxiosDefaults): AxiosInstance {
  const instance = create({
    adapter: doorAdapter(door, defaults),
    validateStatus: () => true,
    maxRedirects: 0,
    proxy: false,
  });
  instance.interceptors.request.use(moveSignalToDoor, null, { synchronous: true });
  return instance;
}

/**
 * Axios would replace the adapter's error of an aborted request by one that no longer knows whether
 * the request was sent; so only the door sees the signal.
 */
function moveSignalToDoor(config: InternalAxiosRequestConfig): InternalAxiosRequestConfig {
  const { signal, ...rest } = config;
  if (!(signal instanceof AbortSignal)) return config;
  return { ...rest, door: { ...config.door, signal } };
}
