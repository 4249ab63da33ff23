import { useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { hrefOf } from '../state/place.ts';
import { NAVIGATION } from './navigation.ts';
import { ThemeButton } from './sidebar.tsx';

/** Navigation on a phone, within reach of the thumb. */
export function TabBar({ page, inAlarm }: { readonly page: string; readonly inAlarm: number }) {
  const [isOpen, setOpen] = useState(false);
  const others = NAVIGATION.filter(({ onTabBar }) => !onTabBar);
  const close = () => setOpen(false);
  return (
    <>
      {isOpen && (
        <nav class="more-sheet" aria-label="More pages">
          {others.map((item) => (
            <a key={item.page} href={hrefOf(item.page)} onClick={close}>
              <Icon name={item.icon} />
              {item.title}
            </a>
          ))}
          <ThemeButton />
        </nav>
      )}
      <nav class="tabs" aria-label="Pages on a phone">
        {NAVIGATION.filter(({ onTabBar }) => onTabBar).map((item) => (
          <a
            key={item.page}
            href={hrefOf(item.page)}
            onClick={close}
            aria-current={item.page === page ? 'page' : undefined}
          >
            <Icon name={item.icon} />
            {item.title}
            {item.page === 'alarms' && inAlarm > 0 && <span class="badge critical">{inAlarm}</span>}
          </a>
        ))}
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="more" />
          More
        </button>
      </nav>
    </>
  );
}
