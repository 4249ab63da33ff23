/**
 * The public entry of the package. `startLocalCloud` runs a synthesised app. The other exports are its parts, for tests
 * that need only one of them.
 */

export type { DescribeFault, GatewayFault, GatewayFaultKind } from './api-gateway/gateway-faults.ts';
export { type HttpApi, startHttpApi } from './api-gateway/http-api.ts';
export { splitTarget, toHttpApiEvent, toHttpResponse } from './api-gateway/http-api-event.ts';
export type { ExchangeRecord } from './api-gateway/responder.ts';
export { createRouteMatcher } from './api-gateway/route-matcher.ts';
export { apiOf } from './api-gateway/template-routes.ts';
// AWS' own services
export { type AwsEndpoint, startAwsEndpoint } from './aws-api/aws-endpoint.ts';
export { secretsManager } from './aws-api/secrets-manager.ts';
export type {
  BackendEndpoints,
  BackendSpecification,
} from './backends/backend.ts';
// the assembly
export { ACCOUNT_ID, accountVariables, type LocalAccount, localAccount } from './cloudformation/account.ts';
export { type Assembly, readAssembly } from './cloudformation/assembly.ts';
export { coverageIn, coverageLines, isRun } from './cloudformation/coverage.ts';
export type { Resource } from './cloudformation/resource.ts';
export { resolveTemplate, type Template } from './cloudformation/template.ts';
// CloudWatch and SNS
export type { AlarmState, AlarmView } from './cloudwatch/alarms/alarm.ts';
export { metricAlarm } from './cloudwatch/alarms/metric-alarm.ts';
export { cloudWatchResponse } from './cloudwatch/cloudwatch-api.ts';
export { DESCRIBE_ALARMS, describeAlarms } from './cloudwatch/describe-alarms.ts';
export { type Datum, keyOf } from './cloudwatch/metrics/datum.ts';
export { MetricStore } from './cloudwatch/metrics/metric-store.ts';
export { apiMetrics } from './cloudwatch/metrics/native/api-gateway.ts';
export { auroraMetrics } from './cloudwatch/metrics/native/aurora.ts';
export { lambdaMetrics } from './cloudwatch/metrics/native/lambda.ts';
export { proxyMetrics } from './cloudwatch/metrics/native/rds-proxy.ts';
export { queueMetrics } from './cloudwatch/metrics/native/sqs.ts';
export { STAYS_MISSING } from './cloudwatch/metrics/native/stays-missing.ts';
export { readEmf } from './cloudwatch/metrics/read-emf.ts';
export { createMonitor, type Monitor } from './cloudwatch/monitor.ts';
// database backends
export {
  type DataApiEndpoint,
  type DataApiEndpointOptions,
  startDataApiEndpoint,
} from './data-api/data-api-endpoint.ts';
// faults
export type { ActiveFault, FaultView, InjectFault } from './faults/faults.ts';
export { serverFaults } from './faults/server-faults.ts';
export { AsyncInvocations } from './lambda/async-invocations.ts';
export { EventSourceMappings } from './lambda/event-source-mappings.ts';
export {
  environmentVariables,
  type FunctionDefinition,
  failure,
  type InvocationFailure,
  type InvocationResult,
  type RunningEnvironment,
  readPayload,
} from './lambda/execution-environment.ts';
export { ExecutionEnvironments, type InvocationRecord } from './lambda/execution-environments.ts';
export { functionsOf } from './lambda/function-definitions.ts';
export { type FunctionEvent, readEvent } from './lambda/function-event.ts';
export { isInspected } from './lambda/inspector.ts';
export type { Handler } from './lambda/invocation.ts';
export { createContext, describeError, errorLine, handlerOf } from './lambda/runtime.js';
export { type Clock, ManualClock, systemClock } from './machine/clock.ts';
export { refuseOtherSites } from './machine/local-caller.ts';
export { assertPortFree, freePort, LOOPBACK } from './machine/loopback-port.ts';
export { isLoopback } from './messaging/post-message.ts';
export { snsApi } from './messaging/sns-api.ts';
export type { OutboxMessage } from './messaging/sns-message.ts';
export { sqsApi } from './messaging/sqs-api.ts';
export { readTopics } from './messaging/subscriptions.ts';
export { type NeonEndpoint, startNeonEndpoint } from './neon/neon-endpoint.ts';
// functions and the HTTP API
export { serveStatic } from './pages/serve-static.ts';
export { type Certificate, makeCertificate } from './rds-proxy/certificate.ts';
export { CANCEL_REQUEST, message, readMessage, readParameters, startupMessage } from './rds-proxy/postgres-messages.ts';
export { type LocalRdsProxy, STARTUP_PARAMETERS, startRdsProxy } from './rds-proxy/rds-proxy.ts';
export type { LocalVariables } from './run-template.ts';
export { Scheduler, type ScheduleView } from './scheduler/scheduler.ts';
// servers
export { until } from './servers/child-process.ts';
export type { DatabaseNames, PoolerSettings } from './servers/database-specification.ts';
export { type LocalDatabase, type LocalDatabaseOptions, startLocalDatabase } from './servers/local-database.ts';
export { type LocalPgBouncer, reconnectPooler, startPgBouncer } from './servers/pgbouncer.ts';
export { pgbouncerSettings } from './servers/pgbouncer-config.ts';
export { type LocalPostgres, startPostgres } from './servers/postgres.ts';
export { withClient } from './servers/postgres-cluster.ts';
export { commandLine, identify, isRunning, type ProcessIdentity, processesIn } from './servers/process-table.ts';
// for callers, before and after a run
export { removeDatabase } from './servers/remove-database.ts';
export { differences, digestsOf, restoreBackup } from './servers/restore-backup.ts';
export { type ServerUser, unprivilegedUser } from './servers/unprivileged-user.ts';
export { UnusableDatabase } from './servers/unusable-database.ts';
export {
  type LocalCloud,
  type LocalCloudOptions,
  type LocalCloudParts,
  type Site,
  startLocalCloud,
} from './start-local-cloud.ts';
