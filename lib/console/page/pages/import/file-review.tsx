import { useMemo, useState } from 'preact/hooks';
import type { DialectParameters } from '../../../../client/dialect/dialect.ts';
import { sniffDialect } from '../../../../client/dialect/sniff-dialect.ts';
import { symbolFromName } from '../../../../client/dialect/symbol-from-name.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice, Notice } from '../../components/notice.tsx';
import { bytes } from '../../state/format.ts';
import { Dialect } from './dialect-card.tsx';
import { ImportOutcome, ImportRunning } from './import-outcome.tsx';
import { InstrumentFields } from './instrument-fields.tsx';
import type { OpenedFile } from './open-file.ts';
import { Preview } from './preview.tsx';
import { priceDecimals } from './price-decimals.ts';
import { useImport } from './use-import.ts';

interface FileReviewProps {
  readonly opened: OpenedFile;
  readonly onAnother: () => void;
}

/** How one file is read, what will be stored of it, and then what was stored. */
export function FileReview({ opened, onAnother }: FileReviewProps) {
  const [given, setGiven] = useState<DialectParameters>({});
  const [symbol, setSymbol] = useState(() => symbolFromName(opened.file.name) ?? '');
  const [creates, setCreates] = useState(true);
  const isCsv = opened.kind === 'csv';
  const sniffed = useMemo(() => (isCsv ? sniffDialect(opened.sample, given) : undefined), [opened, given, isCsv]);
  const parameters = withoutEmpty(sniffed?.parameters ?? {});
  const hasSymbol = sniffed?.hasSymbol ?? /"(?:symbol|instrumentId)"/.test(opened.sample);
  const run = useImport(opened);
  const isReady = (sniffed?.questions.length ?? 0) === 0 && (hasSymbol || symbol.trim() !== '');
  const start = () =>
    run.start(
      { ...parameters, ...(hasSymbol && creates ? { createInstruments: 'true' } : {}) },
      hasSymbol ? undefined : symbol.trim(),
      priceDecimals(opened.sample, parameters),
    );
  if (run.state === 'running' || run.state === 'done' || run.state === 'stopped') {
    return (
      <>
        <FileHead opened={opened} onAnother={onAnother} />
        {run.state === 'running' ? (
          <ImportRunning opened={opened} progress={run.progress} startedAt={run.startedAt} onStop={run.stop} />
        ) : (
          <ImportOutcome
            opened={opened}
            progress={run.progress}
            seconds={run.seconds}
            isWhole={run.state === 'done'}
            symbol={hasSymbol ? undefined : symbol.trim()}
            bars={parameters.bars}
          />
        )}
        {run.error && <ErrorNotice error={run.error} doing="Importing" />}
        {run.state === 'stopped' && (
          <div class="row">
            <button type="button" class="primary" onClick={start}>
              Continue
            </button>
            <button type="button" onClick={run.reset}>
              Change how it is read
            </button>
          </div>
        )}
      </>
    );
  }
  return (
    <>
      <FileHead opened={opened} onAnother={onAnother} />
      {sniffed?.questions.map(({ parameter, question }) => (
        <Notice key={question} tone="warning">
          <strong>{question}</strong>
          <span>
            Set <code>{parameter}</code> below.
          </span>
        </Notice>
      ))}
      <Card title="Which instrument">
        <InstrumentFields
          hasSymbol={hasSymbol}
          symbol={symbol}
          onSymbol={setSymbol}
          creates={creates}
          onCreates={setCreates}
        />
      </Card>
      {sniffed ? (
        <>
          <Preview sample={opened.sample} parameters={parameters} />
          <Dialect sample={opened.sample} sniffed={sniffed} given={given} onGiven={setGiven} />
        </>
      ) : (
        <Card title="NDJSON">
          <pre>{opened.sample.split('\n').slice(0, 3).join('\n')}</pre>
        </Card>
      )}
      <div class="row sticky-actions">
        <button type="button" class="primary" disabled={!isReady} onClick={start}>
          Import {opened.file.name}
        </button>
        {!hasSymbol && symbol.trim() === '' && <span class="muted">Name the instrument first.</span>}
      </div>
    </>
  );
}

/** A removed parameter is the empty text. */
const withoutEmpty = (parameters: DialectParameters): DialectParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));

function FileHead({ opened: { file, isGzip, encoding }, onAnother }: FileReviewProps) {
  return (
    <div class="page-head">
      <h2>
        {file.name}{' '}
        <span class="muted small">
          {bytes(file.size)}
          {isGzip ? ', gzip' : ''}
          {encoding === 'utf-8' ? '' : `, ${encoding}`}
        </span>
      </h2>
      <button type="button" onClick={onAnother}>
        Another file
      </button>
    </div>
  );
}
