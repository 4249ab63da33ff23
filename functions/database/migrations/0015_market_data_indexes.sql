-- repeated
-- One partition per transaction: its writers wait while its indexes are built, and nobody else does.
select not tick_store.index_next_partition() as done;
