import * as z from 'zod';

const SECRET = /^secret:[A-Za-z0-9/_+=.@-]{1,512}$/;

/** A recipient that is a key, and therefore kept in Secrets Manager. */
const secretName = z.string().regex(SECRET, 'must be secret:NAME, a secret of Secrets Manager that holds the key');

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
  /** Id of the workspace that was authorised once in the Amazon Q Developer console, such as T0123ABCD. */
  workspaceId: z.string().regex(/^T[A-Z0-9]{1,254}$/, 'must be a Slack workspace id, such as T0123ABCD'),
  /** Such as C0123ABCD: the end of the channel's link. */
  channelId: z.string().regex(/^[CG][A-Z0-9]{1,254}$/, 'must be a Slack channel id, such as C0123ABCD'),
});

const recipients = z
  .strictObject({
    /** Who is responsible, as named in the runbook and in pages: `Data platform on-call`. */
    owner: z.string().min(1).max(60).optional(),
    /** Email addresses. Each must confirm its subscription once, by mail. */
    email: z.array(z.email()).default([]),
    /**
     * PagerDuty's Events API v2: `secret:NAME` of the routing key. The end of an incident resolves it there. Pages that
     * PagerDuty refuses are retried for 12 hours.
     */
    pagerDuty: z.array(secretName).default([]),
    /**
     * Addresses that take CloudWatch's own message over HTTPS from SNS, past the pager: the CloudWatch integrations of
     * PagerDuty, Opsgenie and others.
     */
    https: z.array(httpsEndpoint).default([]),
    /** Addresses that take the page itself over HTTPS from SNS, in Amazon Q's schema of custom notifications. */
    httpsPages: z.array(httpsEndpoint).default([]),
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
    /**
     * Pages if no row has been stored for this long. Minutes, 5 to 1440 in steps of 5. Without it, missing ticks never
     * page.
     */
    noTicksMinutes: z.int().min(5).max(1440).multipleOf(5).optional(),
    /**
     * Whether alarms that treat missing data as a fault are held back after they are created (WarmUpConfiguration). Set
     * it to false if CloudFormation does not know that property yet. A first deployment may then page once.
     */
    warmUp: z.boolean().default(true),
    /**
     * Whether warnings are muted in `database.maintenanceWindow` (AlarmMuteRule). Criticals never are: an outage pages at any
     * time.
     */
    muteWarningsInMaintenance: z.boolean().default(false),
    /** The account's limit for text messages, per month; AWS begins with 1. At 90 % of it an alarm pages. USD. */
    smsLimitUsd: z.number().positive().max(100_000).default(1),
    /**
     * Monthly budget of the service. Warns at 80 % of it, and when the month is forecast to exceed it. Without it, no
     * budget. USD.
     */
    monthlyBudgetUsd: z.number().positive().max(10_000_000).optional(),
    /** The hour at which a critical that is still in ALARM is repeated every day, in UTC. 0 to 23. */
    repeatHourUtc: z.int().min(0).max(23).default(7),
    /**
     * The address at which people read `docs/runbook.md`; each alarm and each page links to its section. Required as
     * soon as anybody is notified, because a path in this repository is of no use on a phone.
     */
    runbookUrl: z.string().min(1).max(200).default('docs/runbook.md'),
  })
  .superRefine((settings, context) => {
    if (/^https?:\/\/./.test(settings.runbookUrl) || !isAnyoneNotified(settings)) return;
    context.addIssue({
      code: 'custom',
      path: ['runbookUrl'],
      message:
        'must be an http(s) address, because alerts.* names somebody to notify: where docs/runbook.md is read, such as https://github.com/you/tick-store/blob/main/docs/runbook.md',
    });
  })
  .prefault({});

/** Whether a configuration names any recipient. */
export const isAnyoneNotified = ({
  warning,
  critical,
}: Readonly<Record<'warning' | 'critical', Recipients>>): boolean =>
  [warning, critical].some(({ owner: _, ...lists }) => Object.values(lists).some((list) => list.length > 0));

export type Recipients = z.output<typeof recipients>;
