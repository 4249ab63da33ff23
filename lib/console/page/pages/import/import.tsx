import { useState } from 'preact/hooks';
import { Notice } from '../../components/notice.tsx';
import { DropZone } from './drop-zone.tsx';
import { FileReview } from './file-review.tsx';
import { type OpenedFile, openFile } from './open-file.ts';

/** From a file to rows: drop it, check what was detected, send it. */
export function Import() {
  const [waiting, setWaiting] = useState<readonly File[]>([]);
  const [opened, setOpened] = useState<OpenedFile>();
  const [problem, setProblem] = useState('');
  const open = (files: readonly File[]) => {
    const [first, ...rest] = files;
    setWaiting(rest);
    setOpened(undefined);
    setProblem('');
    if (first === undefined) return;
    openFile(first).then(setOpened, (error: unknown) => {
      const isText = !(error instanceof TypeError);
      setProblem(isText ? (error as Error).message : `${first.name} is not text in UTF-8 or UTF-16.`);
    });
  };
  return (
    <>
      <div class="page-head">
        <h1>Import</h1>
        {waiting.length > 0 && (
          <button type="button" onClick={() => open(waiting)}>
            Next file ({waiting.length} waiting)
          </button>
        )}
      </div>
      {problem !== '' && <Notice tone="critical">{problem}</Notice>}
      {opened === undefined ? (
        <DropZone onFiles={open} />
      ) : (
        <FileReview
          key={`${opened.file.name} ${opened.file.lastModified}`}
          opened={opened}
          onAnother={() => open([])}
        />
      )}
    </>
  );
}
