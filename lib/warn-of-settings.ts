import { Annotations, type Stack } from 'aws-cdk-lib';
import { validateConfig } from '../functions/config/validate-config.ts';
import { effectiveConfigOf } from './config/capacity.ts';
import { KNOWN_ENGINE_VERSIONS } from './config/database-backend.ts';
import type { Settings } from './config/schema.ts';
import { canGrow } from './constructs/alarms/aurora.ts';

/**
 * Prints warnings at synth about settings that are valid but probably not intended: those of `GET /v1/config`, and
 * those about resources. Each is acknowledged by the setting that it is about, such as `tick-store:alerts.critical`.
 */
export function warnOf(stack: Stack, settings: Settings): void {
  const { warnings, recommendations } = validateConfig(effectiveConfigOf(settings));
  const annotations = Annotations.of(stack);
  for (const [index, warning] of warnings.entries()) {
    const advice = [warning, recommendations[index]].filter(Boolean).join(' ');
    annotations.addWarningV2(`tick-store:${subjectOf(advice)}`, advice);
  }
  for (const advice of aboutResources(settings)) annotations.addWarningV2(`tick-store:${subjectOf(advice)}`, advice);
}

function aboutResources(settings: Settings): string[] {
  const { database } = settings;
  if (database.kind !== 'aurora') return [];
  const { minAcu, maxAcu, engineVersion } = database;
  return [
    ...(canGrow(settings, database)
      ? []
      : [
          `database.maxAcu is ${maxAcu} and the minimum capacity ${Math.max(minAcu, ...database.capacitySchedule.map((change) => change.minAcu))}: an idle cluster is already near its limit, so there is no alarm on its capacity. Raise database.maxAcu.`,
        ]),
    ...(KNOWN_ENGINE_VERSIONS.includes(engineVersion)
      ? []
      : [
          `database.engineVersion is ${engineVersion}, which this release does not know (${KNOWN_ENGINE_VERSIONS.join(', ')}). Check that the region has it.`,
        ]),
  ];
}

/** The setting that a warning is about. Its acknowledgement stays valid when other warnings are added or removed. */
const subjectOf = (advice: string): string => /\b[a-z]+\.[A-Za-z]+(?:\.[A-Za-z]+)?/.exec(advice)?.[0] ?? 'capacity';
