import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../components/notice.tsx';
import { hrefOf } from '../state/place.ts';

export interface PageProps {
  readonly params: URLSearchParams;
}

/** Each page is a separate chunk, loaded when it is first opened. */
const PAGES: Readonly<Record<string, () => Promise<ComponentType<PageProps>>>> = {
  '': async () => (await import('../pages/overview/overview.tsx')).Overview,
  alarms: async () => (await import('../pages/alarms/alarms.tsx')).Alarms,
  messages: async () => (await import('../pages/messages/messages.tsx')).Messages,
  data: async () => (await import('../pages/data/data.tsx')).Data,
  api: async () => (await import('../pages/api/api.tsx')).Api,
  import: async () => (await import('../pages/import/import.tsx')).Import,
  batches: async () => (await import('../pages/batches/batches.tsx')).Batches,
  operations: async () => (await import('../pages/operations/operations.tsx')).Operations,
};

/** The page of this name. */
export function LazyPage({ page, params }: PageProps & { readonly page: string }) {
  const [loaded, setLoaded] = useState<{ page: string; Page: ComponentType<PageProps> | 'missing' | 'failed' }>();
  useEffect(() => {
    let isCurrent = true;
    const load = Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
    const show = (Page: ComponentType<PageProps> | 'missing' | 'failed') => isCurrent && setLoaded({ page, Page });
    if (load === undefined) show('missing');
    else load().then(show, () => show('failed'));
    return () => {
      isCurrent = false;
    };
  }, [page]);
  if (loaded === undefined || loaded.page !== page) return <p class="muted">Loading</p>;
  const { Page } = loaded;
  if (Page === 'missing')
    return (
      <Notice tone="warning">
        There is no page “{page}”. <a href={hrefOf('')}>To the overview</a>
      </Notice>
    );
  if (Page === 'failed')
    return (
      <Notice tone="critical">
        This page could not be loaded. The server may have been restarted with a newer version:{' '}
        <a href={location.pathname}>load the console again</a>.
      </Notice>
    );
  return <Page params={params} />;
}
