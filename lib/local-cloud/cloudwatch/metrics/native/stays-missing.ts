/**
 * Metrics that alarms of the template watch but nothing local can measure honestly. The alarms see no data, as for a
 * service that has never had such an event, and apply their own treatment of missing data.
 */
export const STAYS_MISSING: Readonly<Record<string, string>> = {
  'AWS/RDS CPUUtilization': "the machine's processors are shared with everything else on it",
  'AWS/RDS FreeableMemory': 'a local server has no maximum capacity, so no free memory can be derived',
  'AWS/RDS ACUUtilization': 'a local server has no capacity units',
  'AWS/RDS AuroraReplicaLag': 'there is no reader',
  'AWS/RDS DatabaseConnectionsCurrentlySessionPinned': 'PgBouncer pools by transaction and pins nothing',
  'AWS/RDS DatabaseConnectionsSetupFailed': 'PgBouncer does not count connections that it could not open',
  'AWS/SNS NumberOfNotificationsFailed': 'failed deliveries go to the dead-letter queue of the subscription',
  'AWS/Scheduler InvocationDroppedCount': 'the local scheduler drops nothing',
  'AWS/Lambda DestinationDeliveryFailures': 'the local cloud delivers to every destination',
  'AWS/Lambda AsyncEventsDropped': 'the local cloud drops no event',
};
