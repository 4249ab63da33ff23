import type { RouteName } from '../../functions/contract/endpoints.ts';
import { alert, newRule } from './records.ts';
import type { Reply, TestService } from './service.ts';
import { tick } from './ticks.ts';

/** A request for each route that it accepts. The rows that they need are stored first. */
export async function acceptedRequests(service: TestService): Promise<Record<RouteName, () => Promise<Reply>>> {
  const { get, patch, post, put } = service;
  const ruleId = await newRule(service, 'ES', 'r');
  const ingest = async (kind: string, records: object[]) => (await post(`/v1/${kind}`, { records })).body;
  const ticks = await ingest('market-data', [tick()]);
  const alerts = await ingest('alert-logs', [alert(ruleId)]);
  await service.environments.invoke('probe-health', {});
  const body = { ids: [ticks.firstId, alerts.firstId], reason: 'test' };
  const ofTicks = (await post('/v1/market-data/deletions', { ...body, ids: [] })).body.operationId;
  const ofAlerts = (await post('/v1/alert-logs/deletions', { ...body, ids: [] })).body.operationId;
  return {
    ingestMarketData: () => post('/v1/market-data', { records: [tick(), { ...tick(), price: 'x' }] }),
    listMarketData: () => get('/v1/market-data', { query: { limit: 1, includeDeleted: true } }),
    latestMarketData: () => get('/v1/market-data/latest?symbols=ES,NOBODY'),
    latestMarketDataOf: () => post('/v1/market-data/latest', { symbols: ['ES', 'NOBODY'] }),
    listBars: () => get('/v1/market-data/bars?symbol=ES&interval=1m'),
    listCoverage: () => get('/v1/market-data/coverage?symbol=ES'),
    getTick: () => get(`/v1/market-data/${ticks.firstId}?includeDeleted=true`),
    getTickHistory: () => get(`/v1/market-data/${ticks.firstId}/history`),
    getMarketDataBatch: () => get(`/v1/market-data/batches/${ticks.batchId}`),
    deleteMarketData: () => post('/v1/market-data/deletions', { ...body, dryRun: true }),
    restoreMarketData: () => post('/v1/market-data/restorations', body),
    listMarketDataBatches: () => get('/v1/market-data/batches'),
    listAlertLogBatches: () => get('/v1/alert-logs/batches?status=stored'),
    listMarketDataOperations: () => get('/v1/market-data/operations'),
    getMarketDataOperation: () => get(`/v1/market-data/operations/${ofTicks}`),
    ingestAlertLogs: () => post('/v1/alert-logs', { records: [alert(ruleId)] }),
    listAlertLogs: () => get('/v1/alert-logs'),
    latestAlertLogs: () => get('/v1/alert-logs/latest?instrumentIds=1,2'),
    latestAlertLogsOf: () => post('/v1/alert-logs/latest', { instrumentIds: [1, 2] }),
    getAlertLog: () => get(`/v1/alert-logs/${alerts.firstId}`),
    getAlertLogBatch: () => get(`/v1/alert-logs/batches/${alerts.batchId}`),
    deleteAlertLogs: () => post('/v1/alert-logs/deletions', { ...body, ids: [] }),
    restoreAlertLogs: () => post('/v1/alert-logs/restorations', body),
    listAlertLogOperations: () => get('/v1/alert-logs/operations'),
    getAlertLogOperation: () => get(`/v1/alert-logs/operations/${ofAlerts}`),
    putInstrument: () => put('/v1/instruments/ES', {}),
    patchInstrument: () => patch('/v1/instruments/ES', { status: 'active' }),
    putInstruments: () => put('/v1/instruments', { instruments: [{ symbol: 'ES' }, { symbol: 'MADE' }] }),
    listInstruments: () => get('/v1/instruments'),
    getInstrument: () => get('/v1/instruments/ES'),
    putAlertRule: () => put('/v1/alert-rules/r', { symbol: 'ES', condition: 'below', threshold: 1 }),
    patchAlertRule: () => patch('/v1/alert-rules/r', { threshold: 2 }),
    putAlertRules: () =>
      put('/v1/alert-rules', { alertRules: [{ name: 'many', symbol: 'ES', condition: 'below', threshold: 1 }] }),
    listReferenceChanges: () => get('/v1/reference-data/operations'),
    getReferenceChange: async () => {
      const { body: changes } = await get('/v1/reference-data/operations?limit=1');
      return get(`/v1/reference-data/operations/${changes.data[0].operationId}`);
    },
    listAlertRules: () => get('/v1/alert-rules'),
    getAlertRule: () => get('/v1/alert-rules/r'),
    getConfig: () => get('/v1/config'),
    getHealth: () => get('/v1/health'),
    listHealth: () => get('/v1/health/history'),
    getPoolHealth: () => get('/v1/health/pool'),
    getPartitionHealth: () => get('/v1/health/partitions'),
    getPerformance: () => get('/v1/performance'),
    getOpenApi: () => get('/v1/openapi.json'),
  };
}
