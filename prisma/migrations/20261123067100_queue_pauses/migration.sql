-- Queues that an operator has paused, and which workers are alive. Only adds; a worker of the version before
-- knows of no pause.
CREATE TABLE "queue_pauses" (
    "queue" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "queue_pauses_pkey" PRIMARY KEY ("queue")
);

CREATE TABLE "worker_beats" (
    "owner" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "worker_beats_pkey" PRIMARY KEY ("owner")
);
