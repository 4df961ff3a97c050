import { describeChaos } from '../chaos/describe-chaos.js';
import { SMALL_CHAOS } from '../chaos/options.js';

describeChaos(SMALL_CHAOS);
