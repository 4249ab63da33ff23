-- What statements cost, for the health probe. Aurora and Neon let the owner have it; elsewhere a superuser must. Where it
-- cannot be had, the migration goes on, and the probe reports null for what it would tell.
do $$
begin
  if not exists (select from pg_catalog.pg_extension where extname = 'pg_stat_statements') then
    create extension pg_stat_statements with schema public;
  end if;
exception when insufficient_privilege or undefined_file or feature_not_supported or invalid_schema_name then
  raise warning 'pg_stat_statements could not be had (%): statement times are not measured', sqlerrm;
end
$$;
