import { adminConfig, ConfigError } from '@app/config';
import { GatewayError } from '@app/errors';
import { AdminTools } from './admin-tools.js';
import { COMMANDS } from './commands.js';
import { helpText, readLine } from './read-line.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);

const tools = new AdminTools(adminConfig(), complain);
try {
  const { command, options, json } = readLine(process.argv.slice(2), COMMANDS);
  if (command) {
    const { ok, lines, data } = await command.run(tools, options);
    print(json ? JSON.stringify({ ok, ...data }) : lines.join('\n'));
    process.exitCode = ok ? 0 : 1;
  } else {
    print(helpText(COMMANDS));
  }
} catch (error) {
  const isMendable = error instanceof ConfigError || error instanceof GatewayError;
  complain(
    `taskgate: ${isMendable ? error.message : String(error instanceof Error ? error.stack : error)}`,
  );
  process.exitCode = 1;
} finally {
  await tools.close();
}
