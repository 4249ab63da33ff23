import { describe, expect, test } from 'vitest';
import { createRouteMatcher } from '../api-gateway/route-matcher.ts';

const routeKeys = (keys: readonly string[]) => keys.map((routeKey) => ({ routeKey }));

function match(keys: readonly string[], request: string) {
  const [method = '', path = ''] = request.split(' ');
  const found = createRouteMatcher(routeKeys(keys))(method, path);
  return found.kind === 'matched' ? [found.route.routeKey, found.pathParameters] : found.kind;
}

describe('the most specific route wins', () => {
  // The first five are the example of the developer guide, "Routing API requests".
  const guide = ['$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1'];
  const mixed = ['ANY /v1/ticks', 'GET /v1/ticks', 'GET /v1/{name}', 'GET /{version}/health', 'GET /v1/{proxy+}'];

  test.each<[string, readonly string[], string, unknown]>([
    ['a full match', guide, 'GET /pets/dog/1', ['GET /pets/dog/1', {}]],
    ['a parameter before a greedy one', guide, 'GET /pets/dog/2', ['GET /pets/dog/{id}', { id: '2' }]],
    ['the longer greedy prefix', guide, 'GET /pets/cat/1', ['GET /pets/{proxy+}', { proxy: 'cat/1' }]],
    ['ANY where no method is named', guide, 'POST /test/5', ['ANY /{proxy+}', { proxy: 'test/5' }]],
    ['$default without ANY', ['GET /a', '$default'], 'POST /a', ['$default', {}]],
    ['a named method before ANY', mixed, 'GET /v1/ticks', ['GET /v1/ticks', {}]],
    ['ANY for the other methods', mixed, 'POST /v1/ticks', ['ANY /v1/ticks', {}]],
    ['a literal on the left', mixed, 'GET /v1/health', ['GET /v1/{name}', { name: 'health' }]],
    ['a full match before greedy', mixed, 'GET /v2/health', ['GET /{version}/health', { version: 'v2' }]],
    ['greedy for what is deeper', mixed, 'GET /v1/a/b', ['GET /v1/{proxy+}', { proxy: 'a/b' }]],
    ['a literal ANY before a named method with a parameter', ['GET /{a}', 'ANY /b'], 'GET /b', ['ANY /b', {}]],
  ])('%s', (_what, keys, request, expected) => {
    expect(match(keys, request)).toEqual(expected);
    expect(match([...keys].reverse(), request)).toEqual(expected);
  });
});

describe('a path parameter', () => {
  test.each([
    ['GET /t/1', { id: '1' }],
    ['GET /t/BTC%20USD', { id: 'BTC USD' }],
    ['GET /t/%E2%82%AC', { id: '€' }],
    ['GET /t/BTC%2FUSD', { id: 'BTC/USD' }],
    ['GET /t/a+b', { id: 'a+b' }],
    ['GET /t/..', { id: '..' }],
  ])('%s is decoded', (request, parameters) => {
    expect(match(['GET /t/{id}'], request)).toEqual(['GET /t/{id}', parameters]);
  });

  test.each(['GET /t', 'GET /t/', 'GET /t//', 'GET /t/1/', 'GET /t/1/2', 'GET //1', 'HEAD /t/1', 'get /t/1'])(
    '%s does not match',
    (request) => {
      expect(match(['GET /t/{id}'], request)).toBe('none');
    },
  );

  test('a name like __proto__ stays a plain value', () => {
    const found = createRouteMatcher(routeKeys(['GET /{__proto__}']))('GET', '/x');
    expect(found.kind === 'matched' && Object.entries(found.pathParameters)).toEqual([['__proto__', 'x']]);
  });
});

test('a trailing slash is part of the path', () => {
  expect(match(['GET /v1/health'], 'GET /v1/health/')).toBe('none');
  expect(match(['GET /v1/health', '$default'], 'GET /v1/health/')).toEqual(['$default', {}]);
  expect(match(['GET /v1/{proxy+}'], 'GET /v1/')).toEqual(['GET /v1/{proxy+}', { proxy: '' }]);
  expect(match(['GET /v1/{proxy+}'], 'GET /v1')).toBe('none');
  expect(match(['GET /'], 'GET /')).toEqual(['GET /', {}]);
});

test.each(['/%', '/%zz', '/%f', '/%ff', '/%c3%28', '/a/%E2%82', '/x%'])(
  '%s is malformed, whatever the routes',
  (path) => {
    expect(createRouteMatcher(routeKeys(['$default', 'GET /{id}']))('GET', path).kind).toBe('malformed');
  },
);

test.each([
  ['GET v1', 'is not a route key'],
  ['/v1', 'is not a route key'],
  ['get /v1', 'is not a route key'],
  ['GET /{proxy+}/more', 'continues after a greedy variable'],
])('the route key "%s" is refused', (routeKey, message) => {
  expect(() => createRouteMatcher([{ routeKey }])).toThrow(message);
});

test('two routes with the same key are refused', () => {
  expect(() => createRouteMatcher(routeKeys(['GET /a', 'GET /a']))).toThrow('Two routes have the key "GET /a"');
});
