import type { Settings } from '../../config/schema.ts';
import { dataSubjects } from './data.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { platformSubjects } from './platform.ts';
import { saturatedSubjects } from './saturated.ts';
import { slowSubjects } from './slow.ts';
import { unreachableSubjects } from './unreachable.ts';

/** All subjects that a configuration watches, by family, without those that its database backend does not have. */
export function alarmSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  const subjects = [
    ...unreachableSubjects(settings, watched),
    ...saturatedSubjects(settings, watched),
    ...slowSubjects(settings, watched),
    ...dataSubjects(settings, watched),
    ...platformSubjects(settings, watched),
  ];
  return settings.alerts.warmUp ? subjects : subjects.map(({ warmUpMinutes: _, ...subject }) => subject);
}
