import { useEffect } from 'preact/hooks';
import { alarmsUrl, type LocalAlarm } from '../api/local.ts';
import { useLive } from '../state/live.ts';
import { usePlace } from '../state/place.ts';
import { KeyboardHelp, useKeyboard } from './keyboard.tsx';
import { LazyPage } from './lazy-page.tsx';
import { NAVIGATION } from './navigation.ts';
import { Sidebar } from './sidebar.tsx';
import { TabBar } from './tab-bar.tsx';

/** The frame of every page: navigation, alarms in ALARM, keyboard shortcuts. */
export function App() {
  const { page, params } = usePlace();
  const alarms = useLive<LocalAlarm[]>(alarmsUrl, 5000);
  const inAlarm = (alarms.value ?? []).filter(({ kind, state }) => kind === 'metric' && state === 'ALARM').length;
  const keyboard = useKeyboard();
  const title = NAVIGATION.find((item) => item.page === page)?.title ?? 'Not found';
  useEffect(() => {
    document.title = `${inAlarm > 0 ? `(${inAlarm} in ALARM) ` : ''}${title} · Tick Store`;
    favicon(inAlarm > 0);
  }, [title, inAlarm]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Sidebar page={page} inAlarm={inAlarm} onKeyboard={keyboard.open} />
      <main id="main" tabIndex={-1}>
        <LazyPage page={page} params={params} />
      </main>
      <TabBar page={page} inAlarm={inAlarm} />
      {keyboard.isOpen && <KeyboardHelp onClose={keyboard.close} />}
    </div>
  );
}

/** A dot in the tab's icon: red while anything is in ALARM. */
function favicon(isRed: boolean): void {
  const colour = isRed ? '%23d0202e' : '%230a5cc2';
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><rect width='24' height='24' rx='6' fill='${colour}'/><path d='M5 14h3l2-6 4 9 2-4h3' fill='none' stroke='white' stroke-width='2' stroke-linecap='round'/></svg>`;
  document.getElementById('favicon')?.setAttribute('href', `data:image/svg+xml,${svg}`);
}
