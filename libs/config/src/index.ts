export { AdminConfig } from './admin-config.js';
export { CONFIG_VARIABLES, type ConfigVariable } from './config-variables.js';
export { loadConfig, type Config, type OutputStoreConfig } from './config.js';
export { adminConfig, configOrExit } from './env.js';
export { Secret } from './secret.js';
export { setting, settings } from './setting.js';
export { ConfigError, type Variables } from './variables.js';
