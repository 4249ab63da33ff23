import { useEffect, useState } from 'preact/hooks';
import { BASE } from './request.ts';

/** One section of the runbook, as Markdown, with the parts of it that are shown with an alarm. */
export interface RunbookSection {
  readonly id: string;
  /** The symptom: `Database unreachable`. */
  readonly title: string;
  /** Who is affected. */
  readonly meaning: string;
  /** What to do first. */
  readonly first: string;
  /** The whole section, without its heading. */
  readonly markdown: string;
}

/** Sections by their id, such as `database-unreachable`. */
export type Runbook = ReadonlyMap<string, RunbookSection>;

let loading: Promise<Runbook> | undefined;

/** The runbook that was built with this page; empty until it is loaded. */
export function useRunbook(): Runbook {
  const [runbook, setRunbook] = useState<Runbook>(new Map());
  useEffect(() => {
    let isCurrent = true;
    loading ??= load();
    loading.then(
      (value) => isCurrent && setRunbook(value),
      () => {
        loading = undefined;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return runbook;
}

async function load(): Promise<Runbook> {
  const response = await fetch(`${BASE}console/runbook.md`);
  if (!response.ok) throw new Error(`The runbook responded ${response.status}`);
  return readRunbook(await response.text());
}

/** Splits a runbook at its second-level headings. */
export function readRunbook(markdown: string): Runbook {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((text) => {
      const [title = '', ...rest] = text.split('\n');
      const body = rest.join('\n').trim();
      const paragraphs = body.split('\n\n').map((paragraph) => paragraph.replaceAll('\n', ' '));
      const first = paragraphs.find((paragraph) => paragraph.startsWith('First: '))?.slice('First: '.length) ?? '';
      const id = title
        .toLowerCase()
        .replaceAll(/[^a-z0-9\- ]/g, '')
        .replaceAll(' ', '-');
      return [id, { id, title, meaning: paragraphs[0] ?? '', first, markdown: body }];
    }),
  );
}

/** The runbook has one section for the alarms of all functions. */
export const titleOf = ({ title }: Pick<RunbookSection, 'title'>): string => title.replace('<function>', 'a function');

/** The section that an alarm's description links to: `… Runbook: docs/runbook.md#database-unreachable`. */
export const sectionOf = (description: string): string => /Runbook: \S*#(\S+)/.exec(description)?.[1] ?? '';
