/** Measures of the older Wan models: the vendor takes these and no other. */
const SIZES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '480P': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
  '720P': {
    '16:9': '1280*720',
    '9:16': '720*1280',
    '1:1': '960*960',
    '4:3': '1088*832',
    '3:4': '832*1088',
  },
  '1080P': {
    '16:9': '1920*1080',
    '9:16': '1080*1920',
    '1:1': '1440*1440',
    '4:3': '1632*1248',
    '3:4': '1248*1632',
  },
};

/** `1280*720`; undefined where the vendor has no such measure. */
export function wanSize(resolution: string, ratio: string): string | undefined {
  return SIZES[resolution]?.[ratio];
}

/** The class that a measure belongs to, by which it is priced. */
export function resolutionOfSize(size: string): string | undefined {
  const found = Object.entries(SIZES).find(([, sizes]) => Object.values(sizes).includes(size));
  return found?.[0];
}
