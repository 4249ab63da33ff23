import * as z from 'zod/mini';
import { symbol } from './fields.ts';
import { idParameter } from './parameters.ts';
import { changeCounts, changeListQuery, recordedChange } from './reference-changes.ts';
import {
  instrument,
  instrumentList,
  instrumentPatch,
  instrumentRequest,
  rule,
  ruleList,
  ruleName,
  rulePatch,
  ruleRequest,
} from './reference-data.ts';
import { jsonProblems, namedListQuery, none, page, type Route } from './route.ts';

const instruments = { path: '/v1/instruments', tag: 'Reference data' } as const;
const oneInstrument = {
  path: '/v1/instruments/{symbol}',
  tag: 'Reference data',
  params: z.strictObject({ symbol }),
  query: none,
  response: instrument,
  conditional: true,
} as const;
const rules = { path: '/v1/alert-rules', tag: 'Reference data' } as const;
const oneRule = {
  path: '/v1/alert-rules/{name}',
  tag: 'Reference data',
  params: z.strictObject({ name: ruleName }),
  query: none,
  response: rule,
  conditional: true,
} as const;
const changeProblems = [...jsonProblems, 'precondition_failed'] as const;

/** The routes of instruments and alert rules, and of the history of both. */
export const referenceRoutes = {
  putInstrument: {
    ...oneInstrument,
    method: 'PUT',
    function: 'reference-data',
    summary: 'Create or replace an instrument.',
    body: { json: instrumentRequest },
    problems: [...changeProblems, 'name_differs_in_case'],
  },
  patchInstrument: {
    ...oneInstrument,
    method: 'PATCH',
    function: 'reference-data',
    summary: 'Change some fields of an instrument.',
    body: { json: instrumentPatch },
    problems: [...changeProblems, 'instrument_not_found'],
  },
  putInstruments: {
    ...instruments,
    method: 'PUT',
    function: 'reference-data',
    summary: 'Create or replace up to 10,000 instruments at once.',
    params: none,
    query: none,
    body: { json: instrumentList },
    response: changeCounts,
    problems: [...jsonProblems, 'name_differs_in_case'],
  },
  listInstruments: {
    ...instruments,
    method: 'GET',
    function: 'read',
    summary: 'List instruments by symbol.',
    params: none,
    query: namedListQuery,
    response: page(instrument),
    problems: [],
  },
  getInstrument: {
    ...oneInstrument,
    method: 'GET',
    function: 'read',
    summary: 'Get one instrument.',
    problems: ['instrument_not_found', 'precondition_failed'],
  },
  putAlertRule: {
    ...oneRule,
    method: 'PUT',
    function: 'reference-data',
    summary: 'Create or replace an alert rule.',
    body: { json: ruleRequest },
    problems: [...changeProblems, 'instrument_not_found'],
  },
  patchAlertRule: {
    ...oneRule,
    method: 'PATCH',
    function: 'reference-data',
    summary: 'Change some fields of an alert rule.',
    body: { json: rulePatch },
    problems: [...changeProblems, 'rule_not_found', 'instrument_not_found'],
  },
  putAlertRules: {
    ...rules,
    method: 'PUT',
    function: 'reference-data',
    summary: 'Create or replace up to 10,000 alert rules at once.',
    params: none,
    query: none,
    body: { json: ruleList },
    response: changeCounts,
    problems: jsonProblems,
  },
  listAlertRules: {
    ...rules,
    method: 'GET',
    function: 'read',
    summary: 'List alert rules by name.',
    params: none,
    query: namedListQuery,
    response: page(rule),
    problems: [],
  },
  getAlertRule: {
    ...oneRule,
    method: 'GET',
    function: 'read',
    summary: 'Get one alert rule.',
    problems: ['rule_not_found', 'precondition_failed'],
  },
  listReferenceChanges: {
    method: 'GET',
    path: '/v1/reference-data/operations',
    function: 'read',
    tag: 'Reference data',
    summary: 'List changes of instruments and alert rules, newest first.',
    params: none,
    query: changeListQuery,
    response: page(recordedChange),
    problems: [],
  },
  getReferenceChange: {
    method: 'GET',
    path: '/v1/reference-data/operations/{id}',
    function: 'read',
    tag: 'Reference data',
    summary: 'Get one change of an instrument or an alert rule.',
    params: z.strictObject({ id: idParameter }),
    query: none,
    response: recordedChange,
    problems: ['operation_not_found'],
  },
} as const satisfies Record<string, Route>;
