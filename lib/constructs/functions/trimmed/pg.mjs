// `pg` without its native client, which no bundle can load.
import Client from 'pg/lib/client.js';
import Pool from 'pg-pool';

class BoundPool extends Pool {
  constructor(options) {
    super(options, Client);
  }
}

export default { Client, Pool: BoundPool };
