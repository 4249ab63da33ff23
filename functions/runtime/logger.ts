import { LogFormatter, LogItem, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';

/** Ids, counts and durations. Never a row's values, a DSN or a secret. */
export type Fields = Readonly<Record<string, unknown>>;

/** Structured logs: one JSON line per message. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A logger whose lines say which invocation they belong to. */
export interface InvocationLogger extends Logger {
  /** From now on lines carry this invocation's ids, and none of the one before. */
  startInvocation(context: Context): void;
  /** Adds fields to every further line of the invocation. */
  addFields(fields: Fields): void;
}

type Attributes = Parameters<LogFormatter['formatAttributes']>[0];
type MoreAttributes = Parameters<LogFormatter['formatAttributes']>[1];

/**
 * The names that Powertools gives its fields, so that saved queries work: `function_request_id` joins a line to Lambda's
 * REPORT line, `xray_trace_id` to X-Ray. The function's ARN and memory are left out: the log group implies them.
 */
class LineFormatter extends LogFormatter {
  override formatAttributes(attributes: Attributes, more: MoreAttributes): LogItem {
    const { lambdaContext } = attributes;
    return new LogItem({
      attributes: {
        timestamp: attributes.timestamp.toISOString(),
        level: attributes.logLevel,
        message: attributes.message,
        service: attributes.serviceName,
        function_request_id: lambdaContext?.awsRequestId,
        xray_trace_id: attributes.xRayTraceId,
        cold_start: lambdaContext?.coldStart,
      },
    }).addAttributes(more);
  }
}

/**
 * `write` stands around the class and not in it, because the constructor of Powertools may log: that POWERTOOLS_LOGGER_SAMPLE_RATE has
 * chosen the level DEBUG, for example. A field of the class would not exist yet.
 */
function lineLogger(write: (line: string) => void, serviceName: string): PowertoolsLogger {
  class LineLogger extends PowertoolsLogger {
    /** Errors too go to standard output: on two streams lines would change places. */
    protected override printLog(_level: number, item: LogItem): void {
      item.prepareForPrint();
      write(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    }
  }
  return new LineLogger({ serviceName, logFormatter: new LineFormatter() });
}

/**
 * @param write where lines go: standard output, which Lambda hands to CloudWatch
 * @param service the deployment's SERVICE_NAME
 */
export function createLogger(
  write: (line: string) => void = writeLine,
  service = process.env['SERVICE_NAME'] ?? 'tick-store',
): InvocationLogger {
  const logger = lineLogger(write, service);
  return {
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
    startInvocation: (context) => {
      logger.resetKeys();
      logger.addContext(context);
    },
    addFields: (fields) => logger.appendKeys({ ...fields }),
  };
}

/** One line to standard output. */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
