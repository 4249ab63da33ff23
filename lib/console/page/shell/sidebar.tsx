import { Icon } from '../components/icon.tsx';
import { hrefOf } from '../state/place.ts';
import { toggleTheme, useTheme } from '../state/theme.ts';
import { NAVIGATION } from './navigation.ts';

interface SidebarProps {
  readonly page: string;
  readonly inAlarm: number;
  readonly onKeyboard: () => void;
}

/** Navigation on a wide screen. */
export function Sidebar({ page, inAlarm, onKeyboard }: SidebarProps) {
  return (
    <header class="sidebar">
      <a class="brand" href={hrefOf('')}>
        <Icon name="overview" />
        Tick Store
      </a>
      <nav aria-label="Pages" class="stack">
        {NAVIGATION.map((item) => (
          <a key={item.page} href={hrefOf(item.page)} aria-current={item.page === page ? 'page' : undefined}>
            <Icon name={item.icon} />
            {item.title}
            {item.page === 'alarms' && inAlarm > 0 && <span class="badge critical">{inAlarm}</span>}
          </a>
        ))}
      </nav>
      <div class="foot">
        <ThemeButton />
        <button type="button" class="quiet" onClick={onKeyboard}>
          <Icon name="keyboard" /> Keyboard
        </button>
      </div>
    </header>
  );
}

/** Switches between the light and the dark theme. */
export function ThemeButton() {
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" class="quiet" onClick={toggleTheme}>
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} /> {other === 'dark' ? 'Dark' : 'Light'} mode
    </button>
  );
}
