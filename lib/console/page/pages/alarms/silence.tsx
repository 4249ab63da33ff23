import { useState } from 'preact/hooks';
import { type LocalAlarm, type LocalSilence, silencesUrl } from '../../api/local.ts';
import { ApiError, request } from '../../api/request.ts';
import { ErrorNotice } from '../../components/notice.tsx';
import { clock } from '../../state/format.ts';
import { useLive } from '../../state/live.ts';

interface SilenceProps {
  readonly alarm: LocalAlarm;
  readonly onChange: () => void;
}

const MINUTES = [15, 60, 240] as const;

/** Silences this alarm for a while. It is still evaluated, and notifies again by itself afterwards. */
export function Silence({ alarm, onChange }: SilenceProps) {
  const { value, error, refresh } = useLive<LocalSilence[]>(silencesUrl, 15_000);
  const [failure, setFailure] = useState<ApiError>();
  if (error?.status === 404) return null;
  if (!alarm.actionsEnabled)
    return (
      <p class="small muted">This alarm notifies nobody directly. The alarms under “Alarms that notify” watch it.</p>
    );
  const active = value?.find(({ alarm: name }) => name === alarm.name);
  const change = async (path: string, options: Parameters<typeof request>[1]) => {
    try {
      await request(path, options ?? {});
      setFailure(undefined);
    } catch (problem) {
      setFailure(problem instanceof ApiError ? problem : new ApiError(0, { detail: String(problem) }));
    }
    refresh();
    onChange();
  };
  const silence = (minutes: number) => change(silencesUrl, { json: { alarm: alarm.name, minutes } });
  return (
    <>
      {failure && <ErrorNotice error={failure} doing="Silencing" />}
      {active ? (
        <div class="row">
          <span class="badge warning">Silenced until {clock(active.until, false)} UTC</span>
          <button type="button" onClick={() => change(`${silencesUrl}/${alarm.name}`, { method: 'DELETE' })}>
            End the silence
          </button>
        </div>
      ) : (
        <fieldset class="row plain-fieldset">
          <legend class="small muted">Tell nobody of this alarm for</legend>
          {MINUTES.map((minutes) => (
            <button key={minutes} type="button" onClick={() => silence(minutes)}>
              {minutes < 60 ? `${minutes} min` : `${minutes / 60} h`}
            </button>
          ))}
        </fieldset>
      )}
    </>
  );
}
