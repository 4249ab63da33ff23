import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CONFIGS, propertiesOf, stackOf, synthesise } from './support/stacks.ts';

const enabled = synthesise({ ...CONFIGS.neon, console: { enabled: true } });
const routesOf = ({ template }: typeof enabled) => Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Route'));

describe('the console of a deployment', () => {
  test('is absent unless the configuration asks for it', () => {
    expect(routesOf(stackOf('neon')).filter(({ RouteKey }) => RouteKey === 'GET /')).toEqual([]);
  });

  test("is behind the API's own authorisation, at every one of its paths", () => {
    const own = routesOf(enabled).filter(({ RouteKey }) => / \/(?:docs|console\/\{file\})?$/.test(RouteKey));
    const expected = ['GET', 'HEAD'].flatMap((method) =>
      ['/', '/console/{file}', '/docs'].map((path) => `${method} ${path}`),
    );
    expect(own.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]).sort()).toEqual(
      expected.map((key) => [key, 'AWS_IAM']),
    );
  });

  test('is served by a function without access to the database', () => {
    const [found] = Object.values(propertiesOf(enabled.template, 'AWS::Lambda::Function')).filter(
      ({ FunctionName }) => FunctionName === 'tick-store-serve-console',
    );
    expect(found).toMatchObject({ ReservedConcurrentExecutions: 5 });
    expect([found.VpcConfig, found.Environment]).toEqual([undefined, undefined]);
  });

  test('its bundle serves the page with its content security policy, and no other file', async () => {
    const asset = readdirSync(enabled.directory)
      .map((name) => join(enabled.directory, name))
      .find((path) => path.includes('asset.') && readdirSync(path).includes('site.json')) as string;
    const { handler } = await import(pathToFileURL(join(asset, 'index.mjs')).href);
    for (const rawPath of ['/', '/docs', '/index.html']) {
      const response = handler({ rawPath });
      expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(response.headers['content-security-policy']).toContain("default-src 'none'");
      expect(gunzipSync(Buffer.from(response.body, 'base64')).toString()).toContain('<div id="app">');
    }
    const [script] = readdirSync(join(asset, 'site', 'console')).filter((name) => /^main-.*\.js$/.test(name));
    expect(handler({ rawPath: `/console/${script}` }).headers['cache-control']).toContain('immutable');
    for (const rawPath of ['/site.json', '/index.mjs', '/../index.mjs', '/console/../../index.mjs', '/__proto__'])
      expect(handler({ rawPath }).statusCode).toBe(404);
  });
});
