/** The exit codes of a command. */
export const EXIT = {
  done: 0,
  /** The store or a file caused a failure. */
  failed: 1,
  /** The command line is invalid or incomplete. */
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

/** An error in the command line. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage);
