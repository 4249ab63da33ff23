-- Symbols of every market: up to 64 characters of any script, spaces inside, no control character, no comma, in the normal form NFC, so
-- that one name has one text. All symbols before this release are such, so the check reads no rows.
alter table tick_store.instruments drop constraint instruments_symbol_check;

alter table tick_store.instruments add constraint instruments_symbol_check
  check (char_length(symbol) between 1 and 64 and symbol = btrim(symbol) and symbol !~ '[\x01-\x1f\x7f-\x9f,]') not valid;

-- The ids of instruments that a batch is about to create: its rows carry them before the transaction that stores both begins. The
-- function keeps `nextval` out of the SQL text, which would pin sessions of RDS Proxy.
create function tick_store.reserve_instrument_ids(symbols text[])
  returns table (symbol text, id integer, other_case text) language sql volatile
  security definer set search_path = pg_catalog, tick_store, pg_temp as $$
  select w.symbol,
         case when i.id is null then nextval(pg_get_serial_sequence('tick_store.instruments', 'id'))::integer end,
         i.symbol
    from unnest(symbols) as w (symbol)
    left join tick_store.instruments i on upper(i.symbol) = upper(w.symbol)
$$;

revoke all on function tick_store.reserve_instrument_ids(text[]) from public;

grant execute on function tick_store.reserve_instrument_ids(text[]) to tick_store_app;
