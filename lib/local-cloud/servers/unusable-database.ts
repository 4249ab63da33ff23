/** The files of a data directory cannot be used as they are. The caller explains how to start over. */
export class UnusableDatabase extends Error {}
