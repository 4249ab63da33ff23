-- A refusal's detail, where it is short, also stands in the message: the RDS Data API hands over an error's message and
-- SQLSTATE and nothing else. A long one is in the detail alone; who needs it on that route reads before it refuses.
create or replace function tick_store.refuse(reason text, detail json) returns text language plpgsql as $$
begin
  raise exception '%', case when length(detail::text) <= 20000 then reason || ' ' || detail else reason end
    using errcode = 'TS001', detail = detail::text;
end
$$;
