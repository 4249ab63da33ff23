/**
 * Converts Postgres' text for a timestamptz, `2022-01-31 23:59:59.5+00`, to ISO 8601 with six decimals,
 * `2022-01-31T23:59:59.500000Z`.
 * @throws Error if the session's time zone is not UTC, because the role's setting did not apply
 */
export function isoTimestamp(text: string): string {
  if (!text.endsWith('+00')) throw new Error(`the session's time zone is not UTC: ${text}`);
  const decimals = text.slice(20, -3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${decimals.padEnd(6, '0')}Z`;
}
