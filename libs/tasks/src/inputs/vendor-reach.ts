import { judgeUrlText, PUBLIC_ONLY } from '@app/outbound';

/**
 * Who a vendor is by its base URL, and so which URLs it can open: the public ones; where it is in a
 * private network those too; where it runs on this very machine, all.
 */
export type VendorPlace = 'public' | 'private' | 'this-machine';

export function placeOf(baseUrl: string): VendorPlace {
  if (isOfThisMachine(baseUrl)) return 'this-machine';
  return isPublic(baseUrl) ? 'public' : 'private';
}

/** By the text alone; a name that only looks public is found out when it is dialled. */
export function canOpen(vendor: VendorPlace, url: string): boolean {
  switch (vendor) {
    case 'this-machine':
      return true;
    case 'private':
      return !isOfThisMachine(url);
    case 'public':
      return isPublic(url);
  }
}

const isPublic = (url: string): boolean => judgeUrlText(url, PUBLIC_ONLY).allowed;

function isOfThisMachine(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? '';
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])\.?$/.test(hostname);
}
