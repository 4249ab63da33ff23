-- repeated
-- Moves the rows of one month out of a default partition per transaction, until both are empty. Where there are none, and there
-- are none unless partitions could not be made in time, this does nothing.
select tick_store.ensure_partition(parent, moment) as made
  from (select parent, moment
          from (values ('market_data'), ('alert_logs')) t (parent)
         cross join lateral tick_store.stray_moments(parent) moment
         limit 1) stray;

select not exists (select from tick_store.stray_moments('market_data'))
   and not exists (select from tick_store.stray_moments('alert_logs')) as done;
