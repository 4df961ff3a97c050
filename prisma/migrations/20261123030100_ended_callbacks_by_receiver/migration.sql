-- What has ended, of the version before. It takes as long as there are rows, and locks none that anybody waits
-- for; new rows come in beside it.
UPDATE "deliveries" SET
    "trigger" = CASE "trigger" WHEN 'schedule' THEN 'auto' ELSE "trigger" END,
    "auto_attempts" = "attempts",
    "origin" = lower(substring("url" from '^[A-Za-z]+://[^/?#]+'))
WHERE "origin" = '';
UPDATE "delivery_attempts" SET "trigger" = 'auto' WHERE "trigger" = 'schedule';
