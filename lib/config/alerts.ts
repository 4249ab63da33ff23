import * as z from 'zod';

const SECRET = /^secret:[A-Za-z0-9/_+=.@-]{1,512}$/;

/**
 * Who is notified. An HTTPS address often carries a key (PagerDuty's, Opsgenie's). Store it in Secrets Manager and write
 * `secret:NAME` here. CloudFormation then resolves it, and neither this file nor the template holds it.
 */
const httpsEndpoint = z
  .string()
  .refine(
    (text) => (URL.canParse(text) && new URL(text).protocol === 'https:') || SECRET.test(text),
    'must be an https:// URL, or secret:NAME',
  );

const slackChannel = z.strictObject({
  /** Of the workspace that was authorised once in the Amazon Q Developer console, such as T0123ABCD. */
  workspaceId: z.string().regex(/^T[A-Z0-9]{1,254}$/, 'must be a Slack workspace id, such as T0123ABCD'),
  /** Such as C0123ABCD: the end of the channel's link. */
  channelId: z.string().regex(/^[CG][A-Z0-9]{1,254}$/, 'must be a Slack channel id, such as C0123ABCD'),
});

const recipients = z
  .strictObject({
    /** Who is responsible for it, as the runbook and the page call them: `Data platform on-call`. */
    owner: z.string().min(1).max(60).optional(),
    /** Each is asked once, by mail, to confirm. */
    email: z.array(z.email()).default([]),
    /** PagerDuty, Opsgenie or anything else that takes SNS over HTTPS. */
    https: z.array(httpsEndpoint).default([]),
    /** Through Amazon Q Developer in chat applications. */
    slack: z.array(slackChannel).default([]),
    /** Phone numbers in E.164, such as +41791234567. */
    sms: z.array(z.e164()).default([]),
  })
  .prefault({});

/** Who is notified of what. */
export const alerts = z
  .strictObject({
    /** Notified of warnings, which can wait for working hours. */
    warning: recipients,
    /** Paged by criticals, which cannot wait. */
    critical: recipients,
    /** Pages when no row was stored for this long. Minutes, 5 to 1440 by fives. Without it, nothing pages for that. */
    noTicksMinutes: z.int().min(5).max(1440).multipleOf(5).optional(),
    /**
     * Whether alarms to which silence is a fault keep quiet after they are created (WarmUpConfiguration). Set it to false where
     * CloudFormation does not know that property yet. A first deployment may then page once.
     */
    warmUp: z.boolean().default(true),
    /** Where the runbook can be read. Each alarm links to its section. */
    runbookUrl: z.string().min(1).max(200).default('docs/runbook.md'),
  })
  .prefault({});

export type Recipients = z.output<typeof recipients>;
