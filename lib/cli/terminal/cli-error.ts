/** What ends a command, as its exit code. */
export const EXIT = {
  done: 0,
  /** The store, or a file, stood in the way. */
  failed: 1,
  /** The command line is wrong, or leaves open what has to be said. */
  usage: 2,
  /** Done, but some rows were rejected. */
  rejected: 3,
  interrupted: 130,
} as const;

/** Ends a command with a sentence for the person who typed it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What was typed cannot be done as it stands. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage);
