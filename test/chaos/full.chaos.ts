import { describeChaos } from './describe-chaos.js';
import { chaosOptions } from './options.js';

describeChaos(chaosOptions(process.env, Date.now()));
