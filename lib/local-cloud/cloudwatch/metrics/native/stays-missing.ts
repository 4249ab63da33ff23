/**
 * Metrics that alarms of the template watch and nothing local can measure honestly: the alarms see no data, as they
 * would of a service that has never had such an event, and treat it by their own rule.
 */
export const STAYS_MISSING: Readonly<Record<string, string>> = {
  'AWS/RDS CPUUtilization': "the machine's processors are shared with everything else on it",
  'AWS/RDS FreeableMemory': 'there is no maximum capacity that memory could be left of',
  'AWS/RDS ACUUtilization': 'a local server has no capacity units',
  'AWS/RDS AuroraReplicaLag': 'there is no reader',
  'AWS/RDS DatabaseConnectionsCurrentlySessionPinned': 'PgBouncer pools by transaction and pins nothing',
  'AWS/RDS DatabaseConnectionsSetupFailed': 'PgBouncer does not count connections that it could not open',
  'AWS/SNS NumberOfNotificationsFailed': 'a local recipient that fails is in the queue that the subscription names',
  'AWS/Scheduler InvocationDroppedCount': 'the local scheduler drops nothing',
  'AWS/Lambda DestinationDeliveryFailures': 'the local cloud delivers to every destination',
  'AWS/Lambda AsyncEventsDropped': 'the local cloud drops no event',
};
