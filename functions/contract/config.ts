import * as z from 'zod';

const sentences = z.array(z.string());

/** The result of checking a configuration. `errors` stop a deployment; the others are advice. */
export const configValidation = z
  .object({
    isValid: z.boolean(),
    warnings: sentences.meta({ description: 'Works, but is probably not what you want.' }),
    errors: sentences.meta({ description: 'Cannot work. `cdk synth` rejects it.' }),
    recommendations: sentences.meta({ description: 'What to set instead.' }),
  })
  .meta({ id: 'ConfigValidation' });
/** See `configValidation`. */
export type ConfigValidation = z.output<typeof configValidation>;

/** The response of `GET /v1/config`. */
export const configResponse = z.object({
  configuration: z
    .looseObject({})
    .nullable()
    .meta({ description: 'Every effective setting, with secrets and addresses masked. Null outside a deployment.' }),
  validation: configValidation,
});
/** See `configResponse`. */
export type ConfigResponse = z.output<typeof configResponse>;
