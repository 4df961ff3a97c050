import { readEnvironment } from './environment.js';
import { buildSandbox } from './sandbox.js';

try {
  const { port, ...options } = readEnvironment(process.env);
  const sandbox = buildSandbox(options);
  const stop = (): void => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const address = await sandbox.listen({ port, host: '127.0.0.1' });
  process.stdout.write(`Sandbox vendors are listening on ${address}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
