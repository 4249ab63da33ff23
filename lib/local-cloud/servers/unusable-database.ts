/** The files of a data directory cannot be used as they are. Whoever composes the cloud says how to start over. */
export class UnusableDatabase extends Error {}
