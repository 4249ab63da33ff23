import { changeCounts, recordedChange } from './reference-changes.ts';
import { instrument, rule } from './reference-data.ts';
import { jsonProblems, page, type RouteDocument } from './route.ts';

const changeProblems = [...jsonProblems, 'precondition_failed'] as const;

/** What the OpenAPI document says of the routes of instruments and alert rules, and of the history of both. */
export const referenceDocuments = {
  putInstrument: {
    tag: 'Reference data',
    summary: 'Create or replace an instrument.',
    response: instrument,
    problems: [...changeProblems, 'name_differs_in_case'],
  },
  patchInstrument: {
    tag: 'Reference data',
    summary: 'Change some fields of an instrument.',
    response: instrument,
    problems: [...changeProblems, 'instrument_not_found'],
  },
  putInstruments: {
    tag: 'Reference data',
    summary: 'Create or replace up to 10,000 instruments at once.',
    response: changeCounts,
    problems: [...jsonProblems, 'name_differs_in_case'],
  },
  listInstruments: {
    tag: 'Reference data',
    summary: 'List instruments by symbol.',
    response: page(instrument),
    problems: [],
  },
  getInstrument: {
    tag: 'Reference data',
    summary: 'Get one instrument.',
    response: instrument,
    problems: ['instrument_not_found', 'precondition_failed'],
  },
  putAlertRule: {
    tag: 'Reference data',
    summary: 'Create or replace an alert rule.',
    response: rule,
    problems: [...changeProblems, 'instrument_not_found'],
  },
  patchAlertRule: {
    tag: 'Reference data',
    summary: 'Change some fields of an alert rule.',
    response: rule,
    problems: [...changeProblems, 'rule_not_found', 'instrument_not_found'],
  },
  putAlertRules: {
    tag: 'Reference data',
    summary: 'Create or replace up to 10,000 alert rules at once.',
    response: changeCounts,
    problems: jsonProblems,
  },
  listAlertRules: { tag: 'Reference data', summary: 'List alert rules by name.', response: page(rule), problems: [] },
  getAlertRule: {
    tag: 'Reference data',
    summary: 'Get one alert rule.',
    response: rule,
    problems: ['rule_not_found', 'precondition_failed'],
  },
  listReferenceChanges: {
    tag: 'Reference data',
    summary: 'List changes of instruments and alert rules, newest first.',
    response: page(recordedChange),
    problems: [],
  },
  getReferenceChange: {
    tag: 'Reference data',
    summary: 'Get one change of an instrument or an alert rule.',
    response: recordedChange,
    problems: ['operation_not_found'],
  },
} as const satisfies Record<string, RouteDocument>;
