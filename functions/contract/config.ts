import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';

const sentences = z.array(z.string());

/** The result of checking a configuration. `errors` stop a deployment; the others are advice. */
export const configValidation = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      isValid: z.boolean(),
      warnings: documented(sentences, forDocument({ description: 'Works, but is probably not what you want.' })),
      errors: documented(sentences, forDocument({ description: 'Cannot work. `cdk synth` rejects it.' })),
      recommendations: documented(sentences, forDocument({ description: 'What to set instead.' })),
    }),
    forDocument({ id: 'ConfigValidation' }),
  ),
);
/** See `configValidation`. */
export type ConfigValidation = z.output<typeof configValidation>;

/** The response of `GET /v1/config`. */
export const configResponse = /* @__PURE__ */ made(() =>
  z.object({
    configuration: documented(
      z.nullable(z.looseObject({})),
      forDocument({
        description: 'Every effective setting, with secrets and addresses masked. Null outside a deployment.',
      }),
    ),
    validation: configValidation,
  }),
);
/** See `configResponse`. */
export type ConfigResponse = z.output<typeof configResponse>;
