import {
  type DialectParameters,
  type PreviewRow,
  previewRows,
  type SniffedDialect,
  sniffDialect,
  symbolFromName,
  timePlaces,
} from '../../client/index.ts';
import { usageError } from '../terminal/cli-error.ts';
import { decodeSample } from './decode-text.ts';
import { sniffNdjson } from './ndjson-dialect.ts';
import { openSources, readSample, type Source } from './open-source.ts';

/** What a person may specify about the files. The rest is detected. */
export interface ImportChoices {
  readonly symbol?: string | undefined;
  /** Take the symbol from the file's name: its first word, or the match of this pattern. */
  readonly symbolFromName?: RegExp | true | undefined;
  readonly dialect: DialectParameters;
  /** Whether rows of a regular length are stored as bars; otherwise as ticks. */
  readonly storesBars: boolean;
}

/** One source with everything that is needed to send it. */
export interface PlannedSource {
  readonly source: Source;
  readonly symbol: string | undefined;
  readonly dialect: SniffedDialect;
  readonly preview: readonly PreviewRow[];
  /** Instruments in its first rows other than `symbol`, whose rows will be rejected. Empty without a `symbol`. */
  readonly otherSymbols: readonly string[];
  /** The positions of the cells in a CSV row that form its time. */
  readonly timePlaces: readonly number[];
}

/** Sources that are read the same way. */
export interface PlannedGroup {
  readonly kind: Source['kind'];
  readonly dialect: SniffedDialect;
  /** The first rows of the first source. */
  readonly preview: readonly PreviewRow[];
  readonly sources: readonly PlannedSource[];
}

/**
 * Inspects the files and decides how each is read.
 * @throws CliError for a file that cannot be read, or whose instrument is unknown
 */
export async function planImport(paths: readonly string[], choices: ImportChoices): Promise<PlannedGroup[]> {
  const sources = (await Promise.all(paths.map(openSources))).flat();
  const planned: PlannedSource[] = [];
  for (const source of sources) planned.push(await planSource(source, choices));
  const lacking = planned.filter(({ symbol, dialect }) => symbol === undefined && !dialect.hasSymbol);
  if (lacking.length > 0)
    throw usageError(
      `${lacking[0]?.source.name} does not contain its instrument: specify --symbol SYMBOL for all files, or --symbol-from-name`,
    );
  const groups = Map.groupBy(planned, ({ source, dialect }) => `${source.kind} ${JSON.stringify(dialect)}`);
  return [...groups.values()].map((members) => {
    const [first] = members as [PlannedSource];
    return { kind: first.source.kind, dialect: first.dialect, preview: first.preview, sources: members };
  });
}

async function planSource(source: Source, choices: ImportChoices): Promise<PlannedSource> {
  const looked = withBars(await look(source, choices.dialect), choices.storesBars);
  const pattern = choices.symbolFromName === true ? undefined : choices.symbolFromName;
  const named = choices.symbolFromName === undefined ? undefined : symbolFromName(source.fileName, pattern);
  if (choices.symbolFromName !== undefined && named === undefined)
    throw usageError(`the name of ${source.name} contains no symbol`);
  const symbol = choices.symbol ?? named;
  const { rows, ...plan } = looked;
  return { source, symbol, otherSymbols: otherSymbols(rows, symbol), ...plan, preview: rows.slice(0, PREVIEW_ROWS) };
}

/** Number of rows shown to a person. */
const PREVIEW_ROWS = 3;
/** Number of rows whose instruments are checked. */
const LOOKED_AT = 1000;

function otherSymbols(rows: readonly PreviewRow[], symbol: string | undefined): string[] {
  if (symbol === undefined) return [];
  const named = new Set(rows.map(({ record }) => record['symbol']));
  return [...named].filter((one): one is string => typeof one === 'string' && one !== '' && one !== symbol);
}

async function look(source: Source, given: DialectParameters) {
  if (source.kind === 'parquet') {
    // loading its reader takes as long as loading all the rest
    const { sniffParquet } = await import('./parquet-source.ts');
    return { ...(await sniffParquet(source.path, given)), timePlaces: [] };
  }
  const text = decodeSample(await readSample(source), source.name);
  if (source.kind === 'ndjson') return { ...sniffNdjson(text, given), timePlaces: [] };
  const dialect = sniffDialect(text, given);
  const { parameters } = dialect;
  return { dialect, rows: previewRows(text, parameters, LOOKED_AT), timePlaces: timePlaces(text, parameters) };
}

/** The detected dialect, without the length of bars if they are to be stored as ticks. */
function withBars<T extends { readonly dialect: SniffedDialect }>(looked: T, storesBars: boolean): T {
  if (storesBars) return looked;
  const { bars: _, ...parameters } = looked.dialect.parameters;
  return { ...looked, dialect: { ...looked.dialect, parameters } };
}
