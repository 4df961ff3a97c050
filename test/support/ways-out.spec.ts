import { describe, expect, it } from 'vitest';
import { waysOut } from './ways-out.js';

describe('waysOut', () => {
  it.each([
    ["import { request } from 'node:https';", 'node:https'],
    ["import http from 'http';", 'http'],
    ["import * as net from 'node:net';", 'node:net'],
    ["import { isIP, connect } from 'node:net';", 'node:net'],
    ["import { connect as isIP } from 'node:net';", 'node:net'],
    ["import { createSocket } from 'node:dgram';", 'node:dgram'],
    ["import { lookup } from 'node:dns/promises';", 'node:dns/promises'],
    ["import 'node:http2';", 'node:http2'],
    ["import { request } from 'undici';", 'undici'],
    ["import { create, type AxiosInstance } from 'axios';", 'axios'],
    ["import got from 'a-client-nobody-knows-yet';", 'a-client-nobody-knows-yet'],
    ["import { S3Client } from '@aws-sdk/client-s3';", '@aws-sdk/client-s3'],
    ["export { request } from 'node:http';", 'node:http'],
    ["export * from 'undici';", 'undici'],
    ["const { request } = await import('node:http');", 'node:http'],
    ['const http = await import(`node:${name}`);', 'import()'],
    ["import http = require('node:http');", 'import ='],
    ["const http = require('node:http');", 'require'],
    ["process.getBuiltinModule('node:http');", 'getBuiltinModule'],
    ["import { spawn } from 'node:child_process';", 'node:child_process'],
    ["import { createRequire } from 'node:module';", 'node:module'],
    ["await fetch('https://example.com');", 'fetch'],
    ['const send = fetch;', 'fetch'],
    ['const options = { fetch };', 'fetch'],
    ['const options = { send: fetch };', 'fetch'],
    ['globalThis.fetch(url);', 'fetch'],
    ["globalThis['fetch'](url);", 'fetch'],
    ['new WebSocket(url);', 'WebSocket'],
    ['new EventSource(url);', 'EventSource'],
  ])('finds %s', (source, through) => {
    expect(waysOut(`const first = 1;\n${source}`)[0]).toEqual({ through, line: 2 });
  });

  it.each([
    "import type { Agent } from 'node:http';",
    "import { type Agent, STATUS_CODES } from 'node:http';",
    "import { type Dispatcher } from 'undici';",
    "export type { Dispatcher } from 'undici';",
    "import { isIP, isIPv4 } from 'node:net';",
    "import { readFile } from 'node:fs/promises';",
    "import { Controller } from '@nestjs/common';",
    "import Ajv from 'ajv/dist/2020.js';",
    "import { GuardedDoor } from '@app/outbound';",
    "await import('./s3-output-store.js');",
    'class Fetcher { fetch() { return this.store.fetch(1); } }',
    'const settings = { fetch: 1 };',
    "const text = 'fetch(url) with node:http';",
    '// await fetch(url)',
  ])('minds nothing about %s', (source) => {
    expect(waysOut(source)).toEqual([]);
  });
});
