import * as z from 'zod';

const sentences = z.array(z.string());

/** What is right and wrong with a configuration. `errors` stop a deployment; the others are advice. */
export const configValidation = z
  .object({
    isValid: z.boolean(),
    warnings: sentences.meta({ description: 'Works, and is likely not what is wanted.' }),
    errors: sentences.meta({ description: 'Cannot work: synth refuses it.' }),
    recommendations: sentences.meta({ description: 'What to set instead.' }),
  })
  .meta({ id: 'ConfigValidation' });
export type ConfigValidation = z.output<typeof configValidation>;

export const configResponse = z.object({
  configuration: z
    .looseObject({})
    .nullable()
    .meta({ description: 'Every setting in force, with secrets and addresses masked; null outside a deployment.' }),
  validation: configValidation,
});
export type ConfigResponse = z.output<typeof configResponse>;
