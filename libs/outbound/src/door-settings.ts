import type { AddressClass, DoorTimeouts } from './door.js';

/** What a request through the door has besides axios's own settings. */
export interface DoorSettings {
  readonly addressClass?: AddressClass;
  /** Any of the four clocks; wins over `timeout`. */
  readonly timeouts?: Partial<DoorTimeouts>;
  readonly maxBytes?: number;
  /** Taken from axios's own `signal`; not meant to be set by hand. */
  readonly signal?: AbortSignal;
}

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Overrides the instance's defaults for one request, e.g. for a URL out of a vendor's answer. */
    door?: DoorSettings;
  }
}

export interface DoorAxiosDefaults {
  readonly addressClass: AddressClass;
  readonly timeouts: DoorTimeouts;
  readonly maxBytes?: number;
}
