"""Where the gateway under test is and which keys open it. `run.mjs` sets the environment; all of it is needed."""

import os

GATEWAY_URL = os.environ["GATEWAY_URL"]
SANDBOX_URL = os.environ["SANDBOX_URL"]
TENANT_KEY = os.environ["TENANT_KEY"]
OTHER_TENANT_KEY = os.environ["OTHER_TENANT_KEY"]
# The key that the gateway holds for OpenAI, and that no tenant ever sees.
UPSTREAM_KEY = os.environ["UPSTREAM_KEY"]
# An upstream that records what comes in, and a gateway in front of it.
STAND_IN_URL = os.environ["STAND_IN_URL"]
RECORDED_GATEWAY_URL = os.environ["RECORDED_GATEWAY_URL"]
RECORDED_KEY = os.environ["RECORDED_KEY"]
