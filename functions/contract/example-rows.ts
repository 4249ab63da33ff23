/** Rows that the examples of the reference share. */

/** A batch of ticks. */
export const TICK_RECORDS = [
  {
    timestamp: '2026-01-30T14:30:00.000001Z',
    symbol: 'ES',
    price: 4300.25,
    volume: 3,
    bid: 4300,
    ask: 4300.25,
    sequence: 17,
  },
  {
    timestamp: '2026-01-30T14:30:00.250000Z',
    symbol: 'ES',
    price: 4300.5,
    volume: 1,
    bid: 4300.25,
    ask: 4300.5,
    sequence: 18,
  },
] as const;

/** A batch of alert logs. */
export const ALERT_LOG_RECORDS = [
  {
    timestamp: '2026-01-30T14:30:00.250000Z',
    ruleId: 3,
    symbol: 'ES',
    triggerValue: 4300.5,
    thresholdValue: 4300,
    firedStatus: 'fired',
  },
  {
    timestamp: '2026-01-30T14:31:00Z',
    ruleId: 3,
    symbol: 'ES',
    triggerValue: 4301,
    thresholdValue: 4300,
    firedStatus: 'suppressed',
  },
] as const;

/** A stored tick. */
export const TICK = {
  ...{
    id: 2752512,
    timestamp: '2026-01-30T14:30:00.000001Z',
    instrumentId: 1,
    symbol: 'ES',
    price: 4300.25,
    volume: 3,
  },
  ...{ bid: 4300, ask: 4300.25, bidSize: null, askSize: null, openPrice: null, highPrice: null, lowPrice: null },
  ...{ sequence: 17, batchId: 42, deletedAt: null, deletedBy: null },
};

/** A stored alert log. */
export const ALERT_LOG = {
  ...{ id: 2818048, timestamp: '2026-01-30T14:30:00.250000Z', ruleId: 3, ruleName: 'es-above-4300', instrumentId: 1 },
  ...{
    symbol: 'ES',
    instrumentName: 'E-mini S&P 500',
    triggerValue: 4300.5,
    thresholdValue: 4300,
    firedStatus: 'fired',
  },
  ...{
    deliveryStatus: 'slack_sent',
    evaluationTimeMs: 2,
    ruleCondition: 'above',
    alertMessage: null,
    errorMessage: null,
  },
  ...{ deliveryAttemptedAt: null, deliveryCompletedAt: null, batchId: 43, deletedAt: null, deletedBy: null },
};

/** A receipt. */
export const RECEIPT = {
  ...{
    batchId: 42,
    firstId: 2752512,
    received: 3,
    inserted: 2,
    duplicates: 0,
    conflicts: 0,
    tombstoned: 0,
    rejected: 1,
  },
  outcomes: { inserted: [[0, 1]], duplicates: [], conflicts: [], tombstoned: [], rejected: [[2, 2]] },
  rejections: [{ index: 2, path: 'price', code: 'not_finite', message: 'price must be a finite number' }],
};

/** The receipt of a batch with `onConflict=replace`. */
export const CORRECTED_RECEIPT = {
  ...{ batchId: 44, firstId: 2883584, received: 2, inserted: 0, replaced: 1, duplicates: 1 },
  ...{ conflicts: 0, tombstoned: 0, rejected: 0 },
  outcomes: { inserted: [], replaced: [[0, 0]], duplicates: [[1, 1]], conflicts: [], tombstoned: [], rejected: [] },
  ...{ rejections: [], operationId: 44 },
};

/** A deletion. */
export const DELETION = {
  ...{
    operationId: 7,
    kind: 'deletion',
    reason: 'duplicate feed',
    actor: 'arn:aws:sts::123456789012:assumed-role/desk/ana',
  },
  ...{ at: '2026-01-30T15:02:11.402811Z', dryRun: false, requested: 2, affected: 2, unchanged: 0, notFound: 0 },
  ids: { affected: [[2752512, 2752513]], unchanged: [], notFound: [] },
};
/** A restoration. */
export const RESTORATION = {
  ...{ ...DELETION, operationId: 8, kind: 'restoration', reason: 'the feed was right' },
  alsoDeletedBy: [],
};

/** A correction. */
export const CORRECTION = {
  ...DELETION,
  ...{ operationId: 44, kind: 'correction', reason: 'bad print', requested: 1, affected: 1 },
  ids: { affected: [[2752512, 2752512]], unchanged: [], notFound: [] },
  ...{ batchId: 44, stored: [[2883584, 2883584]] },
};

const CORRECTED = {
  ...{ operationId: 44, kind: 'correction', reason: 'bad print' },
  ...{ actor: 'arn:aws:sts::123456789012:assumed-role/desk/ana', at: '2026-01-30T15:02:11.402811Z' },
};

/** The history of a tick that was corrected. */
export const REVISIONS = [
  {
    ...{ ...TICK, price: 43002.5, deletedAt: '2026-01-30T15:02:11.402811Z', deletedBy: 44, revision: 0 },
    operations: [{ ...CORRECTED, effect: 'deleted' }],
  },
  { ...{ ...TICK, id: 2883584, batchId: 44, revision: 1 }, operations: [{ ...CORRECTED, effect: 'stored' }] },
];

/** A deletion of 150,000 rows, when it has started. */
export const STARTED = {
  ...{ ...DELETION, operationId: 9, reason: 'exchange outage', requested: 0, affected: 0, ids: undefined },
  ...{ status: 'running', rowsDone: 0, rowsToDo: null, finishedAt: null, failure: null },
};
/** The same half way through. */
export const RUNNING = { ...STARTED, requested: 150_000, affected: 70_000, rowsDone: 70_000, rowsToDo: 80_000 };
/** The undo of as many rows, when it has started. */
export const STARTED_UNDO = {
  ...{ ...STARTED, operationId: 10, kind: 'restoration', reason: 'the feed was right' },
  alsoDeletedBy: [],
};

/** An instrument. */
export const INSTRUMENT = {
  ...{ id: 1, symbol: 'ES', name: 'E-mini S&P 500', type: 'future', status: 'active', priceDecimals: 2 },
  ...{ createdAt: '2026-01-02T09:00:00.000000Z', updatedAt: '2026-01-02T09:00:00.000000Z' },
};

/** An alert rule. */
export const RULE = {
  ...{
    id: 3,
    name: 'es-above-4300',
    instrumentId: 1,
    symbol: 'ES',
    ruleType: 'threshold',
    condition: 'above',
    threshold: 4300,
  },
  ...{ timeWindowSeconds: null, movingAveragePeriod: null, cooldownSeconds: 60, active: true },
  ...{ createdAt: '2026-01-02T09:00:00.000000Z', updatedAt: '2026-01-02T09:00:00.000000Z' },
};

/** A change of an instrument. */
export const CHANGE = {
  ...{ operationId: 57, kind: 'change', target: 'instruments', name: 'ES' },
  ...{ actor: 'arn:aws:sts::123456789012:assumed-role/desk/ana', at: '2026-01-30T15:02:11.402811Z' },
  before: { name: 'ES', type: 'future', status: 'active', priceDecimals: 4 },
  after: { name: 'E-mini S&P 500', type: 'future', status: 'active', priceDecimals: 2 },
};

/** What became of five items. */
export const CHANGE_COUNTS = {
  ...{ received: 5, created: 3, changed: 1, unchanged: 1 },
  outcomes: { created: [[0, 2]], changed: [[4, 4]], unchanged: [[3, 3]] },
};
