-- What a step did to its rows: true, it made them live (restored them, or stored them as new revisions); false, it deleted them; null,
-- what the kind of its operation does. The undo of a correction does both.
alter table tick_store.operation_rows add column restores boolean;

-- Whether a restoration may bring back a deleted row of which there are other revisions: not while another one is live, and of several
-- selected ones only the one that was deleted last. `among`: the ids that the restoration selects, null where it selects all revisions.
-- `aside`: ids that it deletes itself. Volatile, so that it sees what other transactions committed while the row was waited for.
create function tick_store.revision_may_return(
  of_id bigint, of_instrument integer, of_length smallint, of_time timestamptz, of_sequence bigint, of_occurrence integer, of_deletion bigint,
  among int8multirange, aside int8multirange) returns boolean language plpgsql volatile
  set search_path = pg_catalog, tick_store, pg_temp as $$
begin
  if of_length = 0 then
    return not exists (
      select from tick_store.market_data r
       where r.bar_length = 0 and r.instrument_id = of_instrument and r."timestamp" = of_time and r.sequence = of_sequence
         and r.occurrence = of_occurrence and r.id <> of_id
         and (r.deleted_at is null and (aside is null or not aside @> r.id)
              or r.deleted_by > of_deletion and (among is null or among @> r.id)));
  end if;
  return not exists (
    select from tick_store.market_data r
     where r.bar_length > 0 and r.bar_length = of_length and r.instrument_id = of_instrument and r."timestamp" = of_time and r.id <> of_id
       and (r.deleted_at is null and (aside is null or not aside @> r.id)
            or r.deleted_by > of_deletion and (among is null or among @> r.id)));
end
$$;

revoke all on function tick_store.revision_may_return(bigint, integer, smallint, timestamptz, bigint, integer, bigint, int8multirange, int8multirange) from public;

grant execute on function tick_store.revision_may_return(bigint, integer, smallint, timestamptz, bigint, integer, bigint, int8multirange, int8multirange)
  to tick_store_app;
