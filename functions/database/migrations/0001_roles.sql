-- The application's role: it may read, insert and update, and nothing else. It gets no password here: a deployment
-- grants it IAM authentication, a laptop sets a random password.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tick_store_app') then
    create role tick_store_app login;
  end if;
end
$$;

-- Limits of the role, not of a session: a transaction pooler shares sessions, and RDS Proxy, PgBouncer and Neon refuse
-- them as startup parameters. They nest: lock < statement < the driver's query limit < the function < the API.
-- A role setting reaches new server connections only, so recycle the pool after changing one.
alter role tick_store_app set lock_timeout = '5s';

alter role tick_store_app set statement_timeout = '20s';

alter role tick_store_app set idle_in_transaction_session_timeout = '10s';

alter role tick_store_app set timezone = 'UTC';

grant usage on schema tick_store to tick_store_app;

-- Nobody but the owner makes objects here.
revoke all on schema tick_store from public;
