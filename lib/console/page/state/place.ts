import { useEffect, useState } from 'preact/hooks';

/** Where the reader is: a page and its parameters, all in the address, so that any view is a link. */
export interface Place {
  readonly page: string;
  readonly params: URLSearchParams;
}

/** Parses `#/data?symbol=ES`. The overview is the empty page; `/docs` opens the API reference. */
export function readPlace(hash: string, pathname = '/'): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const page = path === '' && /\/docs\/?$/.test(pathname) ? 'api' : path;
  return { page, params: new URLSearchParams(query) };
}

/** The address of a place. Parameters without a value are omitted. */
export function hrefOf(page: string, params: Readonly<Record<string, string | number | undefined>> = {}): string {
  const kept = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${page}${query === '' ? '' : `?${query}`}`;
}

const here = (): Place => readPlace(location.hash, location.pathname);

/** The current place; the component renders again when it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return place;
}

/** Navigates to another page. */
export function go(page: string, params: Readonly<Record<string, string | number | undefined>> = {}): void {
  location.hash = hrefOf(page, params);
}

/**
 * Changes parameters of the current page; `undefined` removes one. The browser's history gets one entry per page, not
 * one per key.
 */
export function setParams(patch: Readonly<Record<string, string | number | undefined>>): void {
  const { page, params } = here();
  const next = hrefOf(page, { ...Object.fromEntries(params), ...patch });
  if (next === location.hash) return;
  history.replaceState(null, '', next);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
