import type { Database } from '../database.js';

export const BUSY_TENANT = 'tn_busy';

/** Ten thousand tasks of ten tenants, most of them over, and what hangs on them; statistics are fresh. */
export async function seedBacklog(database: Database): Promise<void> {
  for (const statement of STATEMENTS) await database.query(statement, []);
}

const STATEMENTS = [
  `INSERT INTO tenants (id, name, source)
   SELECT 'tn_' || n, 'tenant ' || n, 'admin' FROM generate_series(1, 9) n
   UNION ALL SELECT '${BUSY_TENANT}', 'busy', 'admin'`,
  `INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, metadata, priority, callback_when,
     on_unknown, storage, created_at, deadline_at, next_action_at, sort_at, dispatch_at, account)
   SELECT 'tk-' || lpad(n::text, 26, '0'), CASE n % 10 WHEN 0 THEN '${BUSY_TENANT}' ELSE 'tn_' || n % 10 END, CASE n % 3 WHEN 0 THEN 'm' ELSE 'm2' END, 'image', 'p',
     CASE WHEN n % 50 = 0 THEN 'queued' WHEN n % 7 = 0 THEN 'fail' ELSE 'success' END, 0, '{}', '{}',
     jsonb_build_object('order', n::text, 'shop', (n % 2)::text), 'normal', 'final', 'fail', 'temp',
     now(), now() + make_interval(secs => n), CASE WHEN n % 50 = 0 THEN now() + make_interval(secs => n) END,
     now(), CASE n % 100 WHEN 50 THEN now() END, CASE n % 100 WHEN 0 THEN 'p:1' END
   FROM generate_series(1, 10000) n`,
  `INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, metadata, priority, callback_when,
     on_unknown, storage, created_at, deadline_at, next_action_at, sort_at, erased_at, parent_id, part, part_results, gather_at)
   SELECT 'tk-P' || lpad(n::text, 25, '0'), 'tn_' || n % 9 + 1, 'm', 'image', 'p', CASE WHEN n % 50 = 0 THEN 'queued' ELSE 'success' END,
     0, '{}', '{}', '{}', 'normal', 'final', 'fail', 'temp', now(), now(), CASE WHEN n % 50 = 0 THEN now() END, now(), now(),
     'tk-' || lpad((n / 3)::text, 26, '0'), n % 3, 1, CASE WHEN n % 100 = 1 THEN now() END
   FROM generate_series(1, 10000) n`,
  `INSERT INTO attempts (id, task_id, number, provider, account, state, lease_until, next_check_at, started_at, vendor_id)
   SELECT 'at-' || n, 'tk-' || lpad(n::text, 26, '0'), 1, 'p', 'p:1',
     CASE n % 100 WHEN 0 THEN 'submitting' WHEN 50 THEN 'submitted' ELSE 'done' END,
     CASE n % 100 WHEN 0 THEN now() + make_interval(secs => n) END,
     CASE n % 100 WHEN 50 THEN now() + make_interval(secs => n) END, now(), 'job-' || n
   FROM generate_series(1, 10000) n`,
  `INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, body, state, next_attempt_at, created_at)
   SELECT 'msg_' || n, 'tk-' || lpad(n::text, 26, '0'), 'tn_1', 'task.success', 1, 'https://a.example', '{}',
     CASE WHEN n % 50 = 0 THEN 'pending' ELSE 'delivered' END,
     CASE WHEN n % 50 = 0 THEN now() + make_interval(secs => n) END, now()
   FROM generate_series(1, 10000) n`,
  `INSERT INTO delivery_attempts (delivery_id, number, trigger, started_at, duration_ms, answer_snippet)
   SELECT 'msg_' || n, 1, 'auto', now(), 1, '' FROM generate_series(1, 10000) n WHERE n % 50 > 0`,
  `INSERT INTO callback_receivers (tenant_id, origin, look_at)
   SELECT 'tn_' || n % 9 + 1, 'https://r' || n || '.example', CASE n % 10 WHEN 0 THEN now() + make_interval(secs => n) END
   FROM generate_series(1, 10000) n`,
  `INSERT INTO outputs (id, task_id, index, type, expire_at, key)
   SELECT 'out-' || n, 'tk-' || lpad(n::text, 26, '0'), 0, 'image', now() + make_interval(secs => n), 'outputs/' || n || '/0' FROM generate_series(1, 10000) n`,
  `INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
   SELECT 'tk-' || lpad(n::text, 26, '0'), 0, now(), '', 'queued', 'created' FROM generate_series(1, 10000) n`,
  `INSERT INTO outbox (step, subject, ring, due_at) SELECT 'submit', 'tk-' || n, '0', now() FROM generate_series(1, 10000) n`,
  `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, task_id, expires_at)
   SELECT 'tn_' || n % 10, 'key-' || n, decode(repeat('ab', 32), 'hex'), 'tk-' || n, now() + make_interval(secs => n)
   FROM generate_series(1, 10000) n`,
  `INSERT INTO inputs (id, tenant_id, key, mime, bytes, sha256, created_at, expire_at)
   SELECT 'in-' || n, 'tn_1', 'inputs/' || n, 'image/png', 1, '', now(), now() + make_interval(secs => n)
   FROM generate_series(1, 10000) n`,
  `INSERT INTO ledger (subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, at, owner)
   SELECT CASE n % 2 WHEN 0 THEN 'req_' || n ELSE 'tk-' || n END, 'hold', 'tn_' || n % 1000, 'key_' || n % 1000, 'm', 'p', n, now() - interval '1 hour',
     CASE n % 2 WHEN 0 THEN 'api-' || n % 5 END
   FROM generate_series(1, 10000) n`,
  `INSERT INTO ledger (subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, at)
   SELECT CASE n % 2 WHEN 0 THEN 'req_' || n ELSE 'tk-' || n END, 'release', 'tn_' || n % 1000, 'key_' || n % 1000, 'm', 'p', n, now() - interval '1 hour'
   FROM generate_series(1, 10000) n WHERE n % 20 > 1`,
  `INSERT INTO ledger_owners SELECT 'api-' || n, now() FROM generate_series(1, 5) n`,
  // As after some time: what changed of late is little.
  `UPDATE balances SET changed_at = now() - interval '1 hour'`,
  'ANALYZE',
];
