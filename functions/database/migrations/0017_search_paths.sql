-- A temporary object named like a system table stood before it in the search path of our functions, and ran with the owner's
-- rights. Temporary objects come last now, and the application can make none.
do $$
declare
  found record;
begin
  for found in
    select p.oid::regprocedure as signature from pg_catalog.pg_proc p where p.pronamespace = 'tick_store'::regnamespace and p.prokind = 'f'
  loop
    execute format('alter function %s set search_path = pg_catalog, tick_store, pg_temp', found.signature);
  end loop;
  execute format('revoke temporary on database %I from public', current_database());
end
$$;

-- What a role that can create objects could put between a statement and what it means.
revoke create on schema public from public;
