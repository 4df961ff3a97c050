-- Why the next attempt of a delivery is made: the schedule, or a person who wants it sent again.
ALTER TABLE "deliveries" ADD COLUMN "trigger" TEXT NOT NULL DEFAULT 'schedule';
