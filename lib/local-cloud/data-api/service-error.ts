/**
 * The service's errors with their HTTP statuses, from its API model. The errors after DatabaseUnavailableException are
 * not in the model, but have been observed.
 */
const STATUS = {
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  HttpEndpointNotEnabledException: 400,
  InvalidSecretException: 400,
  StatementTimeoutException: 400,
  UnsupportedResultException: 400,
  ForbiddenException: 403,
  NotFoundException: 404,
  TransactionNotFoundException: 404,
  InternalServerErrorException: 500,
  ServiceUnavailableError: 503,
  DatabaseUnavailableException: 504,
  ValidationException: 400,
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  UnsupportedMediaTypeException: 415,
  ThrottlingException: 429,
  RequestEntityTooLargeException: 413,
} as const;

export type ServiceErrorName = keyof typeof STATUS;

/** An error in the service's form. */
export class ServiceError extends Error {
  override readonly name: ServiceErrorName;

  constructor(name: ServiceErrorName, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = name;
  }

  get status(): number {
    return STATUS[this.name];
  }
}

/** The call has timed out, but its statement continues, as `continueAfterTimeout` requests. */
export class StillRunning extends ServiceError {
  /** Resolves when the statement has ended, to whether it succeeded. */
  readonly ended: Promise<boolean>;

  constructor(ended: Promise<boolean>) {
    super('StatementTimeoutException', 'Request timed out');
    this.ended = ended;
  }
}

interface PostgresFields {
  readonly code?: string;
  readonly severity?: string;
  readonly position?: string;
}

/**
 * A PostgreSQL error as the service words it for Serverless v2: severity and message, the position if there is one, and
 * the SQLSTATE at the end. Detail, hint, constraint and table are omitted, as observed in
 * https://github.com/cloud-utils/aurora-data-api/issues/53.
 */
export function databaseError(error: unknown): ServiceError {
  const { code, severity, position } = error as PostgresFields;
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || severity === undefined) {
    return new ServiceError('DatabaseUnavailableException', 'The database cannot be reached.', error);
  }
  if (code === '42601' && message.includes('multiple commands')) {
    return new ServiceError('ValidationException', "Multistatements aren't supported.", error);
  }
  const at = position === undefined ? '' : `\n  Position: ${position}`;
  return new ServiceError('DatabaseErrorException', `${severity}: ${message}${at}; SQLState: ${code}`, error);
}
