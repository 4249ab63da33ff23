import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../components/dialog.tsx';
import { go } from '../state/place.ts';
import { toggleTheme } from '../state/theme.ts';
import { NAVIGATION } from './navigation.ts';

const CHORD_MS = 1200;

/**
 * `g` and a letter opens a page, `/` moves to the search, `t` changes the theme, `?` shows the shortcuts. Not while
 * typing.
 */
export function useKeyboard() {
  const [isOpen, setOpen] = useState(false);
  const chordUntil = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const item = NAVIGATION.find(({ key }) => key === event.key);
      if (Date.now() < chordUntil.current && item) {
        chordUntil.current = 0;
        go(item.page);
      } else if (event.key === 'g') chordUntil.current = Date.now() + CHORD_MS;
      else if (event.key === '?') setOpen(true);
      else if (event.key === 't') toggleTheme();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLElement>('[data-search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return { isOpen, open: () => setOpen(true), close: () => setOpen(false) };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName));

/** The shortcuts, in a dialog. */
export function KeyboardHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <table>
        <tbody>
          {NAVIGATION.map(({ key, title }) => (
            <tr key={key}>
              <th scope="row">{title}</th>
              <td>
                <kbd>g</kbd> <kbd>{key}</kbd>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">Search</th>
            <td>
              <kbd>/</kbd>
            </td>
          </tr>
          <tr>
            <th scope="row">Light or dark</th>
            <td>
              <kbd>t</kbd>
            </td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  );
}
