import { MAX_RECORDS } from './batches.ts';
import { API_DESCRIPTION, DESCRIPTIONS } from './descriptions.ts';
import type { RouteName } from './endpoints.ts';
import { RESPONSE_EXAMPLES } from './examples.ts';
import { conditionParameters, ETAG, notModified } from './openapi-conditions.ts';
import { problemExampleName, problemExamples, requestExamples, tableOf } from './openapi-examples.ts';
import { GATEWAY_MESSAGE, gatewayJson, gatewayOnly } from './openapi-gateway.ts';
import { componentSchemas, inline, type Json, parametersOf } from './openapi-schemas.ts';
import { REPLAYED, startedResponse } from './openapi-started.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { type Route, TAGS } from './route.ts';
import { routes } from './routes.ts';

/** Problems that every route can return. */
const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'unauthenticated',
  'invalid_request',
  'malformed_url',
  'too_many_requests',
  'internal_error',
  'pool_exhausted',
  'database_unavailable',
  'database_timeout',
  'database_busy',
];

/** What every response of the service carries. */
const COMMON_HEADERS = {
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
};

/** The OpenAPI 3.1 document of the route table. Deterministic: the same table gives the same text. */
export function openApiDocument(version: string): Json {
  const schemas = componentSchemas();
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tick Store',
      version,
      summary: 'Market data on Postgres: batch ingest, soft delete, restore, reads.',
      description: API_DESCRIPTION,
      contact: { name: 'The operator of this deployment' },
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The service that returned this document.' }],
    security: [{ iam: [] }, { bearer: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...schemas, GatewayMessage: GATEWAY_MESSAGE },
      examples: problemExamples(
        new Set([...COMMON_PROBLEMS, ...Object.values(routes).flatMap(({ problems }) => [...problems])]),
      ),
      headers: {
        RequestId: { description: 'The X-Request-Id of the request, or a generated one.', schema: { type: 'string' } },
        RateLimitPolicy: {
          description: 'On a deployment: the requests per second of all callers together, as `"api";q=200;w=1`.',
          schema: { type: 'string' },
        },
      },
      securitySchemes: {
        iam: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description:
            'AWS Signature Version 4 (service execute-api), if the deployment uses IAM authorization. Not needed by a local service.',
        },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token of the configured issuer, if the deployment uses JWT authorization.',
        },
      },
    },
  };
}

function operationOf(name: RouteName, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    description: DESCRIPTIONS[name],
    tags: [route.tag],
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
      ...(route.conditional ? conditionParameters(route) : []),
    ],
    ...(route.body ? { requestBody: requestBodyOf(name, route.method, route.body) } : {}),
    responses: {
      200: successOf(name, route),
      ...(route.conditional && route.method === 'GET' ? { 304: notModified(COMMON_HEADERS) } : {}),
      ...(route.alsoStatus === 202 ? { 202: startedResponse(inline(route.response, 'output'), COMMON_HEADERS) } : {}),
      ...problemResponsesOf(route),
    },
  };
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a retry safe: the same key with the same payload returns the first response again. Keys are kept for 90 days by default, and for at least 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
};

function successOf(name: RouteName, route: Route): Json {
  return {
    description: 'Success.',
    headers: {
      ...COMMON_HEADERS,
      ...(route.idempotent ? REPLAYED : {}),
      ...(route.conditional ? ETAG : {}),
      ...(route.csv ? NEXT_CURSOR : {}),
    },
    content: {
      'application/json': {
        schema: inline(route.response, 'output'),
        examples: { success: { summary: route.summary, value: RESPONSE_EXAMPLES[name] } },
      },
      ...(route.csv ? { 'text/csv': csvOf(name) } : {}),
    },
  };
}

/** A page as CSV: its cursor is in a header. */
function csvOf(name: RouteName): Json {
  const { data } = RESPONSE_EXAMPLES[name] as { data: readonly object[] };
  return {
    schema: {
      type: 'string',
      description: 'A header line with the names of the fields, then one line per row. Null is an empty cell.',
    },
    examples: { success: { summary: 'The same page', value: tableOf(data, ',') } },
  };
}

const NEXT_CURSOR: Json = {
  'X-Next-Cursor': {
    description: 'For a page as CSV: where the next page starts. Absent on the last page.',
    schema: { type: 'string' },
  },
};

function problemResponsesOf(route: Route): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...COMMON_PROBLEMS, ...route.problems]) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Json = { 403: gatewayOnly('The request is not authorised: API Gateway responds itself.') };
  for (const status of [...byStatus.keys()].sort((a, b) => a - b)) {
    const codes = byStatus.get(status) ?? [];
    const retryAfter =
      status === 503 || status === 429
        ? { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }
        : {};
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      headers: { ...COMMON_HEADERS, ...retryAfter },
      content: {
        ...gatewayJson(status, status === route.alsoStatus ? inline(route.response, 'output') : undefined),
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(
            codes.map((code) => [code, { $ref: `#/components/examples/${problemExampleName(code)}` }]),
          ),
        },
      },
    };
  }
  return responses;
}

function requestBodyOf(name: RouteName, method: Route['method'], body: NonNullable<Route['body']>): Json {
  const examples = requestExamples(name);
  if ('json' in body) {
    const content = { schema: inline(body.json, 'input'), examples: examples.json };
    // RFC 7396, which a PATCH with plain JSON follows as well
    const patch = method === 'PATCH' ? { 'application/merge-patch+json': content } : {};
    return { required: true, content: { 'application/json': content, ...patch } };
  }
  const record = inline(body.records, 'input');
  const lines = { type: 'string', contentMediaType: 'application/json', description: 'One record per line.' };
  const csv = {
    type: 'string',
    description:
      'A header line with titles, then one record per line. Titles are field names or common vendor titles; case, spaces, underscores and angle brackets are ignored. Query parameters declare any other dialect. UTF-8, or UTF-16 with a byte order mark.',
  };
  return {
    required: true,
    description:
      'At most 65,536 records, 64 MiB unpacked and 6 MB as received. `Content-Encoding: gzip` is supported. NDJSON may also come as application/ndjson, application/jsonl or application/x-jsonlines, and CSV as application/csv.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['records'],
          additionalProperties: false,
          properties: { records: { type: 'array', maxItems: MAX_RECORDS, items: record } },
        },
        examples: examples.json,
      },
      'application/x-ndjson': { schema: lines, ...(examples.ndjson ? { examples: examples.ndjson } : {}) },
      'text/csv': { schema: csv, ...(examples.csv ? { examples: examples.csv } : {}) },
      'text/tab-separated-values': {
        schema: { type: 'string', description: 'As text/csv, with tabs between cells.' },
        ...(examples.tsv ? { examples: examples.tsv } : {}),
      },
    },
  };
}
