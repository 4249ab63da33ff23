/** The entries that a test service runs. */
export const FUNCTIONS = [
  'ingest',
  'delete',
  'restore',
  'read',
  'reference-data',
  'health',
  'probe-health',
  'maintain-partitions',
  'smoke-run',
] as const;
