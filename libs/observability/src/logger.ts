import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

/** JSON lines; whatever may hold a credential is cut out by name as a second lock after never logging it. */
export function createLogger(
  options: { readonly name: string; readonly level: string },
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      redact: { paths: REDACTED, censor: '[redacted]' },
      serializers: { err: pino.stdSerializers.err },
    },
    destination,
  );
}

const SENSITIVE = [
  'authorization',
  'cookie',
  'apiKey',
  'secret',
  'token',
  'password',
  'x-api-key',
  'x-key',
];
const REDACTED = SENSITIVE.flatMap((name) => [
  `["${name}"]`,
  `*["${name}"]`,
  `*.headers["${name}"]`,
]);
