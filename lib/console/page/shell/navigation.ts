import type { IconName } from '../components/icon.tsx';

export interface NavigationItem {
  /** As in the address: `#/data`. */
  readonly page: string;
  readonly title: string;
  readonly icon: IconName;
  /** The key to press after `g`. */
  readonly key: string;
  /** Whether it is in a phone's tab bar; the others are under More. */
  readonly onTabBar?: boolean;
}

/**
 * The pages, in the order of an on-call engineer's questions: is it healthy, what is stored, what changed, who was
 * notified.
 */
export const NAVIGATION: readonly NavigationItem[] = [
  { page: '', title: 'Overview', icon: 'overview', key: 'o', onTabBar: true },
  { page: 'alarms', title: 'Alarms', icon: 'alarms', key: 'a', onTabBar: true },
  { page: 'messages', title: 'Messages', icon: 'messages', key: 'm' },
  { page: 'data', title: 'Data', icon: 'data', key: 'd', onTabBar: true },
  { page: 'import', title: 'Import', icon: 'import', key: 'i', onTabBar: true },
  { page: 'batches', title: 'Batches', icon: 'batches', key: 'b' },
  { page: 'operations', title: 'Operations', icon: 'operations', key: 'p' },
  { page: 'api', title: 'API', icon: 'api', key: 'r' },
];
