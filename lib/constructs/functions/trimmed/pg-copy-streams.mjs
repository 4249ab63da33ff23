// `pg-copy-streams` without the two directions that no function uses.
export { default as from } from 'pg-copy-streams/copy-from.js';
